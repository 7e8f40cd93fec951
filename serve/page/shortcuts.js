// The keyboard: what each key does, which the page tells in the same words.

import { element } from "./dom.js";

// Checkboxes have no use for letters and arrows.
const FIELDS = "input:not([type=checkbox]), select, textarea";

/** Listens to keys in a place, outside of its fields, and lists them in another.

Each shortcut is `{keys, name, does}`; letters work only where the focus is in the place, so that
they get into nobody's way (WCAG 2.1.4). */
export function listen(place, shortcuts) {
  place.addEventListener("keydown", (event) => {
    const isElsewhere = event.ctrlKey || event.metaKey || event.altKey || event.target.closest(FIELDS);
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const found = !isElsewhere && shortcuts.find(({ keys }) => keys.includes(key));
    if (!found) return;
    event.preventDefault();
    found.does();
  });
}

const SHOWN = { ArrowDown: "↓", ArrowRight: "→", ArrowUp: "↑", ArrowLeft: "←", Escape: "Esc" };

/** Lists shortcuts as terms and what they do. */
export function list(place, shortcuts) {
  place.replaceChildren(
    ...shortcuts.map(({ keys, name }) =>
      element(
        "div",
        {},
        element("dt", {}, ...keys.map((key) => element("kbd", {}, SHOWN[key] ?? key))),
        element("dd", {}, name),
      ),
    ),
  );
}
