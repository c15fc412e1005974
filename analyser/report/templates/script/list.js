/* The list of calls: search, choices, order, pages. Only the rows of one page are in the document. */

import { badge, html, replace } from "./dom.js";
import { head, rows } from "./data.js";
import { filtered, sorted } from "./filter.js";
import { count, durationText, say, sayCount, timeText } from "./words.js";

const ROWS_OF_A_PAGE = 25;
const WAIT_WHILE_TYPING = 120;

const COLUMNS = ["at", "kind", "source", "target", "outcome", "duration", "messages", "severity"];

const list = { search: "", chosen: {}, order: "at", backwards: false, page: 0, shown: rows };
const parts = {};

/** Make the list and its controls. */
export function startList() {
  const place = document.getElementById("list");
  if (!rows.length) {
    return;
  }
  parts.table = html("tbody");
  parts.heads = COLUMNS.map(columnHead);
  parts.pager = html("nav", { class: "pager", "aria-label": say("list.pages") });
  parts.told = html("p", { class: "told", role: "status", "aria-live": "polite" });
  replace(
    place,
    controls(),
    parts.told,
    html("table", { class: "calls" }, html("thead", {}, html("tr", {}, parts.heads)), parts.table),
    parts.pager,
  );
  place.hidden = false;
  update();
}

function controls() {
  const search = html("input", {
    type: "search",
    id: "search",
    autocomplete: "off",
    spellcheck: "false",
    "aria-describedby": "search-hint",
  });
  let waiting = 0;
  search.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => change({ search: search.value }), WAIT_WHILE_TYPING);
  });
  const choices = ["kind", "severity", "code", "method", "rule"].map(choice);
  const order = html(
    "select",
    { id: "order", change: () => change({ order: order.value, backwards: false }) },
    COLUMNS.map((name) => html("option", { value: name }, say(`column.${name}`))),
  );
  parts.order = order;
  return html(
    "form",
    { class: "controls", role: "search", submit: (event) => event.preventDefault() },
    html(
      "div",
      { class: "search" },
      html("label", { for: "search" }, say("list.search")),
      search,
      html("span", { id: "search-hint", class: "faint" }, say("list.hint")),
    ),
    choices,
    html("div", {}, html("label", { for: "order" }, say("list.order")), order),
    html("button", { type: "reset", click: () => forget(search) }, say("list.clear")),
  );
}

function forget(search) {
  search.value = "";
  change({ search: "", chosen: {}, order: "at", backwards: false });
}

/** A choice among the values that occur; nothing where there is nothing to choose. */
function choice(name) {
  const values = valuesOf(name);
  if (values.length < 2 && name !== "severity" && name !== "rule") {
    return "";
  }
  if (!values.length) {
    return "";
  }
  const id = `choose-${name}`;
  const select = html(
    "select",
    { id, change: () => change({ chosen: { ...list.chosen, [name]: select.value } }) },
    html("option", { value: "" }, say("list.all")),
    values.map((value) => html("option", { value }, named(name, value))),
  );
  return html("div", {}, html("label", { for: id }, say(`list.${name}`)), select);
}

function valuesOf(name) {
  if (name === "severity") {
    const found = ["error", "warning", "notice"].filter((value) => rows.some((row) => row.severity === value));
    return found.length ? ["any", ...found] : [];
  }
  const column = { kind: "kind", code: "codes", method: "methods", rule: "rules" }[name];
  const found = new Set();
  for (const row of rows) {
    for (const value of row[column].split(" ")) {
      found.add(value);
    }
  }
  found.delete("");
  return [...found].toSorted();
}

function named(name, value) {
  if (name === "kind") {
    return say(`kind.${value}`);
  }
  if (name === "severity") {
    return say(value === "any" ? "list.any" : `severity.${value}`);
  }
  const code = name === "code" ? head.catalogue.codes[value] : undefined;
  return code ? `${value} ${code.phrase}` : value;
}

function columnHead(name) {
  const button = html("button", { type: "button", click: () => orderBy(name) }, say(`column.${name}`));
  return html("th", { scope: "col", class: `c-${name}` }, button);
}

function orderBy(name) {
  change({ order: name, backwards: list.order === name && !list.backwards });
}

function change(what) {
  Object.assign(list, what, { page: 0 });
  update();
}

function update() {
  list.shown = sorted(filtered(rows, list.search, list.chosen), list.order, list.backwards);
  parts.order.value = list.order;
  COLUMNS.forEach((name, at) => {
    const way = list.backwards ? "descending" : "ascending";
    parts.heads[at].setAttribute("aria-sort", name === list.order ? way : "none");
  });
  parts.told.textContent =
    list.shown.length === rows.length
      ? sayCount("list.shown-all", rows.length)
      : say("list.shown", { shown: count(list.shown.length), all: count(rows.length) });
  showPage();
}

function showPage() {
  const from = list.page * ROWS_OF_A_PAGE;
  const page = list.shown.slice(from, from + ROWS_OF_A_PAGE);
  replace(parts.table, page.map(rowElement));
  if (!page.length) {
    replace(parts.table, html("tr", {}, html("td", { colspan: COLUMNS.length, class: "none" }, say("list.none"))));
  }
  const pages = Math.ceil(list.shown.length / ROWS_OF_A_PAGE);
  parts.pager.hidden = pages < 2;
  replace(
    parts.pager,
    turn("list.previous", list.page - 1, list.page > 0),
    html("span", {}, say("list.page", { page: count(list.page + 1), pages: count(pages) })),
    turn("list.next", list.page + 1, list.page + 1 < pages),
  );
}

function turn(key, page, possible) {
  const go = () => {
    list.page = page;
    showPage();
    document.getElementById("calls").scrollIntoView();
  };
  return html("button", { type: "button", disabled: !possible, click: go }, say(key));
}

function rowElement(row) {
  const severity = row.severity ? badge(row.severity, say(`severity.${row.severity}`)) : "";
  return html(
    "tr",
    { class: row.severity || "fine", click: (event) => followed(event, row) },
    html(
      "td",
      { class: "c-at" },
      html("a", { href: `#call-${row.key}`, "aria-label": describe(row) }, timeText(row.started).slice(11, 23)),
    ),
    html("td", { class: "c-kind" }, say(`kind.${row.kind}`)),
    html("td", { class: "c-source" }, breakable(row.source)),
    html("td", { class: "c-target" }, breakable(row.target || row.uri)),
    html("td", { class: "c-outcome" }, outcomeOf(row)),
    html("td", { class: "c-duration number" }, row.duration === null ? "" : durationText(row.duration)),
    html("td", { class: "c-messages number" }, count(row.messages)),
    html("td", { class: "c-severity" }, severity),
  );
}

/** An address that breaks before its host, if it has to. */
function breakable(address) {
  const at = address.indexOf("@");
  return at > 0 ? [address.slice(0, at), html("wbr"), address.slice(at)] : address;
}

/** How it ended, or else which codes came; nothing comes to an ACK. */
function outcomeOf(row) {
  if (row.outcome || row.codes || row.methods === "ACK") {
    return row.outcome || row.codes.replaceAll(" ", say("comma"));
  }
  return say("list.no-response");
}

function describe(row) {
  return say("list.open", {
    kind: say(`kind.${row.kind}`),
    source: row.source,
    target: row.target || row.uri,
    time: timeText(row.started).slice(11, 23),
  });
}

/** The whole row opens the call, unless somebody marks text in it. */
function followed(event, row) {
  if (!event.target.closest("a") && !String(getSelection())) {
    location.hash = `#call-${row.key}`;
  }
}
