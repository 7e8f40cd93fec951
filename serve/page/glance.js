// The document at a glance: a strip for each label, where its sentences stand, and how many.

import { drawn, element } from "./dom.js";
import { labelsOf } from "./scheme.js";
import { counted, words } from "./words.js";

/** Draws the strips of a view into an element; a name switches its label off and on. */
export class Glance {
  #view;
  #blocks = [];

  constructor(place, view, scheme) {
    this.#view = view;
    place.replaceChildren(...scheme.labels.map(({ name }, position) => this.#row(name, position)));
    this.#update();
    view.addEventListener("change", () => this.#update());
    view.addEventListener("select", () => this.#select());
  }

  #row(name, position) {
    const { sentences } = this.#view.reading;
    const mine = sentences.filter((sentence) => labelsOf(sentence).includes(name));
    const row = element(
      "div",
      { className: "row", data: { position } },
      this.#switch(name),
      this.#strip(name, mine),
      element("span", { className: "count", ariaHidden: "true" }, String(mine.length)),
    );
    return row;
  }

  #switch(name) {
    const box = element("input", { type: "checkbox", checked: true, name: "label", value: name });
    box.addEventListener("change", () => {
      this.#view.hidden[box.checked ? "delete" : "add"](name);
      this.#view.change({});
    });
    return element("label", {}, box, element("mark", {}, words(name)));
  }

  #strip(name, mine) {
    const { text, sentences } = this.#view.reading;
    const label = `${words(name)}: ${mine.length} of ${counted(sentences.length, "sentence")}`;
    const box = `0 0 ${text.length} 1`;
    const strip = drawn("svg", { viewBox: box, preserveAspectRatio: "none", role: "img", "aria-label": label });
    for (const { index, begin, end } of mine) {
      const block = drawn("rect", { x: begin, width: end - begin, height: 1 });
      (this.#blocks[index] ??= []).push(block);
      strip.append(block);
    }
    strip.addEventListener("click", (event) => {
      const { left, width } = strip.getBoundingClientRect();
      const { reading } = this.#view;
      this.#view.select(reading.at(((event.clientX - left) / width) * text.length));
    });
    return strip;
  }

  #update() {
    for (const sentence of this.#view.reading.sentences) {
      for (const { classList } of this.#blocks[sentence.index] ?? []) {
        classList.toggle("dim", !this.#view.shows(sentence));
        // Hollow where a person should look.
        classList.toggle("unsure", this.#view.follows(sentence).follows === "review");
      }
    }
  }

  #select() {
    for (const block of this.#blocks.flat()) block.classList.remove("current");
    for (const block of this.#blocks[this.#view.current] ?? []) block.classList.add("current");
  }
}

/** How many sentences there are, and how many of them a person should look at. */
export function summary(view) {
  const { sentences, other } = view.reading;
  const count = (wanted) => sentences.filter((sentence) => view.follows(sentence).follows === wanted).length;
  const [act, review] = [count("act"), count("review")];
  const differing = sentences.filter(({ differs }) => differs).length;
  const parts = [counted(sentences.length, "sentence")];
  if (act) parts.push(`${act} to act on`);
  if (review) parts.push(`${review} to review`);
  if (other) parts.push(`${differing} otherwise by ${other}`);
  return parts.join(", ");
}
