/* Which part of the page is shown: the address says it (`#call-17/message-23`), so that Back works and an arrow can be mailed. */

import { redrawCall, showCall } from "./call.js";
import { rowOf } from "./data.js";
import { drawExamples, redrawExamples } from "./examples.js";
import { startList } from "./list.js";
import { hideTip } from "./tip.js";
import { say } from "./words.js";

const overview = document.getElementById("overview");
const callPlace = document.getElementById("call");
const title = document.title;
let scrolled = 0;
let turns = 0;

async function route() {
  turns += 1;
  const turn = turns;
  const isAskedFor = () => turn === turns;
  hideTip();
  const asked = location.hash.match(/^#call-(\d+)(?:\/message-(\d+))?$/);
  const row = asked ? rowOf(Number(asked[1])) : undefined;
  if (!row) {
    showOverview(asked !== null);
    return;
  }
  if (!overview.hidden) {
    scrolled = scrollY;
  }
  overview.hidden = true;
  await showCall(row, asked[2] === undefined ? null : Number(asked[2]), isAskedFor);
  if (isAskedFor()) {
    document.title = `${row.source} → ${row.target || row.uri}`;
  }
}

function showOverview(missing) {
  const returning = overview.hidden;
  overview.hidden = false;
  callPlace.hidden = true;
  document.title = title;
  tell(missing ? say("trouble.no-call") : "");
  const target = location.hash.length > 1 ? document.getElementById(location.hash.slice(1)) : null;
  if (returning && (!target || target.id === "calls")) {
    scrollTo(0, scrolled);
  } else if (returning || missing) {
    (target ?? overview).scrollIntoView();
  }
}

function redraw(printing) {
  redrawCall(printing);
  redrawExamples(printing);
}

function tell(text) {
  const place = document.getElementById("trouble");
  place.textContent = text;
  place.hidden = !text;
}

function keyPressed(event) {
  if (event.key !== "Escape" || hideTip()) {
    return;
  }
  const open = location.hash.match(/^(#call-\d+)\/message-/);
  if (open) {
    location.hash = open[1];
  }
}

async function start() {
  if (typeof DecompressionStream === "undefined") {
    tell(say("trouble.old"));
    return;
  }
  startList();
  addEventListener("hashchange", () => route().catch(failed));
  addEventListener("keydown", keyPressed);
  let waiting = 0;
  let width = innerWidth;
  addEventListener("resize", () => {
    clearTimeout(waiting);
    if (innerWidth !== width) {
      width = innerWidth;
      waiting = setTimeout(() => redraw(false), 150);
    }
  });
  addEventListener("beforeprint", () => redraw(true));
  addEventListener("afterprint", () => redraw(false));
  await drawExamples();
  await route();
}

function failed(error) {
  tell(say("trouble.failed", { error: String(error) }));
  throw error;
}

start().catch(failed);
