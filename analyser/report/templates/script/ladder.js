/* A call as an SVG ladder: a column for each hop, an arrow for each message, its note beside it. */

import { MARKS, html, replace, svg } from "./dom.js";
import { bandsOf, columnsOf, hostAndPort, labelOf, rowsOf, whenOf } from "./layout.js";
import { cut, cutInside, widthOf } from "./measure.js";
import { durationText, frameText, offsetText, say, sayCount, titleOf } from "./words.js";

const HEAD = 40;
const TIP = 8;
const LOOP = 34;

/** How a ladder is drawn for paper. */
export const IN_PRINT = { width: 940, piece: 4 };

/**
 * Draw the ladder into a place as wide as that is. `options`: toScale, chosen (number of a message), messages (those to
 * show), width (another than that of the place), piece (rows of a drawing: on paper, a page may end between two).
 */
export function drawLadder(place, record, options = {}) {
  const messages = options.messages ?? record.messages;
  const columns = columnsOf(record, Math.floor(options.width ?? place.clientWidth));
  const placed = rowsOf(record, messages, columns, options.toScale ?? false);
  const lanes = html("div", { class: "lanes", "aria-hidden": "true" }, headOf(record, columns));
  const pieces = [];
  const step = options.piece ?? Math.max(1, placed.rows.length);
  for (let at = 0; at === 0 || at < placed.rows.length; at += step) {
    pieces.push(piece({ at, step, placed, columns, record, chosen: options.chosen }));
  }
  const body = html("div", { class: "rungs", tabindex: columns.width > place.clientWidth ? "0" : null }, pieces);
  body.addEventListener("scroll", () => {
    lanes.scrollLeft = body.scrollLeft;
  });
  replace(place, lanes, body);
}

/** So many rows of the ladder as one drawing. */
function piece({ at, step, placed, columns, record, chosen }) {
  const rows = placed.rows.slice(at, at + step);
  const from = at === 0 ? 0 : rows[0].from;
  const to = placed.rows[at + step]?.from ?? placed.height;
  return svg(
    "svg",
    {
      class: columns.beside ? "ladder" : "ladder narrow",
      width: columns.width,
      height: to - from,
      viewBox: `0 ${from} ${columns.width} ${to - from}`,
      role: "group",
      "aria-label": say("ladder.title", { title: titleOf(record) }),
    },
    bandsOf(record, placed, columns).map(band),
    columns.centres.slice(0, record.elements.length).map((x) => lifeline(x, placed.height)),
    rows.map((row) => arrow(row, record, columns, chosen)),
  );
}

function headOf(record, columns) {
  const names = record.elements.map((element, at) => {
    const lines = linesOfElement(element, Math.min(2 * columns.edge, columns.lane) - 6);
    return svg(
      "text",
      { class: "element mono", x: columns.centres[at], y: lines.length > 1 ? 15 : 24 },
      svg("title", {}, element),
      lines.map((line, nth) => svg("tspan", { x: columns.centres[at], dy: nth ? 15 : 0 }, line)),
    );
  });
  const gutter = columns.beside
    ? [svg("text", { class: "head", x: 4, y: 24 }, say("ladder.frame-and-time"))]
    : [];
  return svg(
    "svg",
    { width: columns.width, height: HEAD, viewBox: `0 0 ${columns.width} ${HEAD}` },
    gutter,
    names,
  );
}

/** Host and port on one line, on two, or shortened. */
function linesOfElement(element, width) {
  if (widthOf(element, "mono") <= width) {
    return [element];
  }
  return hostAndPort(element).map((part) => cutInside(part, width, "mono"));
}

function lifeline(x, height) {
  return svg("line", { class: "lifeline", x1: x, x2: x, y1: 0, y2: height });
}

function band(place) {
  return svg("rect", { class: "media", x: place.x, y: place.from, width: place.width, height: place.height });
}

function arrow(row, record, columns, chosen) {
  const { message } = row;
  const from = columns.centres[message.source];
  const to = columns.centres[message.target];
  const kinds = ["arrow", message.kind, message.verdict, message.role];
  if (message.marks.length) {
    kinds.push("cited");
  }
  if (message.number === chosen) {
    kinds.push("chosen");
  }
  const here = { x: 0, y: row.top, width: columns.width, height: row.height };
  const link = svg(
    "a",
    {
      href: `#call-${record.key}/message-${message.number}`,
      class: kinds.filter(Boolean).join(" "),
      "aria-label": spoken(message, record),
      "data-message": message.number,
      "aria-current": message.number === chosen ? "true" : null,
    },
    svg("rect", { class: "ground", ...here }),
    from === to ? loop(from, row.y) : straight(from, to, row.y, message.role),
    label(message, from, to, row.y, columns),
    when(row, columns),
    note(row, columns),
  );
  return [link, row.media.map((media, nth) => mediaText(media, row, nth, columns)), silence(row, columns)];
}

/** What stands above an arrow; it may be wider than the arrow, for nothing else stands in its row. */
function label(message, from, to, y, columns) {
  const mark = message.verdict && message.verdict !== "normal" ? `${MARKS[message.verdict]} ` : "";
  const text = mark + labelOf(message);
  const right = columns.beside ? columns.noteAt : columns.width;
  if (from === to) {
    return svg("text", { class: "label start", x: from + LOOP + 6, y: y + 4 }, cut(text, right - from - LOOP - 6, "label"));
  }
  const middle = (from + to) / 2;
  const room = 2 * Math.min(middle - columns.gutter, right - middle);
  return svg("text", { class: "label", x: middle, y: y - 7 }, cut(text, room, "label"));
}

