/* How wide a text is, and where it breaks: SVG does not wrap. */

const pen = document.createElement("canvas").getContext("2d");
const widths = new Map();
const MOST_WIDTHS = 20000;
const MOST_CHARACTERS = 600;

const WIDE = "\\u1100-\\u11ff\\u2e80-\\ua4cf\\uac00-\\ud7ff\\uf900-\\ufaff\\uff00-\\uffef";
const PIECES = new RegExp(`[${WIDE}][、。，．）」』]*|[^\\s${WIDE}]+\\s*|\\s+`, "gu");

/** The font of a class of text in the ladder, as the style has it. */
export const FONTS = {
  note: '13px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Noto Sans CJK JP", sans-serif',
  label: '600 13px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Noto Sans CJK JP", sans-serif',
  mono: '12px ui-monospace, "Cascadia Mono", "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace',
};

/** Width in pixels; infinite where a text is so long that nothing is as wide. */
export function widthOf(text, font) {
  if (text.length > MOST_CHARACTERS) {
    return Infinity;
  }
  const key = `${font}|${text}`;
  let width = widths.get(key);
  if (width === undefined) {
    pen.font = FONTS[font];
    width = pen.measureText(text).width;
    if (widths.size > MOST_WIDTHS) {
      widths.clear();
    }
    widths.set(key, width);
  }
  return width;
}

/** The text in lines that fit; words break only where one alone is too wide. */
export function wrapped(text, width, font) {
  const lines = [];
  let line = "";
  for (const piece of text.match(PIECES) ?? []) {
    if (line && widthOf((line + piece).trimEnd(), font) > width) {
      lines.push(line.trimEnd());
      line = "";
    }
    line += piece;
    while (widthOf(line.trimEnd(), font) > width && line.length > 1) {
      const fits = fitting(line, width, font);
      lines.push(line.slice(0, fits));
      line = line.slice(fits);
    }
  }
  if (line.trim()) {
    lines.push(line.trimEnd());
  }
  return lines;
}

/** The text, or as much of its start as fits, with an ellipsis. */
export function cut(text, width, font) {
  if (widthOf(text, font) <= width) {
    return text;
  }
  return `${text.slice(0, Math.max(1, fitting(text, width - widthOf("…", font), font)))}…`;
}

/** The text, or as much of its start and its end as fits: the addresses of one network begin alike. */
export function cutInside(text, width, font) {
  if (widthOf(text, font) <= width) {
    return text;
  }
  const kept = Math.max(2, fitting(text, width - widthOf("…", font), font));
  const start = Math.ceil(kept / 2);
  return `${text.slice(0, start)}…${text.slice(start - kept)}`;
}

function fitting(text, width, font) {
  let least = 1;
  let most = Math.min(text.length, MOST_CHARACTERS);
  while (least < most) {
    const middle = Math.ceil((least + most) / 2);
    if (widthOf(text.slice(0, middle), font) <= width) {
      least = middle;
    } else {
      most = middle - 1;
    }
  }
  return least;
}
