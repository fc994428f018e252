/** What a terminal obeys or hides: control characters but for tab and line breaks, marks of direction, and what has no width. */
const obeyed =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for.
  /\r(?!\n)|[\0-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F\u00AD\u061C\u200B-\u200F\u2028-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB]|\p{Cs}|[\u{E0000}-\u{E0FFF}]/gu;

/** Text from a file, a name or a cluster, such that a terminal shows it and does nothing else. In JSON it means the same. */
export function printable(text: string): string {
  return text.replace(obeyed, toEscape);
}

/** The same with its line breaks escaped too. */
export function onOneLine(text: string): string {
  return printable(text).replaceAll("\n", "\\n").replaceAll("\t", "\\t");
}

function toEscape(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}
