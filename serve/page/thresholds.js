// What follows from a sentence's probabilities, by a threshold set of /v1/info: the service's own
// rule, so that a slider need not ask it.

import { threshold, words } from "./words.js";

/** `follows`, and the label that it `from`s; null for nothing. */
export function consequence(set, { scores, labels }) {
  const ranked = Object.keys(scores).sort((one, other) => scores[other] - scores[one]);
  for (const follows of ["act", "review"]) {
    const from = ranked.find((label) => scores[label] >= (set.labels[label]?.[follows] ?? Infinity));
    if (from) return { follows, from };
  }
  // Where there may be several labels, every yes and no counts.
  const sure = (label) => (labels ? Math.max(scores[label], 1 - scores[label]) : scores[label]);
  const from = labels ? ranked.reduce((one, other) => (sure(other) < sure(one) ? other : one)) : ranked[0];
  const isUnsure = set.review_below !== null && sure(from) < set.review_below;
  return isUnsure ? { follows: "review", from } : { follows: null, from: null };
}

/** A set's thresholds of single labels, in words. */
export function policy(set) {
  return Object.entries(set.labels).map(([label, { act, review }]) => {
    const parts = [act !== null && `act from ${threshold(act)}`, review !== null && `review from ${threshold(review)}`];
    return `${words(label)}: ${parts.filter(Boolean).join(", ")}`;
  });
}
