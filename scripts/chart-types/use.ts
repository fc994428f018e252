/** How the templates of a chart use one place in its values. */
export class Use {
  static #last = 0;
  readonly id = ++Use.#last;
  readonly children = new Map<string, Use>();
  /** What templates do with the value itself. */
  readonly marks = new Set<Mark>();
  /** Keys of the manifests under which the value is rendered whole, innermost first: `tolerations/spec/template@Deployment`. */
  readonly under = new Set<string>();
  #items: Use | undefined;

  /** The place of a key below this one. */
  child(key: string): Use {
    const child = this.children.get(key) ?? new Use();
    this.children.set(key, child);
    return child;
  }

  /** The place of every item of a list, or of every value of a map whose keys the user chooses. */
  items(): Use {
    this.#items ??= new Use();
    return this.#items;
  }

  /** Like `items`, without making one. */
  get knownItems(): Use | undefined {
    return this.#items;
  }

  /** A place that is used as either of the two are. */
  static combine(a: Use, b: Use): Use {
    const both = new Use();
    for (const use of [a, b]) {
      for (const name of use.marks) both.marks.add(name);
      for (const under of use.under) both.under.add(under);
    }
    for (const key of new Set([...a.children.keys(), ...b.children.keys()])) {
      both.children.set(key, Use.combine(a.children.get(key) ?? new Use(), b.children.get(key) ?? new Use()));
    }
    const items = [a.knownItems, b.knownItems].filter((use) => use !== undefined);
    if (items.length > 0) both.#items = items.reduce(Use.combine);
    return both;
  }
}

/**
 * `scalar`: printed or compared; `quoted`: printed between quotes; `whole`: rendered with all that is in it;
 * `each`: items visited; `eachKey`: keys visited or looked up by a name that the chart does not know;
 * `omitted`: taken out before its parent is rendered whole; `is:<kind>`: asked for its kind.
 */
export type Mark = "scalar" | "quoted" | "whole" | "each" | "eachKey" | "omitted" | "tested" | `is:${string}`;

/** What an expression of a template may denote, as far as values go. */
export interface Meaning {
  /** Places in the values. */
  uses: Use[];
  /** Of a `dict` made by the template. */
  fields?: Map<string, Meaning>;
  /** Of a `list` made by the template. */
  items?: Meaning[];
  /** Strings that the template writes out. */
  strings?: string[];
  /** What was turned to YAML or JSON text. */
  text?: Meaning[];
  /** Places whose values are printed between quotes. */
  printed?: Use[];
  /** The kind of these places, as `kindOf` gives it. */
  kindOf?: Use[];
}

export const nothing: Meaning = { uses: [] };

/** Anything that one of the meanings may denote. */
export function anyOf(meanings: Meaning[]): Meaning {
  const given = meanings.filter((m) => m !== nothing);
  if (given.length <= 1) return given[0] ?? nothing;
  const merged: Meaning = { uses: [...new Set(given.flatMap((m) => m.uses))] };
  const fields = given.flatMap((m) => (m.fields ? [...m.fields] : []));
  if (fields.length > 0) {
    const groups = Map.groupBy(fields, ([key]) => key);
    merged.fields = new Map([...groups].map(([key, all]) => [key, anyOf([...new Set(all.map(([, m]) => m))])]));
  }
  const items = given.flatMap((m) => m.items ?? []);
  if (items.length > 0) merged.items = [...new Set(items)];
  const strings = given.flatMap((m) => m.strings ?? []);
  if (strings.length > 0) merged.strings = [...new Set(strings)];
  const text = given.flatMap((m) => m.text ?? []);
  if (text.length > 0) merged.text = [...new Set(text)];
  const printed = given.flatMap((m) => m.printed ?? []);
  if (printed.length > 0) merged.printed = [...new Set(printed)];
  const kindOf = given.flatMap((m) => m.kindOf ?? []);
  if (kindOf.length > 0) merged.kindOf = [...new Set(kindOf)];
  return merged;
}

/** What `.key` of a meaning denotes. */
export function fieldOf(meaning: Meaning, key: string): Meaning {
  const uses = meaning.uses.map((use) => use.child(key));
  const field = meaning.fields?.get(key);
  return field === undefined ? { uses } : anyOf([{ uses }, field]);
}

/** What one item of a list, or one value of a map, denotes. */
export function itemOf(meaning: Meaning): Meaning {
  const places = { uses: meaning.uses.map((use) => use.items()) };
  return anyOf([places, ...(meaning.items ?? []), ...(meaning.fields?.values() ?? [])]);
}

/** Text that tells two meanings apart, for remembering what was already looked at. */
export function keyOf(meaning: Meaning): string {
  const parts = [meaning.uses.map((use) => use.id).join()];
  if (meaning.fields) parts.push([...meaning.fields].map(([key, m]) => `${key}:${keyOf(m)}`).join(";"));
  if (meaning.items) parts.push(meaning.items.map(keyOf).join(";"));
  if (meaning.text) parts.push(meaning.text.map(keyOf).join(";"));
  parts.push((meaning.strings ?? []).join(), (meaning.kindOf ?? []).map((use) => use.id).join());
  return `(${parts.join("|")})`;
}

/** Records what a template does with every place of a meaning. */
export function mark(meaning: Meaning, ...marks: Mark[]): void {
  for (const use of meaning.uses) for (const name of marks) use.marks.add(name);
}

/** Records that everything in a meaning is rendered below the given manifest keys. */
export function markWhole(meaning: Meaning, under: string): void {
  for (const use of meaning.uses) {
    use.marks.add("whole");
    if (under !== "") use.under.add(under);
  }
  for (const [key, field] of meaning.fields ?? []) markWhole(field, under === "" ? key : `${key}/${under}`);
  for (const item of meaning.items ?? []) markWhole(item, under === "" ? "" : `[]/${under}`);
}
