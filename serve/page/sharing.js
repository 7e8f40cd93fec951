// What leaves the page by the clipboard: the answer as JSON or CSV.

import { element } from "./dom.js";

/** The service's answer as it came, and where the slider was moved, how it is shown. */
export function json({ reading, isMoved, below }) {
  const view = isMoved ? { view: { review_below: below } } : {};
  return JSON.stringify({ ...reading.answer, ...view }, null, 2);
}

/** A line for each sentence that is shown, as it is shown, for a spreadsheet. */
export function csv(view) {
  const { sentences } = view.reading;
  const labels = Object.keys(sentences[0].scores);
  const head = ["sentence", "begin", "end", "text", "label", "confidence", "frame", "frame_confidence", "follows", "follows_from", ...labels];
  const rows = sentences.filter((sentence) => view.shows(sentence)).map((sentence) => {
    const { index, begin, end, text, label, confidence, frame, scores } = sentence;
    const { follows, from } = view.follows(sentence);
    const inside = [frame?.label, frame?.confidence];
    return [index + 1, begin, end, text, label, confidence, ...inside, follows, from, ...labels.map((name) => scores[name])];
  });
  return [head, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

/** A value of CSV (RFC 4180). Text that a spreadsheet would take for a formula is told to be text. */
function cell(value) {
  const text = String(value ?? "");
  const harmless = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** Puts text into the clipboard; without TLS browsers have only the old way. */
export async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const before = document.activeElement;
  const area = element("textarea", { value: text, className: "unseen" });
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
  before?.focus();
}
