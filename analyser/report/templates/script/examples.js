/* The ladders on the first page: of each finding the call that shows it, of a capture without findings the first calls. */

import { html, replace } from "./dom.js";
import { recordOf, rowOf, rows } from "./data.js";
import { IN_PRINT, drawLadder } from "./ladder.js";
import { say, sayCount, titleOf } from "./words.js";

const MOST_EXAMPLES = 12;
const HEALTHY_LADDERS = 2;
const ROWS_AROUND = 5;
const MOST_ROWS = 24;
const ROWS_OF_AN_EXCERPT = 16;

const examples = [];

/** Draw the ladders of the findings, or of the first calls where there are none. */
export async function drawExamples() {
  const places = [...document.querySelectorAll(".example")].filter((place) => place.dataset.call);
  const wanted = places.slice(0, MOST_EXAMPLES).map((place) => ({
    place,
    row: rowOf(Number(place.dataset.call)),
    number: Number(place.dataset.message) || null,
  }));
  const first = document.getElementById("first-ladders");
  for (const row of first ? telling() : []) {
    const place = html("div", { class: "example" });
    first.append(place);
    wanted.push({ place, row, number: null });
  }
  const held = wanted.filter(({ row }) => row);
  const records = await Promise.all(held.map(({ row }) => recordOf(row)));
  held.forEach(({ place, row, number }, at) => example(place, row, number, records[at]));
}

function rank(row) {
  if (row.status >= 300) {
    return 0;
  }
  return row.kind === "call" ? 1 : 2;
}

/** Where nothing was found: what was refused, else the first calls, else whatever there is. */
function telling() {
  return rows.toSorted((one, other) => rank(one) - rank(other) || one.key - other.key).slice(0, HEALTHY_LADDERS);
}

/** Draw them all anew, for a page of another width. */
export function redrawExamples(printing) {
  for (const { drawn, record, number, messages } of examples) {
    drawLadder(drawn, record, { chosen: number, messages, ...(printing ? IN_PRINT : {}) });
  }
}

function example(place, row, number, record) {
  const messages = excerpt(record.messages, number);
  const drawn = html("div", { class: "drawn" });
  const more = record.messages.length + record.messages_left_out - messages.length;
  replace(
    place,
    html("p", { class: "caption" }, html("a", { href: `#call-${row.key}` }, titleOf(record)), record.outcome ? ` – ${record.outcome}` : ""),
    drawn,
    more > 0 ? html("p", { class: "faint" }, sayCount("example.more", more), " ", html("a", { href: `#call-${row.key}` }, say("example.whole"))) : "",
  );
  // Media have their place between all messages of a call: among some of them it would be another.
  const shown = messages.length < record.messages.length ? { ...record, media: [] } : record;
  examples.push({ drawn, record: shown, number, messages });
  drawLadder(drawn, shown, { chosen: number, messages });
}

/** The start of a call, and what is around the arrow in question. */
function excerpt(messages, number) {
  if (messages.length <= MOST_ROWS) {
    return messages;
  }
  if (number === null) {
    return messages.slice(0, ROWS_OF_AN_EXCERPT);
  }
  const at = Math.max(0, messages.findIndex((message) => message.number === number));
  const start = ROWS_OF_AN_EXCERPT - 2 * ROWS_AROUND - 1;
  return messages.filter((_, nth) => nth < start || Math.abs(nth - at) <= ROWS_AROUND);
}
