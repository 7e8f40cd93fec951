// A sentence in its text, which may be a long one.

import { button, element } from "./dom.js";

const AROUND = 900;

/** The text around a sentence; places count code points. */
export function context(text, { begin, end }, position) {
  const points = Array.from(text);
  const piece = (from, to) => points.slice(from, to).join("");
  const [from, to] = [Math.max(0, begin - AROUND), Math.min(points.length, end + AROUND)];
  const mark = element("mark", { data: { position } }, element("span", { className: "words" }, piece(begin, end)));
  const before = element("span", {}, from ? "… " : "", piece(from, begin));
  const after = element("span", {}, piece(end, to), to < points.length ? " …" : "");
  const article = element("article", { ariaLabel: "The sentence in its text" }, before, mark, after);
  if (!from && to === points.length) return [article];
  const whole = button("Show the whole text", () => {
    before.textContent = piece(0, begin);
    after.textContent = piece(end);
    whole.remove();
    mark.scrollIntoView({ block: "center" });
  }, { className: "plain" });
  return [article, whole];
}
