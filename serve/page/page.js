// Sends a text to the service and shows its sentences, marked in place. The labels, their
// order and their definitions are whatever /v1/info says: nothing here knows their names.

const [form, text, button, status, problem, labelled, legend, review, model] = [
  "form", "text", "button", "status", "problem", "labelled", "legend", "review", "model",
].map((id) => document.getElementById(id));

/** The scheme's labels in order: `{name, definition}`. */
let labels = [];

/** A refusal by the service, or its silence, in words for the reader. */
class Refusal extends Error {
  constructor(message, errors = []) {
    super(message);
    this.errors = errors;
  }
}

/** Fetches JSON from the service. */
async function ask(path, options) {
  const response = await fetch(path, options).catch(() => {
    throw new Refusal("The service cannot be reached.");
  });
  const body = await response.json().catch(() => {
    throw new Refusal(`The service gave no readable answer (status ${response.status}).`);
  });
  if (!response.ok) throw new Refusal(`${body.title}: ${body.detail}.`, body.errors);
  return body;
}

/** Classifies one text, with offsets that count as JavaScript's strings do. */
async function classify(value) {
  const answer = await ask("v1/classify", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ text: value, options: { offsets: "utf16" } }),
  });
  const [result] = answer.documents;
  if (result.error) throw new Refusal(`This text cannot be scored: it ${result.error.detail}.`);
  return result.sentences;
}

/** Makes an element with properties and children; text stays text. */
function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

const words = (name) => name.replaceAll("_", "\u00a0");
const percent = (share) => `${Math.round(share * 100)}%`;
const named = (name, share) => `${words(name)}\u00a0${percent(share)}`;
const counted = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;
const position = (label) => labels.findIndex(({ name }) => name === label);

/** A sentence, marked, and tagged with its label, the frame inside it, and the review mark. */
function tagged(sentence, value) {
  const { begin, end, label, confidence, frame, scores } = sentence;
  const inside = frame ? ` (${named(frame.label, frame.confidence)})` : "";
  const mark = element("mark", {}, value.slice(begin, end));
  const tag = element("span", { className: "tag" }, named(label, confidence), inside);
  const made = element("span", {}, mark, " ", tag);
  if (sentence.review) {
    tag.append(" · review");
    made.className = "review";
  }
  made.dataset.position = position(label);
  made.title = labels.map(({ name }) => named(name, scores[name])).join("\n");
  return made;
}

/** Shows the text with its sentences marked, and whatever stands between them. */
function showText(value, sentences) {
  let shown = 0;
  labelled.replaceChildren();
  for (const sentence of sentences) {
    labelled.append(value.slice(shown, sentence.begin), tagged(sentence, value));
    shown = sentence.end;
  }
  labelled.append(value.slice(shown));
  labelled.hidden = false;
  labelled.scrollIntoView();
}

/** Shows every label with its definition and, given sentences, how many of them it has. */
function showLegend(sentences) {
  legend.replaceChildren(
    ...labels.map(({ name, definition }, index) => {
      const entry = element("li", {}, element("mark", {}, words(name)));
      entry.dataset.position = index;
      if (sentences) {
        const count = sentences.filter(({ label }) => label === name).length;
        entry.prepend(element("span", { className: "count" }, String(count)));
      }
      entry.append(element("p", {}, definition));
      return entry;
    }),
  );
}

/** Says what the review mark means, where the model has a threshold for it. */
function showReview(threshold) {
  if (threshold === null) return;
  const below = `: the confidence is below ${(100 * threshold).toFixed(1)}%, so a person should look.`;
  review.append(element("strong", {}, "review"), below);
  review.hidden = false;
}

function showProblem(error) {
  if (!(error instanceof Refusal)) throw error;
  const errors = error.errors.map(({ pointer, detail }) => element("li", {}, `${pointer} ${detail}`));
  problem.replaceChildren(element("p", {}, error.message));
  if (errors.length) problem.append(element("ul", {}, ...errors));
}

async function submit(event) {
  event.preventDefault();
  const value = text.value;
  button.disabled = true;
  status.textContent = "Labelling …";
  problem.replaceChildren();
  try {
    const sentences = await classify(value);
    showText(value, sentences);
    showLegend(sentences);
    const marked = sentences.filter((sentence) => sentence.review).length;
    status.textContent = counted(sentences.length, "sentence") + (marked ? `, ${marked} to review` : "");
  } catch (error) {
    status.textContent = "";
    labelled.hidden = true;
    showLegend();
    showProblem(error);
  } finally {
    button.disabled = false;
  }
}

async function start() {
  const info = await ask("v1/info");
  labels = info.scheme.labels;
  showLegend();
  showReview(info.model.review_below);
  const { name, version, sha256 } = info.model;
  model.textContent = `Model ${name} ${version} (${sha256.slice(0, 12)}), framelens ${info.version}`;
}

form.addEventListener("submit", submit);
text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !button.disabled) form.requestSubmit();
});
start().catch(showProblem);
