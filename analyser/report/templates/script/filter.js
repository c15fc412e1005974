/* Which rows of the list a search and the choices beside it let through. */

/** A number as it was dialled, whatever it was written with. */
function digits(text) {
  return text.replace(/\D/g, "");
}

function textOf(row) {
  const rules = row.rules;
  return [row.callId, row.source, row.target, row.uri, row.methods, row.codes, row.hosts, rules, row.outcome, row.severity]
    .join(" ")
    .toLowerCase();
}

function word(term) {
  const low = term.toLowerCase();
  if (/^[1-6]xx$/.test(low)) {
    return (row) => row.codes.split(" ").some((code) => code.startsWith(low[0]) && code.length === 3);
  }
  const number = digits(term);
  if (/^[+\d().\-/]+$/.test(term) && number.length >= 5 && !term.includes(".")) {
    return (row) => digits(row.source).includes(number) || digits(row.target).includes(number) || textOf(row).includes(low);
  }
  return (row) => {
    row.text ??= textOf(row);
    return row.text.includes(low);
  };
}

const includes = (name) => (chosen) => (row) => row[name].split(" ").includes(chosen);

const choices = {
  kind: (chosen) => (row) => row.kind === chosen,
  severity: (chosen) => (row) => (chosen === "any" ? row.severity !== "" : row.severity === chosen),
  code: includes("codes"),
  method: includes("methods"),
  rule: includes("rules"),
};

/** The rows that match every word of the search and every choice that was made. */
export function filtered(rows, search, chosen) {
  const tests = search.split(/\s+/).filter(Boolean).map(word);
  for (const [name, value] of Object.entries(chosen)) {
    if (value) {
      tests.push(choices[name](value));
    }
  }
  return tests.length ? rows.filter((row) => tests.every((test) => test(row))) : rows;
}

const WORST_FIRST = { error: 0, warning: 1, notice: 2, "": 3 };

const orders = {
  at: (row) => row.key,
  kind: (row) => row.kind,
  source: (row) => row.source,
  target: (row) => row.target,
  outcome: (row) => row.outcome || row.codes,
  duration: (row) => row.duration ?? -1,
  messages: (row) => row.messages,
  severity: (row) => WORST_FIRST[row.severity],
};

/** The rows in another order; equal ones stay as they were in the capture. */
export function sorted(rows, name, backwards) {
  const key = orders[name];
  const way = backwards ? -1 : 1;
  return rows.toSorted((one, other) => {
    const left = key(one);
    const right = key(other);
    if (left === right) {
      return one.at - other.at;
    }
    return left < right ? -way : way;
  });
}
