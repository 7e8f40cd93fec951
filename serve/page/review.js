// The page for the review queue: people claim doubtful sentences, decide them, and appeal.

import { byId, element } from "./dom.js";
import { ItemView, stateOf } from "./item.js";
import { trying } from "./problem.js";
import { Queue } from "./queue.js";
import { reviewerField } from "./reviewer.js";
import { Scheme } from "./scheme.js";
import { info as askInfo } from "./service.js";
import { list, listen } from "./shortcuts.js";
import { counted, named, words } from "./words.js";

const queue = new Queue();
const reviewer = reviewerField({ id: "reviewer", required: true });
let scheme = null;
let item = null;

const doing = (action) => trying(byId("problem"), action);

const SHORTCUTS = [
  { keys: ["j", "ArrowDown"], name: "next sentence", does: () => doing(() => queue.step(1)) },
  { keys: ["k", "ArrowUp"], name: "sentence before", does: () => doing(() => queue.step(-1)) },
  { keys: ["c"], name: "claim it", does: () => queue.open && item.claim() },
  { keys: ["l"], name: "choose its label", does: () => byId("item").querySelector("select, textarea")?.focus() },
];

function showQueue() {
  const wasHere = byId("queue").contains(document.activeElement);
  byId("queue").replaceChildren(...queue.items.map(row));
  byId("more").hidden = queue.after === null;
  const some = `${counted(queue.items.length, "sentence")}${queue.after ? " and more" : ""}`;
  byId("status").textContent = queue.items.length ? some : "Nothing here.";
  const current = byId("queue").querySelector("[aria-current]");
  current?.scrollIntoView({ block: "nearest" });
  if (wasHere) current?.focus();
}

function row(each) {
  const made = element(
    "button",
    { type: "button", ariaCurrent: each.id === queue.open?.id ? "true" : null },
    element("mark", {}, named(each.label, each.confidence)),
    element("span", { className: "small" }, stateOf(each)),
  );
  made.addEventListener("click", () => doing(() => queue.look(each.id)));
  return element("li", { data: { position: scheme.position(each.label) } }, made);
}

/** Says why there is nothing to review, where there cannot be. */
function tellMissing({ feedback, decisions, texts_days: kept }) {
  byId("missing").textContent = [
    !feedback && "This deployment has no database, and so no review queue.",
    feedback && !decisions && "No new decisions are kept for review here (--keep-for-review).",
    feedback && kept === null && "Texts are not kept here (--keep-texts), so sentences show without their words.",
  ]
    .filter(Boolean)
    .join(" ");
  byId("desk").hidden = !feedback;
}

async function start() {
  const info = await askInfo();
  scheme = new Scheme(info.scheme);
  tellMissing(info.stores);
  byId("edition").textContent = `${info.model.name} ${info.model.version}`;
  if (!info.stores.feedback) return;
  byId("label").append(...scheme.labels.map(({ name }) => element("option", { value: name }, words(name))));
  item = new ItemView(byId("item"), queue, scheme, reviewer);
  queue.addEventListener("change", showQueue);
  await queue.load();
}

byId("you").append(reviewer);
byId("filters").addEventListener("change", () => {
  const [state, label, claimed] = ["state", "label", "claimed"].map((id) => byId(id).value);
  doing(() => queue.load({ state, label, claimed }));
});
byId("filters").addEventListener("submit", (event) => {
  event.preventDefault();
  doing(() => queue.load());
});
byId("more").addEventListener("click", () => doing(() => queue.more()));
listen(byId("desk"), SHORTCUTS);
list(byId("shortcuts"), SHORTCUTS);
doing(start);
