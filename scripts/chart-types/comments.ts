/** Words that a value may be, by its keys joined with `/`. */
export type ChoiceComments = Map<string, string[]>;

const word = '[`"]?[A-Za-z][A-Za-z0-9-]*[`"]?';
const choice = new RegExp(
  `\\b(?:one of|either|(?:possible|valid|allowed) (?:values|options)(?: are)?):? *(${word}(?:(?:,| or|, or| and|, and) ${word})+)(?=[.,;)]|$| if\\b)`,
  "i",
);

/**
 * What comments of `values.yaml` say of the words that a value may be: "One of: `debug`, `info`, `warn` or `error`". The
 * comment stands right above the key.
 */
export function readChoices(text: string): ChoiceComments {
  const choices: ChoiceComments = new Map();
  let open: { column: number; key: string }[] = [];
  let comment = "";
  for (const line of text.split("\n")) {
    const said = /^\s*#+\s?(.*)$/.exec(line)?.[1];
    if (said !== undefined) {
      comment += ` ${said}`;
      continue;
    }
    const [, indent = "", key] = /^( *)([\w./-]+|"[^"]+"):(?:\s|$)/.exec(line) ?? [];
    if (key !== undefined) {
      open = [
        ...open.filter(({ column }) => column < indent.length),
        { column: indent.length, key: key.replaceAll('"', "") },
      ];
      const words = choice
        .exec(comment)?.[1]
        ?.match(/[A-Za-z][A-Za-z0-9-]*/g)
        ?.filter((one) => one !== "or" && one !== "and");
      if (words) choices.set(open.map((entry) => entry.key).join("/"), words);
    }
    comment = "";
  }
  return choices;
}
