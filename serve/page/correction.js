// What a person says that a sentence's label is, for POST /v1/feedback.

import { element, labelled } from "./dom.js";
import { trying } from "./problem.js";
import { reviewerField } from "./reviewer.js";
import { chosen } from "./scheme.js";
import { giveFeedback } from "./service.js";
import { days } from "./words.js";

/** A form for one sentence. */
export function correctionForm(reading, sentence, scheme, stores) {
  const label = scheme.field();
  const note = element("textarea", { name: "note", rows: 2, maxLength: 2000 });
  const reviewer = reviewerField();
  const send = element("button", {}, "Send");
  const told = element("div", { role: "status" });
  const form = element(
    "form",
    { className: "correction" },
    labelled("It should be", label),
    labelled("Why, if you like (it is kept as written)", note),
    labelled("Your name, if you like", reviewer),
    send,
    told,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send.disabled = true;
    trying(told, async () => {
      const { text_kept: isKept } = await giveFeedback({
        ...subject(reading, sentence),
        label: chosen(label),
        note: note.value || null,
        reviewer: reviewer.value || null,
      });
      told.replaceChildren(`Thank you. It is kept ${isKept ? `with the text, for ${days(stores.texts_days)}` : "without the text"}.`);
    }).finally(() => {
      send.disabled = false;
    });
  });
  return form;
}

/** The sentence, by its place in the review queue or else in its text. */
function subject({ text, answer }, { index, begin, end, review }) {
  if (answer.decision && review) return { decision: { id: answer.decision, sentence: index } };
  return { passage: { text, begin, end, offsets: "utf16" } };
}
