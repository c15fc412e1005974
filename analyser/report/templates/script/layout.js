/* Where everything in a ladder stands: columns, rows, bands of media. Numbers only; nothing is drawn here. */

import { MARKS } from "./dom.js";
import { widthOf, wrapped } from "./measure.js";
import { durationText, offsetText, say } from "./words.js";

const BESIDE_FROM = 740;
const GUTTER = 120;
const EDGE = 76;
const LEAST_LANE = 132;
const MOST_LANE = 240;
const MOST_NAME = 300;
const BESIDE_A_NAME = 10;
const LEAST_NOTE = 225;
const NARROW_EDGE = 57;
const NARROW_LANE = 100;
const LINE = 17;
const LEAST_ROW = 40;
const SILENCE = 2;
const SILENCE_ROW = 22;
const TOP = 14;
const STRETCH = 1400;
const MOST_OF_A_LABEL = 160;

/**
 * The columns: where they are, and where the notes begin: beside the arrows, or below each where the columns leave no room for
 * them. `width` is that of the place for the ladder.
 */
export function columnsOf(record, width) {
  const many = Math.max(2, record.elements.length);
  const beside = width >= Math.max(BESIDE_FROM, GUTTER + 2 * EDGE + LEAST_LANE * (many - 1) + LEAST_NOTE);
  const gutter = beside ? GUTTER : 0;
  const name = widestName(record) + BESIDE_A_NAME;
  const named = beside && gutter + name * many + LEAST_NOTE <= width;
  const edge = beside ? Math.max(EDGE, named ? name / 2 : 0) : NARROW_EDGE;
  const room = width - gutter - 2 * edge - (beside ? LEAST_NOTE : 0);
  const lane = Math.min(
    Math.max(room / (many - 1), beside ? LEAST_LANE : NARROW_LANE),
    beside ? Math.max(MOST_LANE, named ? name : 0) : Infinity,
  );
  const lanes = gutter + 2 * edge + lane * (many - 1);
  const noteAt = beside ? lanes + 8 : 8;
  const whole = beside ? Math.max(width, lanes + LEAST_NOTE) : Math.max(width, lanes);
  return {
    beside,
    gutter,
    lane,
    edge,
    width: whole,
    noteAt,
    noteWidth: (beside ? whole : width) - noteAt - 8,
    centres: Array.from({ length: many }, (_, at) => gutter + edge + lane * at),
  };
}

function widestName(record) {
  const widths = record.elements.map((element) => Math.max(...hostAndPort(element).map((part) => widthOf(part, "mono"))));
  return Math.min(MOST_NAME, Math.max(0, ...widths));
}

/** An element in two, the second part with the colon, where it names a port. */
export function hostAndPort(element) {
  const found = element.match(/^(\[.*\]|[^:]+)(:\d+)$/);
  return found ? [found[1], found[2]] : [element];
}

/** The rows, from the top, and how high all of it is. `toScale`: the distance of two arrows grows with the time between them. */
export function rowsOf(record, messages, columns, toScale) {
  const last = messages.at(-1)?.offset ?? 0;
  const perSecond = toScale && last > 0 ? STRETCH / last : 0;
  const media = mediaByRow(record, messages);
  const placed = [];
  let y = TOP;
  let before = messages[0]?.offset ?? 0;
  messages.forEach((message, at) => {
    const passed = Math.max(0, message.offset - before);
    const row = rowOfMessage(message, columns);
    const gap = toScale ? passed * perSecond : passed >= SILENCE && SILENCE_ROW;
    if (passed >= SILENCE && gap >= SILENCE_ROW) {
      row.silence = { y: y + gap / 2, text: say("ladder.later", { duration: durationText(passed) }) };
    }
    row.from = y;
    y += Number(gap);
    row.top = y;
    row.y = y + row.above;
    y += row.height;
    row.media = media.get(at) ?? [];
    row.mediaY = y + LINE - 6;
    y += row.media.length * LINE;
    placed.push(row);
    before = Math.max(before, message.offset);
  });
  return { rows: placed, height: y + 10 };
}

/** The media that begin behind each row: their words stand there. */
function mediaByRow(record, messages) {
  const found = new Map();
  for (const media of record.media) {
    let at = 0;
    while (at + 1 < messages.length && messages[at + 1].offset <= media.start) {
      at += 1;
    }
    found.set(at, [...(found.get(at) ?? []), media]);
  }
  return found;
}

function rowOfMessage(message, columns) {
  const marks = message.marks.map((mark) => ({
    severity: mark.severity,
    lines: wrapped(
      `${MARKS[mark.severity]} ${say(`severity.${mark.severity}`)}: ${mark.rule}`,
      columns.noteWidth,
      "label",
    ),
  }));
  const lines = wrapped(noteOf(message), columns.noteWidth, "note");
  const count = lines.length + marks.reduce((sum, mark) => sum + mark.lines.length, 0);
  const noted = count * LINE;
  const when = columns.beside ? 0 : LINE;
  return {
    message,
    lines,
    marks,
    above: when + 22,
    height: columns.beside ? Math.max(LEAST_ROW, noted + 14) : when + 22 + 10 + noted + 12,
    noteY: columns.beside ? LINE : when + 22 + 10 + LINE - 3,
    line: LINE,
  };
}

/** The words beside an arrow, with what kind of verdict it is where it is no everyday one. */
function noteOf(message) {
  const verdict = message.verdict === "problem" || message.verdict === "attention" ? message.verdict : "";
  return verdict ? say(`ladder.${verdict}`, { note: message.note }) : message.note;
}

/** What stands above an arrow. */
export function labelOf(message) {
  const whole = message.kind === "request" ? message.label : `${message.label} ${message.phrase}`.trim();
  const start = whole.length > MOST_OF_A_LABEL ? `${whole.slice(0, MOST_OF_A_LABEL)}…` : whole;
  return message.sdp ? `${start} (SDP)` : start;
}

/** The bands of media: between which columns, and from where to where. */
export function bandsOf(record, placed, columns) {
  return record.media
    .filter((media) => media.source !== media.target && placed.rows.length)
    .map((media) => {
      const low = columns.centres[Math.min(media.source, media.target)];
      const high = columns.centres[Math.max(media.source, media.target)];
      const from = heightAt(media.start, placed);
      const to = heightAt(media.end, placed);
      const after = media.end > placed.rows.at(-1).message.offset ? placed.height - 4 : to;
      return { x: low, width: high - low, from, height: Math.max(after - from, LINE) };
    });
}

/** Where a moment is: between the arrows before and after it. */
function heightAt(offset, placed) {
  const { rows } = placed;
  let before = rows[0];
  for (const row of rows) {
    if (row.message.offset > offset) {
      const span = row.message.offset - before.message.offset;
      const share = span > 0 ? (offset - before.message.offset) / span : 0;
      return before.y + (row.y - before.y) * Math.max(0, Math.min(1, share));
    }
    before = row;
  }
  return before.y + TOP / 2;
}

/** Number, place and time of a message as the gutter shows them. */
export function whenOf(message) {
  return { place: message.place, time: offsetText(message.offset) };
}
