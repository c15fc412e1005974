/* The document: the rows of the list, and whole calls, which lie in compressed groups until they are looked at. */

const MOST_GROUPS_HELD = 8;

/** What the script needs of the head of the report. */
export const head = JSON.parse(document.getElementById("head").textContent);

const columns = JSON.parse(document.getElementById("index").textContent);
const groupsHeld = new Map();
const rowOfKey = new Map();

/** One object a row of the list. */
export const rows = columns.key.map((_, at) => {
  const row = { at };
  for (const name of Object.keys(columns)) {
    row[name] = columns[name][at];
  }
  rowOfKey.set(row.key, row);
  return row;
});

/** The row of a call by its key, undefined where the document does not hold it. */
export function rowOf(key) {
  return rowOfKey.get(key);
}

/** The whole record of a call. */
export async function recordOf(row) {
  let group = groupsHeld.get(row.group);
  if (group === undefined) {
    group = inflated(document.getElementById(`group-${row.group}`).textContent);
    groupsHeld.set(row.group, group);
    if (groupsHeld.size > MOST_GROUPS_HELD) {
      groupsHeld.delete(groupsHeld.keys().next().value);
    }
  }
  return (await group)[row.place];
}

async function inflated(base64) {
  const octets = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const stream = new Blob([octets]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}
