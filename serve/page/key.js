// The API key, for services that want one: asked for when it is, kept until the tab is closed.

import { button, byId, element, labelled } from "./dom.js";
import { Refusal } from "./problem.js";

const NAME = "framelens-key";
let asking = null;

/** The key that requests are sent with, or null. */
export const storedKey = () => sessionStorage.getItem(NAME);

/** Asks the reader for a key, once for all requests that want one now. */
export function requestKey() {
  asking ??= ask(storedKey() !== null).finally(() => {
    asking = null;
  });
  return asking;
}

function ask(wasRefused) {
  const { promise, resolve, reject } = Promise.withResolvers();
  const input = element("input", {
    type: "password", name: "key", required: true, autocomplete: "off", pattern: "[!-~]+",
    title: "Letters, digits and signs, without spaces",
  });
  const dialog = element(
    "dialog",
    { id: "key", ariaLabel: "API key" },
    element("h2", {}, "API key"),
    element("p", {}, wasRefused ? "The service does not accept this key." : "The service asks for a key."),
    form(input, () => dialog.close("given"), () => dialog.close()),
    element("p", { className: "small" }, "It is kept in this tab only, and sent to this service only."),
  );
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (dialog.returnValue !== "given") return reject(new Refusal("The service wants an API key."));
    sessionStorage.setItem(NAME, input.value);
    showForget();
    resolve();
  });
  document.body.append(dialog);
  dialog.showModal();
  return promise;
}

function form(input, give, cancel) {
  const made = element(
    "form",
    {},
    labelled("Key", input),
    element("div", { className: "actions" }, element("button", {}, "Use this key"), button("Cancel", cancel, { className: "plain" })),
  );
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    give();
  });
  return made;
}

/** Offers to forget the key, where there is one. */
function showForget() {
  byId("forget").hidden = storedKey() === null;
}

byId("forget").addEventListener("click", () => {
  sessionStorage.removeItem(NAME);
  showForget();
});
showForget();
