// The labels of a model, whatever /v1/info says they are: nothing here knows their names.

import { element } from "./dom.js";
import { SEPARATOR, words } from "./words.js";

/** The labels that a sentence counts for: its one, or all of a multi-label scheme. */
export const labelsOf = ({ label, labels }) => labels ?? [label];

/** The labels in order, and the leaves inside them. */
export class Scheme {
  constructor({ labels, leaves, multi_label: isMultiLabel = false }) {
    this.labels = labels;
    this.leaves = leaves;
    this.isMultiLabel = isMultiLabel;
  }

  /** Where a label stands, or the label of a leaf: its look goes by it, of several by the first. */
  position(name) {
    const [first] = this.#each(name);
    const label = this.leaves.find((leaf) => leaf.name === first)?.label;
    const at = this.#find(first);
    return at < 0 ? this.#find(label) : at;
  }

  /** What a label means, or all labels of a sentence. */
  definition(name) {
    return this.#each(name).map((each) => this.labels[this.#find(each)]?.definition ?? "").join(" ");
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

  /** A field to choose the label of a sentence, or all its labels. */
  field() {
    if (this.isMultiLabel) return element("select", { name: "label", multiple: true }, ...this.options());
    return element("select", { name: "label", required: true }, element("option", { value: "" }, "choose…"), ...this.options());
  }

  #each(name) {
    return this.isMultiLabel ? name.split(SEPARATOR) : [name];
  }

  #find(name) {
    return this.labels.findIndex((label) => label.name === name);
  }
}

/** What is chosen in such a field, as a request has it. */
export const chosen = (field) => [...field.selectedOptions].map(({ value }) => value).join(SEPARATOR);
