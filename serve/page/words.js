// Names and numbers, as a reader wants them.

/** What stands between the labels of a sentence that may have several. */
export const SEPARATOR = "|";

/** The name of a label, which is one word or several, or of all labels of a sentence. */
export const words = (name) => (name ? name.replaceAll("_", "\u00a0").replaceAll(SEPARATOR, " + ") : "no label");

/** A probability in whole percent, which is never certain where it only almost is. */
export function percent(share) {
  if (share > 0.995 && share < 1) return ">99%";
  if (share > 0 && share < 0.005) return "<1%";
  return `${Math.round(share * 100)}%`;
}

/** A threshold in percent, to its last digit that says something. */
export const threshold = (share) => `${Number((share * 100).toFixed(1))}%`;

/** A label with its probability. */
export const named = (name, share) => `${words(name)}\u00a0${percent(share)}`;

/** A number of things. */
export const counted = (count, noun) =>
  `${count.toLocaleString("en")}\u00a0${noun}${count === 1 ? "" : "s"}`;

/** A number of days. */
export const days = (count) => counted(Number(count.toFixed(2)), "day");

/** The name of a language, by its code, unless nobody knows it. */
export function language(code) {
  try {
    return new Intl.DisplayNames(["en"], { type: "language" }).of(code);
  } catch {
    return code;
  }
}

/** A moment, given in ISO 8601 or in milliseconds. */
export const moment = (at) =>
  new Date(at).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });

/** The time of a moment today. */
export const time = (at) => new Date(at).toLocaleTimeString("en-GB", { timeStyle: "short" });
