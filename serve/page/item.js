// One item of the review queue: the sentence in its text, and what can be done with it.

import { byId, button, element, labelled } from "./dom.js";
import { context } from "./context.js";
import { trying } from "./problem.js";
import { chosen } from "./scheme.js";
import { scoresTable } from "./scores.js";
import { moment, named, time, words } from "./words.js";

/** Whether somebody has reserved an item, now. */
export const isClaimed = ({ claimed_until: until }) => until !== null && new Date(until) > new Date();

/** When an item was kept: the first 48 bits of its id, which is a UUID of version 7 (RFC 9562). */
const since = (id) => Number.parseInt(id.replace("-", "").slice(0, 12), 16);

/** What has become of an item, in words. */
export function stateOf(item) {
  const decided = `${item.decided_by ?? "somebody"} decided ${words(item.decided_label ?? "")}`;
  if (item.state === "decided") return `${decided}, ${moment(item.decided_at)}`;
  const told = item.state === "appealed" ? `appealed against: ${decided}` : `waiting since ${moment(since(item.id))}`;
  return isClaimed(item) ? `${told}; claimed by ${item.claimed_by} until ${time(item.claimed_until)}` : told;
}

/** The item that a queue has open, in an element; `reviewer` is the field with the reader's name. */
export class ItemView {
  #place;
  #queue;
  #scheme;
  #reviewer;
  #wasMine = false;

  constructor(place, queue, scheme, reviewer) {
    this.#place = place;
    this.#queue = queue;
    this.#scheme = scheme;
    this.#reviewer = reviewer;
    queue.addEventListener("change", () => this.#refresh());
    reviewer.addEventListener("input", () => this.#isMine() !== this.#wasMine && this.#show());
    this.#show();
  }

  /** Claims the open item, and goes on to its label. */
  async claim() {
    await this.#change("claim", {});
    this.#place.querySelector("select")?.focus();
  }

  /** Whether the reader has claimed the open item. */
  #isMine() {
    const { open } = this.#queue;
    return open !== null && isClaimed(open) && open.claimed_by === this.#reviewer.value.trim();
  }

  /** Shows the open item; who was at work on one before is to go on by keyboard. */
  #refresh() {
    const wasHere = this.#place.contains(document.activeElement);
    this.#show();
    if (wasHere) this.#place.querySelector("select, [name=claim], textarea")?.focus();
  }

  #show() {
    const { open } = this.#queue;
    this.#wasMine = this.#isMine();
    if (open === null) return this.#place.replaceChildren(element("p", { className: "small" }, "Choose a sentence from the queue."));
    const position = this.#scheme.position(open.label);
    this.#place.dataset.position = position;
    this.#place.replaceChildren(
      element("h2", {}, `Sentence ${open.sentence + 1} of its document`),
      element("div", { className: "reading" }, ...this.#text(open, position)),
      element(
        "div",
        { className: "deciding" },
        element("p", { className: "verdict" }, named(open.label, open.confidence)),
        element("p", { className: "small" }, stateOf(open)),
        scoresTable(this.#scheme, open.scores),
        this.#action(open),
      ),
    );
  }

  #text(open, position) {
    if (open.text !== null) return context(open.text, open, position);
    const where = `code points ${open.begin} to ${open.end} of document ${open.document + 1} of decision ${open.decision_id}`;
    return [element("p", { className: "missing" }, `The text is not kept, or not any more: ${where}.`)];
  }

  #action(open) {
    if (open.state === "decided") return this.#form("Appeal", "appeal", [this.#reason(true)]);
    if (!this.#wasMine) return element("div", { className: "actions" }, button("Claim it", () => this.claim(), { name: "claim" }));
    const label = this.#scheme.field();
    const told = this.#scheme.isMultiLabel ? "The labels are" : "The label is";
    return this.#form("Decide", "decide", [labelled(told, label), this.#reason(false)], () => ({ label: chosen(label) }));
  }

  #reason(required) {
    const field = element("textarea", { name: "reason", rows: 2, maxLength: 2000, required });
    return labelled(required ? "Why another person should decide" : "Why, if you like (it is kept as written)", field);
  }

  #form(name, verb, fields, more = () => ({})) {
    const form = element("form", {}, ...fields, element("div", { className: "actions" }, element("button", {}, name)));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const given = Object.fromEntries(new FormData(form));
      this.#change(verb, { ...given, ...more(), reason: given.reason || null });
    });
    return form;
  }

  #change(verb, content) {
    const reviewer = this.#reviewer.value.trim();
    if (!reviewer) return this.#reviewer.reportValidity();
    return trying(byId("problem"), () => this.#queue.change(verb, { reviewer, ...content }));
  }
}
