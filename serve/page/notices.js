// What should be known before the labels are believed: the language, and what was not read.

import { element } from "./dom.js";
import { counted, language, percent } from "./words.js";

/** What there is to say of a document. */
export function notices({ language: told, tokens, tokens_scored: read, truncated }) {
  return [
    told?.supported === false &&
      `This text looks like ${language(told.code)} (${percent(told.share)} of it), which the model is not made for: its labels mean little here.`,
    told?.supported === null && "The language of this text could not be told.",
    truncated && `Only ${read.toLocaleString("en")} of ${counted(tokens, "token")} were read.`,
  ]
    .filter(Boolean)
    .map((text) => element("p", {}, text));
}
