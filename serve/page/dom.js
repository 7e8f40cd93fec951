// Elements, made and found. Text stays text: nothing here reads markup.

/** The element with an id. */
export const byId = (id) => document.getElementById(id);

/** Makes an element with properties, `data` for its data attributes, and children; null is none. */
export function element(name, { data = {}, ...properties } = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  Object.assign(made.dataset, data);
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** Makes a button that does something. */
export function button(text, action, properties = {}) {
  const made = element("button", { type: "button", ...properties }, text);
  made.addEventListener("click", action);
  return made;
}

/** Makes a field with its name before it; both are what the label stands for. */
export const labelled = (name, field) => element("label", {}, element("span", {}, name), field);

const SVG = "http://www.w3.org/2000/svg";

/** Makes a part of a drawing. */
export function drawn(name, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}
