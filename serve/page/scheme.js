// The labels of a model, whatever /v1/info says they are: nothing here knows their names.

import { element } from "./dom.js";
import { words } from "./words.js";

/** The labels in order, and the leaves inside them. */
export class Scheme {
  constructor({ labels, leaves }) {
    this.labels = labels;
    this.leaves = leaves;
  }

  /** Where a label stands, or the label of a leaf: its look goes by it. */
  position(name) {
    const label = this.leaves.find((leaf) => leaf.name === name)?.label;
    const at = this.#find(name);
    return at < 0 ? this.#find(label) : at;
  }

  /** What a label means. */
  definition(name) {
    return this.labels[this.#find(name)].definition;
  }

  /** Whether another model's labels are the same, so that the two can be compared. */
  equals(other) {
    return this.labels.map(({ name }) => name).join() === other.labels.map(({ name }) => name).join();
  }

  /** Every label with its definition, as a list's entries. */
  entries() {
    return this.labels.map(({ name, definition }, position) =>
      element("li", { data: { position } }, element("mark", {}, words(name)), element("p", {}, definition)),
    );
  }

  /** Options for a choice among the labels, and among the leaves of those that have several. */
  options() {
    return this.labels.map(({ name }) => {
      const leaves = this.leaves.filter((leaf) => leaf.label === name);
      if (leaves.length < 2) return element("option", { value: name }, words(name));
      const inside = leaves.map((leaf) => element("option", { value: leaf.name }, words(leaf.name)));
      const unsure = element("option", { value: name }, `${words(name)}, frame unsure`);
      return element("optgroup", { label: words(name) }, ...inside, unsure);
    });
  }

  #find(name) {
    return this.labels.findIndex((label) => label.name === name);
  }
}
