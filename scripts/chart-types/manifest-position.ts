/** A key whose block the text is in; `listColumn` is where its list items begin, if they were seen. */
interface OpenKey {
  column: number;
  key: string;
  listColumn?: number;
}

/** Where in a YAML manifest the text of a template has come to, by its indentation. */
export class ManifestPosition {
  /** Whether the text ends inside quotes. */
  quoted = false;
  #open: OpenKey[] = [];
  #kind = "";

  /** Takes in text that stands between actions; text without a line break goes on where the last one ended. */
  advance(text: string): void {
    const lines = text.split("\n");
    lines.forEach((line, at) => {
      if (at > 0 || this.#open.length === 0) this.#readLine(line);
    });
    this.quoted = /["'][^"'\s]*$/.test(lines.at(-1) as string);
  }

  #readLine(line: string): void {
    if (line.startsWith("---")) this.#open = [];
    this.#kind = /^kind: (\w+)/.exec(line)?.[1] ?? this.#kind;
    const dash = /^(\s*)- /.exec(line)?.[1]?.length;
    if (dash !== undefined) {
      const list = this.#open.findLast((entry) => entry.column <= dash);
      if (list) list.listColumn = dash;
    }
    const match = /^(\s*(?:- +)*)([\w./-]+|"[^"]+"):(?:\s|$)/.exec(line);
    if (match === null) return;
    const prefix = match[1] as string;
    const indent = prefix.search(/-|$/);
    const column = prefix.length;
    this.#open = this.#open.filter((entry) => entry.column < indent || (indent < column && entry.column === indent));
    this.#open.push({ column, key: match[2] as string });
  }

  /**
   * Keys that hold text put at a column (default: right here), innermost first, and the kind of the object if it is
   * known: `resources/containers/spec@Deployment`. Empty if no key holds it. With `=` at the end the text stands in the
   * innermost key's own column: it is that key's list, or if it is a map, what follows in the map around that key.
   */
  keysAt(column?: number): string {
    const last = this.#open.at(-1);
    const holds = (entry: OpenKey) =>
      column === undefined ||
      entry.column < column ||
      (entry.column === column && (entry === last || entry.listColumn === column));
    const keys = this.#open.filter(holds).map(({ key }) => key);
    const beside = last?.column === column && last?.listColumn !== column ? "=" : "";
    const place = keys.reverse().slice(0, 8).join("/");
    return keys.length === 0 ? "" : `${place}${this.#kind && `@${this.#kind}`}${beside}`;
  }
}
