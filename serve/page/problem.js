// What went wrong, in words for the reader.

import { element } from "./dom.js";

/** A refusal by the service, or its silence, or something that this page cannot do. */
export class Refusal extends Error {
  constructor(message, { code = null, errors = [], requestId = null } = {}) {
    super(message);
    this.code = code;
    this.errors = errors;
    this.requestId = requestId;
  }

  /** The refusal that a problem document tells, and when to come back. */
  static of(response, { title, detail, code, errors, request_id: requestId }) {
    const told = [title, detail].filter(Boolean).join(": ") || `Status ${response.status}`;
    const seconds = Number(response.headers.get("retry-after"));
    const later = seconds > 0 ? ` Try again in ${seconds} second${seconds === 1 ? "" : "s"}.` : "";
    return new Refusal(`${told}.${later}`, {
      code,
      errors,
      // It leads to the log, where there is something to find.
      requestId: response.status >= 500 ? requestId : null,
    });
  }
}

/** Shows an error in a place for it; what is no refusal is a fault of this page. */
export function showProblem(place, error) {
  if (!(error instanceof Refusal)) throw error;
  const errors = error.errors.map(({ pointer, detail }) => element("li", {}, `${pointer} ${detail}`));
  place.replaceChildren(element("p", {}, error.message));
  if (errors.length) place.append(element("ul", {}, ...errors));
  if (error.requestId) place.append(element("p", { className: "small" }, `Request ${error.requestId}`));
}

/** Does something, and shows in a place why it did not work. */
export async function trying(place, action) {
  place.replaceChildren();
  try {
    await action();
  } catch (error) {
    showProblem(place, error);
  }
}
