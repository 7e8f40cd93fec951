// The review queue as it was last seen: filtered, in pages, one item of it open.

import { changeReview, getReview, listReviews } from "./service.js";

const PAGE = 50;

/** Some of the queue, oldest first. Tells of changes by events. */
export class Queue extends EventTarget {
  items = [];
  after = null;
  open = null;
  filters = { state: "waiting", label: "", claimed: "" };

  /** Asks for the first page. */
  async load(filters = {}) {
    Object.assign(this.filters, filters);
    const page = await listReviews({ ...this.filters, limit: PAGE });
    this.#set({ ...page, open: null });
  }

  /** Asks for the following page. */
  async more() {
    const { items, after } = await listReviews({ ...this.filters, limit: PAGE, after: this.after });
    this.#set({ items: [...this.items, ...items], after });
  }

  /** Opens an item, with its text where that is kept. */
  async look(id) {
    this.#replace(await getReview(id));
  }

  /** Claims the open item, decides it, or appeals against it; decided, the next one is opened. */
  async change(verb, content) {
    const { id, text } = this.open;
    this.#replace({ text, ...(await changeReview(id, verb, content)) });
    if (verb === "decide") await this.step(1);
  }

  /** Opens the item after the open one; -1 the one before. */
  async step(direction) {
    const at = this.items.findIndex(({ id }) => id === this.open?.id);
    const next = this.items[at < 0 ? 0 : at + direction];
    if (next) await this.look(next.id);
  }

  #replace(item) {
    const items = this.items.map((each) => (each.id === item.id ? item : each));
    this.#set({ items, open: item });
  }

  #set(fields) {
    Object.assign(this, fields);
    this.dispatchEvent(new Event("change"));
  }
}
