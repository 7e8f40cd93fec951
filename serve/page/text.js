// The page for a text: sends it to the service and shows what comes back.

import { Article } from "./article.js";
import { Composer } from "./composer.js";
import { Desk, doing } from "./desk.js";
import { byId } from "./dom.js";
import { Glance, summary } from "./glance.js";
import { Note } from "./note.js";
import { notices } from "./notices.js";
import { linkTo, linked, unlink } from "./permalink.js";
import { privacy } from "./privacy.js";
import { showProblem, trying, Refusal } from "./problem.js";
import { Reading, View, modelId } from "./reading.js";
import { Scheme } from "./scheme.js";
import { info as askInfo } from "./service.js";
import { copy, csv, json } from "./sharing.js";
import { list, listen } from "./shortcuts.js";

const LONG_LINK = 8_000;

const composer = new Composer((error) => showProblem(byId("problem"), error));
let info = null;
let view = null;
let note = null;
let sent = null;

const isMarked = (sentence) => view.follows(sentence).follows !== null || sentence.differs;

const SHORTCUTS = [
  { keys: ["j", "ArrowDown", "ArrowRight"], name: "next sentence", does: () => view.step(1) },
  { keys: ["k", "ArrowUp", "ArrowLeft"], name: "sentence before", does: () => view.step(-1) },
  { keys: ["Home"], name: "first sentence", does: () => view.begin(1) },
  { keys: ["End"], name: "last sentence", does: () => view.begin(-1) },
  { keys: ["n"], name: "next one to look at", does: () => view.step(1, isMarked) },
  { keys: ["p"], name: "one to look at before", does: () => view.step(-1, isMarked) },
  { keys: ["e"], name: "evidence words", does: () => note.showEvidence() },
  { keys: ["c"], name: "correct the label", does: () => note.correct() },
  { keys: ["t"], name: "back to your text", does: () => composer.edit() },
  { keys: ["Escape"], name: "close the note", does: () => view.select(null) },
];

/** Learns what answers, once; again where an answer comes from a model that is new. */
async function learn() {
  info = await askInfo();
  const chosen = composer.request;
  composer.offer(info);
  composer.fill(chosen);
  const { name, version, sha256 } = info.model;
  byId("edition").textContent = `${name} ${version}`;
  byId("model").textContent = `Model ${name} ${version} (${sha256.slice(0, 12)}), framelens ${info.version}`;
  byId("privacy").textContent = privacy(info.stores);
  byId("to-review").hidden = !info.stores.decisions;
}

/** The model that gave an answer, as /v1/info tells it. */
async function served(answer) {
  const find = () => info.models.find(({ model }) => model.sha256 === answer.model.sha256);
  if (!find()) await learn();
  return find() ?? info;
}

async function label() {
  if (info === null) await learn();
  const request = composer.request;
  const reading = await Reading.of(request);
  const { scheme, thresholds } = await served(reading.answer);
  sent = request;
  show(reading, new Scheme(scheme), thresholds.find(({ id }) => id === reading.answer.thresholds) ?? null);
}

function show(reading, scheme, set) {
  view = new View(reading, set);
  const article = new Article(byId("article"), view, scheme);
  note = new Note(byId("note"), view, scheme, article, info.stores);
  new Glance(byId("strips"), view, scheme);
  new Desk(view);
  byId("told").replaceChildren();
  byId("notices").replaceChildren(...notices(reading.document));
  const tell = () => {
    byId("summary").textContent = summary(view);
  };
  view.addEventListener("change", tell);
  // Else the keys would have nobody to listen to them.
  view.addEventListener("select", () => view.current === null && byId("result").focus({ preventScroll: true }));
  tell();
  byId("composer").open = false;
  byId("result").hidden = false;
  byId("result").focus({ preventScroll: true });
  byId("result").scrollIntoView({ block: "start" });
}

async function submit() {
  const send = byId("send");
  if (send.disabled) return;
  send.disabled = true;
  byId("status").textContent = "Labelling …";
  await trying(byId("problem"), async () => {
    try {
      await label();
    } catch (error) {
      byId("result").hidden = true;
      throw error;
    }
  });
  byId("status").textContent = "";
  send.disabled = false;
}

async function copyLink() {
  const link = await linkTo(sent);
  await copy(link);
  const cut = link.length > LONG_LINK ? ` It has ${link.length.toLocaleString("en")} characters, and some programs cut long links.` : "";
  return `The link is copied, with the text in it.${cut}`;
}

async function copied(text, what) {
  await copy(text);
  return `${what} copied.`;
}

/** Takes the text of a link, and sends it unless the service would keep it unasked. */
async function takeLink() {
  const found = await linked();
  if (found === null) return;
  if (found.text === null) throw new Refusal("The link is not whole, so its text cannot be read.");
  composer.fill(found);
  if (!info.stores.decisions) return submit();
  byId("status").textContent = "This text comes from a link and is not sent yet.";
  byId("send").focus();
}

byId("form").addEventListener("submit", (event) => {
  event.preventDefault();
  unlink();
  submit();
});
byId("options").addEventListener("change", () => {
  if (!byId("result").hidden) submit();
});
byId("copies").prepend(
  doing("Copy link", copyLink),
  doing("Copy JSON", () => copied(json(view), "The service's answer is")),
  doing("Copy CSV", () => copied(csv(view), "The sentences shown are")),
);
listen(byId("result"), SHORTCUTS);
list(byId("shortcuts"), SHORTCUTS);
addEventListener("hashchange", () => trying(byId("problem"), takeLink));
trying(byId("problem"), async () => {
  await learn();
  await takeLink();
});
