// The text to label: typed, pasted, dropped or from a file, and what it is to be read by.

import { byId, element, labelled } from "./dom.js";
import { Refusal } from "./problem.js";
import { modelId } from "./reading.js";
import { Scheme } from "./scheme.js";

/** The form. Calls `onRefusal` with what it cannot take. */
export class Composer {
  #info = null;
  #text = byId("text");
  #form = byId("form");
  #selects = {};

  constructor(onRefusal) {
    const taking = (take) => (event) => take(event).catch(onRefusal);
    byId("file").addEventListener("change", taking((event) => this.#takeFiles(event.target.files)));
    document.addEventListener("dragover", (event) => event.preventDefault());
    document.addEventListener("drop", taking((event) => this.#takeDrop(event)));
    document.addEventListener("paste", (event) => this.#takePaste(event));
    this.#text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !byId("send").disabled) this.#form.requestSubmit();
    });
  }

  /** Offers the choices that the service has; those with one option only are not shown. */
  offer(info) {
    this.#info = info;
    const models = info.models.map(({ model }) => modelId(model));
    this.#selects = { model: select(models), thresholds: select([]), other: select([]) };
    const names = { model: "Model", thresholds: "Thresholds", other: "Compare with" };
    byId("options").replaceChildren(
      ...Object.entries(this.#selects).map(([key, made]) => labelled(names[key], Object.assign(made, { name: key }))),
    );
    this.#selects.model.addEventListener("change", () => this.#offerRest());
    this.#offerRest();
  }

  /** What is asked for: a text, and the names of model, threshold set and other model, or null. */
  get request() {
    const chosen = Object.entries(this.#selects).map(([key, { value, options }]) => [key, options.length > 1 && value ? value : null]);
    return { text: this.#text.value, ...Object.fromEntries(chosen) };
  }

  /** Fills the form in. */
  fill({ text, ...names }) {
    this.#text.value = text;
    for (const [key, { options }] of Object.entries(this.#selects)) {
      for (const option of options) option.selected = option.value === (names[key] ?? options[0].value);
      if (key === "model") this.#offerRest();
    }
  }

  /** Opens the form for another text. */
  edit() {
    byId("composer").open = true;
    this.#text.focus();
  }

  #offerRest() {
    const { model, thresholds, other } = this.#selects;
    const served = this.#info.models.find((each) => modelId(each.model) === model.value);
    const scheme = new Scheme(served.scheme);
    const others = this.#info.models.filter((each) => each !== served && scheme.equals(each.scheme));
    fill(thresholds, served.thresholds.map(({ name, version }) => [`${name}@${version}`]));
    fill(other, [["", "no other"], ...others.map((each) => [modelId(each.model)])]);
    for (const each of Object.values(this.#selects)) each.parentElement.hidden = each.options.length < 2;
    byId("legend").replaceChildren(...scheme.entries());
  }

  async #takeDrop(event) {
    event.preventDefault();
    const { files } = event.dataTransfer;
    if (files.length) await this.#takeFiles(files);
    else this.#take(event.dataTransfer.getData("text/plain"));
  }

  /** Text that is pasted anywhere outside of a field is meant for the form. */
  #takePaste(event) {
    const pasted = event.clipboardData.getData("text/plain");
    if (event.target.closest?.("input, textarea, dialog") || !pasted) return;
    event.preventDefault();
    this.#take(pasted);
  }

  #take(text) {
    this.#text.value = text;
    this.edit();
  }

  async #takeFiles(files) {
    if (files.length !== 1) throw new Refusal("One file at a time, please.");
    const [file] = files;
    const most = this.#info?.limits.body_bytes ?? Infinity;
    if (file.size > most) throw new Refusal(`${file.name} has ${file.size.toLocaleString("en")} bytes; at most ${most.toLocaleString("en")} are allowed.`);
    const bytes = await file.arrayBuffer();
    byId("file").value = "";
    try {
      this.#take(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    } catch {
      throw new Refusal(`${file.name} is not plain text in UTF-8.`);
    }
  }
}

const select = (values) => element("select", {}, ...values.map((value) => element("option", { value }, value)));

function fill(made, pairs) {
  made.replaceChildren(...pairs.map(([value, name = value]) => element("option", { value }, name)));
}