function straight(from, to, y, role) {
  const way = to > from ? 1 : -1;
  const end = to - way;
  const head = `M${end - way * TIP * 1.3} ${y - TIP * 0.65}L${end} ${y}L${end - way * TIP * 1.3} ${y + TIP * 0.65}`;
  const open = role === "forward";
  return [
    svg("line", { class: "shaft", x1: from + way, x2: open ? end : end - way * TIP, y1: y, y2: y }),
    svg("path", { class: open ? "tip open" : "tip", d: open ? head : `${head}Z` }),
  ];
}

function loop(x, y) {
  return [
    svg("path", { class: "shaft", d: `M${x + 1} ${y - 8}h${LOOP}v14h${-LOOP + TIP}` }),
    svg("path", { class: "tip", d: `M${x + TIP * 1.3} ${y + 6 - TIP * 0.65}L${x + 1} ${y + 6}L${x + TIP * 1.3} ${y + 6 + TIP * 0.65}Z` }),
  ];
}

function when(row, columns) {
  const { place, time } = whenOf(row.message);
  if (columns.beside) {
    return [
      svg("text", { class: "place mono", x: 44, y: row.y + 4 }, place),
      svg("text", { class: "time mono", x: 118, y: row.y + 4 }, time),
    ];
  }
  return [svg("text", { class: "time mono start", x: 8, y: row.top + 13 }, `${frameText(row.message)} · ${time} s`)];
}

function note(row, columns) {
  const x = columns.noteAt;
  let y = row.top + row.noteY;
  const lines = [];
  const add = (text, kind) => {
    lines.push(svg("text", { class: kind, x, y }, text));
    y += row.line;
  };
  for (const line of row.lines) {
    add(line, "note");
  }
  for (const mark of row.marks) {
    for (const line of mark.lines) {
      add(line, `mark ${mark.severity}`);
    }
  }
  return lines;
}

function silence(row, columns) {
  if (!row.silence) {
    return "";
  }
  const middle = (columns.centres[0] + columns.centres.at(-1)) / 2;
  return svg(
    "g",
    { class: "silence", "aria-hidden": "true" },
    svg("line", { x1: columns.centres[0], x2: columns.centres.at(-1), y1: row.silence.y, y2: row.silence.y }),
    svg("text", { x: middle, y: row.silence.y + 4 }, row.silence.text),
  );
}

function mediaText(media, row, nth, columns) {
  const text = sayCount("ladder.media", media.packets, {
    way: media.target > media.source ? "→" : "←",
    types: media.payload_types.join(", "),
    duration: durationText(Math.max(0, media.end - media.start)),
  });
  const half = widthOf(text, "note") / 2 + 4;
  const middle = (columns.centres[media.source] + columns.centres[media.target]) / 2;
  const x = Math.min(Math.max(middle, half), Math.max(half, columns.width - half));
  return svg(
    "text",
    { class: "media-text", x, y: row.mediaY + nth * row.line },
    svg("title", {}, `${media.from_} → ${media.to}`),
    text,
  );
}

/** An arrow in words, for those who hear it. */
export function spoken(message, record) {
  const marks = message.marks.map((mark) => say("ladder.finding", { severity: say(`severity.${mark.severity}`), rule: mark.rule }));
  return [
    say("ladder.arrow", {
      frame: frameText(message),
      time: offsetText(message.offset),
      source: record.elements[message.source],
      target: record.elements[message.target],
      label: labelOf(message),
    }),
    message.verdict ? say(`verdict.${message.verdict}`) : "",
    message.note,
    ...marks,
  ]
    .filter(Boolean)
    .join(". ");
}

/** The same as a table. */
export function ladderTable(record) {
  const names = ["frame", "time", "from", "to", "message", "note"];
  return html(
    "div",
    { class: "wide", tabindex: "0", role: "region", "aria-label": say("ladder.title", { title: titleOf(record) }) },
    html(
      "table",
      { class: "messages" },
      html("thead", {}, html("tr", {}, names.map((name) => html("th", { scope: "col" }, say(`table.${name}`))))),
      html(
        "tbody",
        {},
        record.messages.map((message) => tableRow(message, record)),
      ),
    ),
  );
}

function tableRow(message, record) {
  const verdict = message.verdict && message.verdict !== "normal" ? `${MARKS[message.verdict]} ${say(`verdict.${message.verdict}`)}: ` : "";
  return html(
    "tr",
    { class: message.verdict },
    html("td", { class: "number" }, message.place),
    html("td", { class: "number mono" }, offsetText(message.offset)),
    html("td", { class: "mono" }, record.elements[message.source]),
    html("td", { class: "mono" }, record.elements[message.target]),
    html("td", {}, html("a", { href: `#call-${record.key}/message-${message.number}` }, labelOf(message))),
    html("td", {}, verdict, message.note, message.marks.map((mark) => html("div", { class: `mark ${mark.severity}` }, `${MARKS[mark.severity]} ${say(`severity.${mark.severity}`)}: ${mark.rule}`))),
  );
}
