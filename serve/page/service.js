// The service's routes. Paths are relative, so that it may live under any prefix.

import { requestKey, storedKey } from "./key.js";
import { Refusal } from "./problem.js";

/** Asks for JSON, with a key where the service wants one. */
export async function ask(path, content) {
  for (;;) {
    const key = storedKey();
    const response = await send(path, content, key);
    if (response.status !== 401) return read(response);
    // Unless another request has brought a new one meanwhile.
    if (key === storedKey()) await requestKey();
  }
}

async function send(path, content, key) {
  const headers = key === null ? {} : { authorization: `Bearer ${key}` };
  const body = content && JSON.stringify(content);
  if (content) headers["content-type"] = "application/json";
  try {
    return await fetch(path, { method: content ? "POST" : "GET", headers, body });
  } catch {
    throw new Refusal("The service cannot be reached.");
  }
}

async function read(response) {
  let body;
  try {
    body = await response.json();
  } catch {
    throw new Refusal(`The service gave no readable answer (status ${response.status}).`);
  }
  if (!response.ok) throw Refusal.of(response, body ?? {});
  return body;
}

/** What answers here. */
export const info = () => ask("v1/info");

/** Scores one text, with offsets that count as JavaScript's strings do. */
export async function classify(text, { model = null, thresholds = null, ...options } = {}) {
  const request = { text, model, thresholds, options: { offsets: "utf16", ...options } };
  const answer = await ask("v1/classify", request);
  const [{ error }] = answer.documents;
  if (error) throw new Refusal(`This text cannot be scored: it ${error.detail}.`);
  return answer;
}

/** Scores a text again, by the model of an answer or another, and leaves no trace in the queue. */
export function classifyAside(text, model, options = {}) {
  // No review mark, so nothing to keep for review.
  return classify(text, { model, review_below: 0, ...options });
}

/** Says what the label of a sentence should be. */
export const giveFeedback = (feedback) => ask("v1/feedback", feedback);

/** Some of the review queue. */
export function listReviews(filters) {
  const given = Object.entries(filters).filter(([, value]) => value !== null && value !== "");
  return ask(`v1/reviews?${new URLSearchParams(given)}`);
}

/** One sentence of the queue, with its text where that is kept. */
export const getReview = (id) => ask(`v1/reviews/${id}`);

/** Claims, decides, or appeals against, a sentence of the queue. */
export const changeReview = (id, verb, content) => ask(`v1/reviews/${id}/${verb}`, content);
