/* The explanation of a header field: on hover, on focus, on a tap; Escape takes it away. */

import { html } from "./dom.js";

const NEAR = 6;

const box = html("div", { id: "tip", class: "tip", role: "tooltip", hidden: true });
let owner = null;

/** Give a button its explanation. */
export function explain(button, title, text) {
  button.setAttribute("aria-describedby", "tip");
  const show = () => showTip(button, title, text);
  button.addEventListener("mouseenter", show);
  button.addEventListener("focus", show);
  button.addEventListener("click", show);
  button.addEventListener("mouseleave", () => document.activeElement !== button && hideTip());
  button.addEventListener("blur", hideTip);
}

/** Make Escape and scrolling take the explanation away. Tells whether one was there. */
export function hideTip() {
  const shown = owner !== null;
  box.hidden = true;
  owner = null;
  return shown;
}

function showTip(button, title, text) {
  if (!box.isConnected) {
    document.body.append(box);
  }
  owner = button;
  box.replaceChildren(html("strong", {}, title), html("p", {}, text));
  box.hidden = false;
  const place = button.getBoundingClientRect();
  const below = place.bottom + NEAR + box.offsetHeight < innerHeight;
  const left = Math.max(NEAR, Math.min(place.left, document.documentElement.clientWidth - box.offsetWidth - NEAR));
  const top = below ? place.bottom + NEAR : Math.max(NEAR, place.top - box.offsetHeight - NEAR);
  box.style.left = `${left}px`;
  box.style.top = `${top}px`;
}
