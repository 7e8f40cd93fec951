// The probability of every label, as a table.

import { element } from "./dom.js";
import { percent, words } from "./words.js";

/** A table of one model's probabilities, or two models' side by side: `models` are their names. */
export function scoresTable(scheme, scores, { models = [], other = null } = {}) {
  const rows = scheme.labels.map(({ name }, position) => {
    const bar = element("meter", { min: 0, max: 1, value: scores[name], ariaLabel: words(name) });
    const cells = [
      element("th", { scope: "row" }, words(name)),
      element("td", {}, bar),
      element("td", {}, percent(scores[name])),
    ];
    if (models.length) cells.push(element("td", {}, other ? percent(other[name]) : "–"));
    return element("tr", { data: { position } }, ...cells);
  });
  const columns = models.map((name, index) => element("th", { scope: "col", colSpan: index ? 1 : 3 }, name));
  const head = models.length ? element("thead", {}, element("tr", {}, ...columns)) : null;
  return element("table", { className: "scores", ariaLabel: "Probabilities" }, head, element("tbody", {}, ...rows));
}
