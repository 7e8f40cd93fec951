// The text, its sentences marked in place and tagged with their labels.

import { element } from "./dom.js";
import { named } from "./words.js";

/** Marks in the margin, as a proofreader makes them; the tag says the same in words. */
const TOLD = { act: "act", review: "review" };

/** The shares of the strongest word's contribution from which a word stands out, and more so. */
const WEIGHTS = [0.3, 0.6];

/** The marked text of a view, in an element. */
export class Article {
  #view;
  #scheme;
  #marks;
  #reached = null;

  constructor(place, view, scheme) {
    this.#view = view;
    this.#scheme = scheme;
    this.#marks = view.reading.sentences.map((sentence) => this.#mark(sentence));
    place.replaceChildren(...this.#pieces());
    this.#update();
    this.#reach();
    view.addEventListener("change", () => this.#update());
    view.addEventListener("select", () => this.#select());
  }

  /** Shows in the current sentence what each word adds to its label. */
  showEvidence({ words }) {
    const { sentence } = this.#view;
    const most = Math.max(...words.map(({ contribution }) => contribution));
    const pieces = [];
    let shown = sentence.begin;
    for (const { begin, end, contribution } of words) {
      const weight = WEIGHTS.filter((least) => most > 0 && contribution >= least * most).length;
      const word = this.#view.reading.text.slice(begin, end);
      pieces.push(this.#view.reading.text.slice(shown, begin));
      pieces.push(weight > 0 ? element("b", { data: { weight } }, word) : word);
      shown = end;
    }
    pieces.push(this.#view.reading.text.slice(shown, sentence.end));
    this.#marks[sentence.index].firstChild.replaceChildren(...pieces);
  }

  /** The text between the sentences, and the sentences. */
  *#pieces() {
    const { text, sentences } = this.#view.reading;
    let shown = 0;
    for (const { index, begin, end } of sentences) {
      yield text.slice(shown, begin);
      yield this.#marks[index];
      shown = end;
    }
    yield text.slice(shown);
  }

  #mark({ index, begin, end, label }) {
    const text = element("span", { className: "words" }, this.#view.reading.text.slice(begin, end));
    const tag = element("span", { className: "tag" });
    const made = element("mark", { tabIndex: -1, data: { index, position: this.#scheme.position(label) } }, text, tag);
    made.addEventListener("focus", () => this.#view.select(index));
    return made;
  }

  #update() {
    for (const sentence of this.#view.reading.sentences) {
      const mark = this.#marks[sentence.index];
      const { follows, from } = this.#view.follows(sentence);
      const tag = tagOf(sentence, follows, from, this.#view.reading.other);
      if (mark.lastChild.textContent !== tag) mark.lastChild.textContent = tag;
      mark.dataset.follows = follows ?? "";
      mark.classList.toggle("dim", !this.#view.shows(sentence));
      mark.classList.toggle("differs", sentence.differs);
    }
  }

  #select() {
    this.#reached?.classList.remove("current");
    this.#reach();
    if (this.#view.current === null) return;
    this.#reached.classList.add("current");
    this.#reached.focus();
  }

  /** One sentence is in the order of tabs: the current one, or the first. */
  #reach() {
    if (this.#reached) this.#reached.tabIndex = -1;
    this.#reached = this.#marks[this.#view.current ?? 0];
    this.#reached.tabIndex = 0;
  }
}

/** Label and confidence, the frame inside, what another model says, and what follows. */
function tagOf(sentence, follows, from, other) {
  const { label, confidence, frame } = sentence;
  const parts = [named(label, confidence) + (frame ? ` (${named(frame.label, frame.confidence)})` : "")];
  if (sentence.differs) parts.push(`${other}: ${differing(sentence.other)}`);
  if (follows) parts.push(from === label ? TOLD[follows] : `${TOLD[follows]}: ${named(from, sentence.scores[from])}`);
  // It may begin a line, but is broken only between its parts.
  return ` ${parts.map((part) => part.replaceAll(" ", "\u00a0")).join("\u00a0· ")}`;
}

const differing = (other) => (other ? named(other.label, other.confidence) : "split otherwise");
