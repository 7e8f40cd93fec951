// What can be done with a labelled text: which sentences stand out, the threshold of review, copies.

import { byId, button, element } from "./dom.js";
import { trying } from "./problem.js";
import { policy } from "./thresholds.js";
import { threshold } from "./words.js";

const SHOWN = { all: "all", marked: "to look at", differing: "differing" };

/** The filter and the slider of a view, in their places. */
export class Desk {
  #view;
  #slider = byId("slider");

  constructor(view) {
    this.#view = view;
    this.#offerFilter();
    this.#offerSlider();
    this.#tell();
    view.addEventListener("change", () => this.#tell());
  }

  #offerFilter() {
    const { reading } = this.#view;
    const choices = Object.keys(SHOWN).filter((only) => only !== "differing" || reading.other);
    byId("only").replaceChildren(
      element("legend", {}, "Sentences"),
      ...choices.map((only) => {
        const radio = element("input", { type: "radio", name: "only", value: only, checked: only === this.#view.only });
        radio.addEventListener("change", () => this.#view.change({ only }));
        return element("label", {}, radio, element("span", {}, SHOWN[only]), element("span", { className: "count" }));
      }),
    );
  }

  #offerSlider() {
    const { set } = this.#view;
    byId("review").hidden = set === null;
    if (set === null) return;
    this.#slider.value = 100 * (set.review_below ?? 0);
    // Replaced with every view, so that none listens for ever.
    this.#slider.oninput = () => this.#view.change({ below: Number(this.#slider.value) / 100 || null });
    byId("policy").replaceChildren(...policy(set).map((line) => element("li", {}, line)));
    byId("reset").onclick = () => {
      this.#slider.value = 100 * (set.review_below ?? 0);
      this.#view.change({ below: set.review_below });
    };
  }

  #tell() {
    const { below, set, reading } = this.#view;
    for (const count of byId("only").querySelectorAll(".count")) {
      const only = count.parentElement.firstChild.value;
      count.textContent = reading.sentences.filter((sentence) => this.#view.passes(only, sentence)).length;
    }
    byId("below").textContent = threshold(below ?? 0);
    byId("reset").hidden = !this.#view.isMoved;
    byId("set").textContent = this.#view.isMoved ? "in this view only" : `as the set ${set?.name}@${set?.version} says`;
  }
}

/** A button that does something and says so, or why it could not. */
export function doing(name, action) {
  const told = byId("told");
  return button(name, () => trying(told, async () => told.replaceChildren(await action())), { className: "plain" });
}
