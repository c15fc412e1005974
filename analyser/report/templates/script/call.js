/* One call in full: its ladder, compact or to scale, or as a table, and the message that was chosen. */

import { badge, html, replace } from "./dom.js";
import { recordOf } from "./data.js";
import { IN_PRINT, drawLadder, ladderTable } from "./ladder.js";
import { messagePanel } from "./message.js";
import { durationText, say, sayCount, timeText, titleOf } from "./words.js";

const view = { key: null, record: null, toScale: false, table: false, chosen: null };
const places = {};

/** Show a call, and a message of it where one is chosen; nothing where it is no longer asked for once it has been unpacked. */
export async function showCall(row, number, isAskedFor) {
  const place = document.getElementById("call");
  if (view.key !== row.key) {
    const record = await recordOf(row);
    if (!isAskedFor()) {
      return;
    }
    Object.assign(view, { key: row.key, record });
    build(place, row);
  }
  place.hidden = false;
  choose(number);
}

/** Draw anew for a place that has become wider or narrower, or for paper. */
export function redrawCall(printing) {
  if (view.record && !document.getElementById("call").hidden) {
    draw(printing ? IN_PRINT : {});
  }
}

function build(place, row) {
  const { record } = view;
  places.title = html("h2", { id: "call-title", tabindex: "-1" }, titleOf(record));
  places.ladder = html("div", { class: "drawn" });
  places.panel = html("div", { class: "panel", hidden: true });
  replace(
    place,
    html("p", {}, html("a", { class: "button", href: "#calls" }, say("call.back"))),
    places.title,
    summaryOf(record, row),
    toolbar(),
    html("div", { class: "call" }, html("div", { class: "left" }, places.ladder, legend(record), notes(record)), places.panel),
  );
}

function summaryOf(record, row) {
  const facts = [timeText(record.started), sayCount("call.messages", row.messages)];
  if (record.setup !== null) {
    facts.push(say("call.setup", { duration: durationText(record.setup) }));
  }
  if (record.duration !== null) {
    facts.push(say("call.duration", { duration: durationText(record.duration) }));
  }
  return [
    record.outcome || record.severity
      ? html("p", { class: "outcome" }, record.severity ? badge(record.severity, say(`severity.${record.severity}`)) : "", " ", record.outcome)
      : "",
    html("p", { class: "faint" }, facts.join(say("comma"))),
    record.call_id ? html("p", { class: "faint" }, "Call-ID ", html("code", {}, record.call_id)) : "",
    record.silence ? html("p", { class: "silence-told" }, record.silence) : "",
  ];
}

function toolbar() {
  const scale = toggle("call.to-scale", "toScale");
  const table = toggle("call.table", "table");
  return html("div", { class: "toolbar", role: "group", "aria-label": say("call.show-as") }, scale, table);
}

function toggle(key, name) {
  const button = html("button", { type: "button", id: `toggle-${name}`, "aria-pressed": String(view[name]) }, say(key));
  button.addEventListener("click", () => {
    view[name] = !view[name];
    button.setAttribute("aria-pressed", String(view[name]));
    draw();
  });
  return button;
}

function notes(record) {
  return [
    ["call.left-out", record.messages_left_out],
    ["call.transactions-left-out", record.transactions_left_out],
  ].map(([key, number]) => (number ? html("p", { class: "faint" }, sayCount(key, number)) : ""));
}

function legend(record) {
  const kinds = ["request", "normal", "attention", "problem"];
  if (record.messages.some((message) => message.role === "retransmission")) {
    kinds.push("retransmission");
  }
  if (record.messages.some((message) => message.role === "forward")) {
    kinds.push("forward");
  }
  if (record.media.length) {
    kinds.push("rtp");
  }
  return html(
    "ul",
    { class: "legend", "aria-label": say("legend.title") },
    kinds.map((kind) => html("li", {}, html("span", { class: `key ${kind}`, "aria-hidden": "true" }), say(`legend.${kind}`))),
  );
}

function draw(options = {}) {
  if (view.table) {
    replace(places.ladder, ladderTable(view.record));
  } else {
    drawLadder(places.ladder, view.record, { toScale: view.toScale, chosen: view.chosen, ...options });
  }
}

/** Scroll to an arrow; above the panel where that covers the lower part of the screen. */
function bringIntoSight(arrow) {
  if (!arrow) {
    return;
  }
  const panel = places.panel.getBoundingClientRect();
  const covered = getComputedStyle(places.panel).position === "fixed" ? panel.height : 0;
  const lanes = places.ladder.querySelector(".lanes")?.offsetHeight ?? 0;
  const { top, height } = arrow.getBoundingClientRect();
  const middle = lanes + (innerHeight - covered - lanes) / 2;
  scrollBy(0, top + height / 2 - middle);
}

/** Open the panel of a message beside the ladder, or close it, and bring the arrow into sight. */
function choose(number) {
  const before = view.chosen;
  const message = view.record.messages.find((one) => one.number === number);
  view.chosen = message ? number : null;
  places.panel.hidden = !message;
  replace(places.panel, message ? messagePanel(message, view.record) : []);
  draw();
  const arrow = places.ladder.querySelector(`[data-message="${message ? number : before}"]`);
  if (message) {
    bringIntoSight(arrow);
    document.getElementById("message-title").focus({ preventScroll: true });
  } else if (arrow && before !== null) {
    arrow.focus();
  } else {
    scrollTo(0, 0);
    places.title.focus({ preventScroll: true });
  }
}
