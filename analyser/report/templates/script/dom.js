/* Elements are made here and nowhere else: what a capture says becomes text, never markup. */

const SVG = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") {
      node.addEventListener(name, value);
    } else if (value === true) {
      node.setAttribute(name, "");
    } else if (value !== undefined && value !== null && value !== false) {
      node.setAttribute(name, String(value));
    }
  }
  node.append(...children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== ""));
  return node;
}

/** An HTML element. Strings among the children become text; a function among the attributes listens to the event. */
export function html(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** An SVG element, likewise. */
export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** Put these children in the place of whatever an element holds. */
export function replace(node, ...children) {
  node.replaceChildren(...children.flat(Infinity).filter((child) => child !== ""));
}

/** The mark that says a severity or verdict beside its colour. */
export const MARKS = {
  error: "✕",
  warning: "▲",
  notice: "●",
  problem: "✕",
  attention: "▲",
  normal: "✓",
};

/** A severity as a badge. */
export function badge(severity, text) {
  return html(
    "span",
    { class: `badge ${severity}` },
    html("span", { "aria-hidden": "true" }, MARKS[severity]),
    ` ${text}`,
  );
}
