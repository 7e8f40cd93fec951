// A text with what a model says of its sentences, and what another model says of them.

import { Refusal } from "./problem.js";
import { labelsOf } from "./scheme.js";
import { consequence } from "./thresholds.js";
import { classify, classifyAside } from "./service.js";

/** How a request or a select names a model. */
export const modelId = ({ name, version }) => `${name}@${version}`;

/** A text, the service's answer, and its sentences; with `other`, those of the other answer. */
export class Reading {
  constructor(text, answer, other = null) {
    this.text = text;
    this.answer = answer;
    this.other = other && modelId(other.model);
    this.document = answer.documents[0];
    const theirs = other && bySpan(other.documents[0].sentences);
    this.sentences = this.document.sentences.map((sentence, index) => ({
      ...sentence,
      index,
      // Null where the other model splits the text otherwise.
      other: theirs && (theirs.get(span(sentence)) ?? null),
      differs: Boolean(theirs) && theirs.get(span(sentence))?.label !== sentence.label,
    }));
  }

  /** Has a text read by one model or by two. */
  static async of({ text, model, thresholds, other }) {
    const answers = [classify(text, { model, thresholds }), other && classifyAside(text, other)];
    return new Reading(text, ...(await Promise.all(answers)));
  }

  /** Has the evidence for every sentence brought, once: by label, of those that it is given. */
  bringEvidence() {
    this.evidence ??= this.#askForEvidence().catch((error) => {
      this.evidence = undefined;
      throw error;
    });
    return this.evidence;
  }

  async #askForEvidence() {
    const { model } = this.answer;
    const answer = await classifyAside(this.text, modelId(model), { evidence: true });
    if (answer.model.sha256 !== model.sha256) {
      throw new Refusal("The service has another model now. Label the text again.");
    }
    return answer.documents[0].sentences.map(({ label, evidence, label_evidence: each }) => each ?? { [label]: evidence });
  }

  /** Where in the text the sentence is that an offset lies in, or follows. */
  at(offset) {
    const after = this.sentences.findIndex(({ begin }) => begin > offset);
    return Math.max(0, (after < 0 ? this.sentences.length : after) - 1);
  }
}

const span = ({ begin, end }) => `${begin}-${end}`;
const bySpan = (sentences) => new Map(sentences.map((sentence) => [span(sentence), sentence]));

/** What of a reading is shown, and what stands out. Tells of changes by events. */
export class View extends EventTarget {
  /** `set` is the threshold set that the answer names, or null where it is not known. */
  constructor(reading, set) {
    super();
    this.reading = reading;
    this.set = set;
    this.below = set?.review_below ?? null;
    this.hidden = new Set();
    this.only = "all";
    this.current = null;
  }

  /** Whether the slider stands elsewhere than the threshold set does. */
  get isMoved() {
    return this.set !== null && this.below !== this.set.review_below;
  }

  /** What follows from a sentence, and from which label. */
  follows(sentence) {
    if (!this.isMoved) return { follows: sentence.follows, from: sentence.follows_from };
    return consequence({ ...this.set, review_below: this.below }, sentence);
  }

  /** Whether a sentence passes the filters. */
  shows(sentence) {
    const labels = labelsOf(sentence);
    const isShown = !labels.length || labels.some((label) => !this.hidden.has(label));
    return isShown && this.passes(this.only, sentence);
  }

  /** Whether a sentence is one of `all`, of those `marked` for review or to act on, or `differing`. */
  passes(only, sentence) {
    if (only === "marked") return this.follows(sentence).follows !== null;
    return only === "all" || sentence.differs;
  }

  /** Changes the filters or the slider. */
  change(fields) {
    Object.assign(this, fields);
    this.dispatchEvent(new Event("change"));
  }

  /** Makes a sentence the current one, by its index; null for none. */
  select(index) {
    if (index === this.current) return;
    this.current = index;
    this.dispatchEvent(new Event("select"));
  }

  /** The current sentence, or null. */
  get sentence() {
    return this.current === null ? null : this.reading.sentences[this.current];
  }

  /** Makes the next sentence that is shown, and is `wanted`, the current one; -1 goes back. */
  step(direction, wanted = () => true, from = this.current) {
    const { sentences } = this.reading;
    let index = from ?? (direction > 0 ? -1 : sentences.length);
    do index += direction;
    while (index in sentences && !(this.shows(sentences[index]) && wanted(sentences[index])));
    if (index in sentences) this.select(index);
  }

  /** Makes the first sentence that is shown the current one; -1 the last. */
  begin(direction) {
    this.step(direction, undefined, null);
  }
}
