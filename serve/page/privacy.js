// What becomes of a text that is sent, by what /v1/info says of the deployment.

import { days } from "./words.js";

/** The sentence that stands under the text, true for this deployment. */
export function privacy({ feedback, decisions, texts_days: kept }) {
  if (!feedback) return "Texts are neither stored nor logged.";
  if (kept !== null) {
    const which = decisions ? "A text with a sentence to review, or with a correction," : "The text of a correction";
    return `Texts are not logged. ${which} is stored for ${days(kept)}.`;
  }
  const marked = decisions ? "sentences to review and of corrections" : "corrections";
  return `Texts are neither stored nor logged. Of ${marked}, labels, notes and a digest of the text are stored.`;
}
