/* The sentences of the page in the language of its reader, and how numbers and times are written. */

const sentencesHere = JSON.parse(document.getElementById("words").textContent);
const language = document.documentElement.lang;
const wholeNumber = new Intl.NumberFormat(language);

/** The sentence under a key, with its fields in braces filled in. */
export function say(key, values = {}) {
  const sentence = sentencesHere[key] ?? key;
  return sentence.replace(/\{(\w+)\}/g, (field, name) => (name in values ? String(values[name]) : field));
}

/** The sentence for one or for many. */
export function sayCount(key, number, values = {}) {
  return say(`${key}.${number === 1 ? "one" : "many"}`, { ...values, number: count(number) });
}

/** `12,345` */
export function count(number) {
  return wholeNumber.format(number);
}

/** `+34.600`: seconds since the first message, as exact as a reader needs them. */
export function offsetText(seconds) {
  return `+${seconds.toFixed(3)}`;
}

/** A length of time in words. */
export function durationText(seconds) {
  if (seconds < 1) {
    return say("time.ms", { number: Number((seconds * 1000).toPrecision(3)) });
  }
  if (seconds < 60) {
    return say("time.s", { number: seconds.toFixed(1) });
  }
  const whole = Math.round(seconds);
  if (whole < 3600) {
    return say("time.min", { minutes: Math.floor(whole / 60), seconds: whole % 60 });
  }
  return say("time.h", { hours: Math.floor(whole / 3600), minutes: Math.floor((whole % 3600) / 60) });
}

/** `2026-01-05 09:00:00.123 UTC`; the document has nanoseconds. */
export function timeText(iso) {
  return iso ? `${iso.slice(0, 10)} ${iso.slice(11, 23)} UTC` : "";
}

/** What a call is called, with a proper arrow. */
export function titleOf(record) {
  return record.title.replace(" -> ", " → ");
}

/** The place of a message as a reader is shown it. */
export function frameText(message) {
  return say("frame", { place: message.place });
}
