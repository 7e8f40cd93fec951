// The note in the margin: all that is known of the current sentence, and what can be done with it.

import { button, element } from "./dom.js";
import { correctionForm } from "./correction.js";
import { trying } from "./problem.js";
import { modelId } from "./reading.js";
import { scoresTable } from "./scores.js";
import { named, threshold, words } from "./words.js";

const WORDS_TOLD = 6;

/** Shows the current sentence of a view in an element. */
export class Note {
  #place;
  #view;
  #scheme;
  #article;
  #stores;

  constructor(place, view, scheme, article, stores) {
    this.#place = place;
    this.#view = view;
    this.#scheme = scheme;
    this.#article = article;
    this.#stores = stores;
    this.#show();
    view.addEventListener("select", () => this.#show());
    view.addEventListener("change", () => this.#tellConsequence());
  }

  /** Brings the evidence of the current sentence. */
  showEvidence() {
    this.#place.querySelector("[name=evidence]")?.click();
  }

  /** Opens the form for a correction, where the deployment takes one. */
  correct() {
    const details = this.#place.querySelector("details.correction");
    if (!details) return;
    details.open = true;
    details.querySelector("select").focus();
  }

  #show() {
    const { sentence } = this.#view;
    this.#place.classList.toggle("empty", sentence === null);
    if (sentence === null) return this.#place.replaceChildren(element("p", {}, "Choose a sentence, or press J."));
    this.#place.dataset.position = this.#scheme.position(sentence.label);
    this.#place.replaceChildren(
      this.#head(sentence),
      element("p", { className: "verdict" }, named(sentence.label, sentence.confidence)),
      element("p", { className: "consequence" }),
      ...this.#frame(sentence),
      element("p", { className: "small" }, this.#scheme.definition(sentence.label)),
      this.#scores(sentence),
      this.#evidence(sentence),
      ...this.#correction(sentence),
    );
    this.#tellConsequence();
  }

  #head({ index }) {
    const step = (text, direction, name) => button(text, () => this.#view.step(direction), { className: "plain", ariaLabel: name });
    return element(
      "div",
      { className: "head" },
      element("h2", {}, `Sentence ${index + 1} of ${this.#view.reading.sentences.length}`),
      step("←", -1, "Previous sentence"),
      step("→", 1, "Next sentence"),
      button("×", () => this.#view.select(null), { className: "plain", ariaLabel: "Close the note" }),
    );
  }

  #tellConsequence() {
    const { sentence, below } = this.#view;
    if (sentence === null) return;
    const { follows, from } = this.#view.follows(sentence);
    const share = from && sentence.scores[from];
    const isUnsure = from === sentence.label && below !== null && share < below;
    const told = {
      act: () => `To act on: ${named(from, share)}.`,
      review: () => `To review: ${isUnsure ? `less than ${threshold(below)} sure` : named(from, share)}.`,
    };
    this.#place.querySelector(".consequence").textContent = told[follows]?.() ?? "";
  }

  #frame({ frame }) {
    return frame ? [element("p", {}, "Inside the claim: ", element("strong", {}, named(frame.label, frame.confidence)))] : [];
  }

  #scores({ scores, other }) {
    const { answer, other: name } = this.#view.reading;
    const models = name ? [modelId(answer.model), name] : [];
    return scoresTable(this.#scheme, scores, { models, other: other?.scores });
  }

  #evidence(sentence) {
    const told = element("div", { ariaLive: "polite" });
    const show = async () => {
      const byLabel = (await this.#view.reading.bringEvidence())[sentence.index];
      // Unless the reader has gone on meanwhile.
      if (this.#view.sentence !== sentence) return;
      this.#article.showEvidence(strongest(Object.values(byLabel)));
      const each = Object.entries(byLabel).flatMap(([label, evidence]) => evidenceWords(evidence, label));
      told.replaceChildren(...each);
    };
    const asking = button("Evidence words", () => trying(told, show), { className: "plain", name: "evidence" });
    return element("div", { className: "evidence" }, asking, told);
  }

  #correction(sentence) {
    if (!this.#stores.feedback) return [];
    const form = correctionForm(this.#view.reading, sentence, this.#scheme, this.#stores);
    return [element("details", { className: "correction" }, element("summary", {}, "Correct the label"), form)];
  }
}

/** A word without what stands around it. */
const bare = (word) => word.replace(/^\p{P}+|\p{P}+$/gu, "") || word;

/** Words with what each adds to the label that it adds most to. */
function strongest([first, ...others]) {
  const most = (word, at) => Math.max(word.contribution, ...others.map(({ words: all }) => all[at].contribution));
  return { words: (first?.words ?? []).map((word, at) => ({ ...word, contribution: most(word, at) })) };
}

/** The words that speak most for a label, with what each adds to its log-odds. */
function evidenceWords({ words: all }, label) {
  const most = all.filter(({ contribution }) => contribution > 0).sort((one, other) => other.contribution - one.contribution);
  if (!most.length) return [element("p", { className: "small" }, `No single word speaks for ${words(label)}.`)];
  const entries = most.slice(0, WORDS_TOLD).map(({ text, contribution }) =>
    element("li", {}, element("b", {}, bare(text)), ` +${contribution.toFixed(2)}`),
  );
  return [
    element("p", { className: "small" }, `What speaks most for ${words(label)}, in log-odds:`),
    element("ul", {}, ...entries),
  ];
}
