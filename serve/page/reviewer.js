// Who the reader is, for feedback and reviews: kept until the tab is closed.

import { element } from "./dom.js";

const NAME = "framelens-reviewer";

/** A field for the reader's name, filled in as it was the last time. */
export function reviewerField(properties = {}) {
  const value = sessionStorage.getItem(NAME) ?? "";
  const field = element("input", { name: "reviewer", maxLength: 200, autocomplete: "off", value, ...properties });
  field.addEventListener("change", () => sessionStorage.setItem(NAME, field.value));
  return field;
}
