/* One message: what it is, what the catalogue says of its code, and the message itself with each header field explained. */

import { MARKS, badge, html } from "./dom.js";
import { head } from "./data.js";
import { labelOf } from "./layout.js";
import { explain } from "./tip.js";
import { durationText, frameText, offsetText, say, sayCount, timeText } from "./words.js";

const TOLD_WHEN_COPIED = 2500;
/** Frames in a display filter, the last ones of the message. */
const MOST_FRAMES = 100;

/** The panel of a message. */
export function messagePanel(message, record) {
  const title = html("h3", { id: "message-title", tabindex: "-1" }, labelOf(message));
  return html(
    "aside",
    { class: "message", "aria-labelledby": "message-title" },
    title,
    html(
      "div",
      { class: "bar" },
      steps(message, record),
      html("a", { class: "button close", href: `#call-${record.key}` }, say("message.close")),
    ),
    html("p", { class: "note" }, verdictOf(message), " ", message.note),
    findingsOf(message),
    facts(message, record),
    catalogueOf(message),
    html("h4", {}, say("message.raw")),
    html("p", { class: "faint" }, say("message.hover")),
    raw(message),
    message.raw_left_out ? html("p", { class: "faint" }, sayCount("message.left-out", message.raw_left_out)) : "",
  );
}

function steps(message, record) {
  const at = record.messages.findIndex((other) => other.number === message.number);
  const step = (key, other) =>
    other
      ? html("a", { class: "button", href: `#call-${record.key}/message-${other.number}` }, say(key))
      : html("span", { class: "button faint", "aria-hidden": "true" }, say(key));
  return [step("message.previous", record.messages[at - 1]), step("message.next", record.messages[at + 1])];
}

function verdictOf(message) {
  if (!message.verdict || message.verdict === "normal") {
    return "";
  }
  const kind = message.verdict === "problem" ? "error" : "warning";
  return html(
    "span",
    { class: `badge ${kind}` },
    html("span", { "aria-hidden": "true" }, MARKS[message.verdict]),
    ` ${say(`verdict.${message.verdict}`)}`,
  );
}

function findingsOf(message) {
  return message.marks.map((mark) => {
    const finding = head.findings[mark.finding];
    const notes = finding?.notes[message.number] ?? [[finding?.summary ?? mark.rule, finding?.remedy ?? ""]];
    return html(
      "div",
      { class: `cited ${mark.severity}` },
      notes.map(([note, remedy], at) => [
        html("p", {}, at ? "" : [badge(mark.severity, say(`severity.${mark.severity}`)), " "], note),
        remedy && remedy !== notes[at + 1]?.[1] ? html("p", {}, html("strong", {}, say("message.next-step")), " ", remedy) : "",
      ]),
      html("p", { class: "faint" }, [...(finding?.refs ?? []), ""].join("; "), html("a", { href: `#finding-${mark.finding + 1}` }, mark.rule)),
    );
  });
}

function facts(message, record) {
  const rows = [
    [say("message.from"), record.elements[message.source]],
    [say("message.to"), `${record.elements[message.target]} (${message.transport})`],
    [say("message.time"), `${timeText(message.time)}, ${offsetText(message.offset)} s`],
  ];
  if (message.elapsed !== null) {
    rows.push([say("message.elapsed"), durationText(message.elapsed)]);
  }
  if (message.defects.length) {
    rows.push([say("message.defects"), message.defects.map((id) => html("p", {}, head.defects[id] ?? id))]);
  }
  return html(
    "dl",
    { class: "facts" },
    rows.map(([name, value]) => [html("dt", {}, name), html("dd", {}, value)]),
    html("dt", {}, say("message.frame")),
    html("dd", {}, frameOf(message)),
  );
}

/** The frame, with the display filter that finds it in Wireshark. */
function frameOf(message) {
  const frames = message.frames.slice(-MOST_FRAMES);
  const filter = frames.length > 1 ? `frame.number in {${frames.join(", ")}}` : `frame.number == ${message.frame}`;
  const told = html("span", { role: "status", class: "faint" });
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(filter);
      told.textContent = say("message.copied");
    } catch {
      getSelection().selectAllChildren(code);
      told.textContent = say("message.marked");
    }
    setTimeout(() => told.replaceChildren(), TOLD_WHEN_COPIED);
  };
  const code = html("code", { class: "filter" }, filter);
  return [
    frameText(message),
    " ",
    html("span", { class: "copy" }, code, html("button", { type: "button", click: copy, "aria-label": say("message.copy-filter") }, say("message.copy")), told),
  ];
}

function catalogueOf(message) {
  const { codes, methods } = head.catalogue;
  if (message.kind === "request") {
    const text = Object.hasOwn(methods, message.method) ? methods[message.method] : "";
    return text ? html("section", { class: "entry" }, html("h4", {}, message.method), html("p", {}, text)) : "";
  }
  const words = codes[`${message.status} ${message.method}`] ?? codes[String(message.status)];
  if (!words) {
    return "";
  }
  const open = message.verdict !== "normal" && message.marks.length === 0;
  return html(
    "section",
    { class: "entry" },
    html("h4", {}, say("message.code", { code: words.code, phrase: words.phrase, method: message.method })),
    html("p", {}, words.meaning),
    html(
      "details",
      { open },
      html("summary", {}, say("message.code-more")),
      listed("message.when", words.when_seen),
      listed("message.fix", words.how_to_fix),
      words.refs.length ? html("p", { class: "faint" }, words.refs.join("; ")) : "",
    ),
  );
}

function listed(key, items) {
  return items.length ? [html("h5", {}, say(key)), html("ul", {}, items.map((item) => html("li", {}, item)))] : "";
}

/** The message line by line; the name of each header field that the catalogue knows explains itself. */
function raw(message) {
  const place = html("pre", { class: "raw", tabindex: "0", "aria-label": say("message.raw") });
  let inHead = true;
  message.raw.trimEnd().split("\n").forEach((line, at) => {
    if (inHead && at > 0 && line === "") {
      inHead = false;
    }
    const name = inHead && at > 0 ? line.match(/^([A-Za-z0-9.!%*_+`'~-]+)\s*:/) : null;
    const text = name ? explanation(name[1]) : "";
    if (at === 0) {
      place.append(html("strong", {}, line), "\n");
    } else if (text) {
      const field = html("button", { type: "button", class: "field" }, name[1]);
      explain(field, name[1], text);
      place.append(field, `${line.slice(name[1].length)}\n`);
    } else {
      place.append(`${line}\n`);
    }
  });
  return place;
}

function explanation(name) {
  const { headers } = head.catalogue;
  const low = name.toLowerCase();
  return Object.hasOwn(headers, low) ? headers[low] : "";
}
