import { type Alias, isAlias, isMap, isScalar, isSeq, type ParsedNode, Scalar, type YAMLMap, type YAMLSeq } from "yaml";
import { didYouMean } from "../problems/suggest.ts";

/** What is wrong with a YAML document, at an offset of its text. */
export class YamlRefusal extends Error {
  readonly offset: number;
  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

/** Levels of mappings and lists. The deepest values of a chart have some 20. */
export const maxDepth = 100;
export const tooDeep = `is nested more than ${maxDepth} deep, which no chart's values are`;
/** Values of a file, with what aliases stand for. All defaults of kube-prometheus-stack are 1,750. */
const maxValues = 30_000;
/** Characters of all keys and values, with what aliases stand for: twice the largest file. */
const maxText = 4 * 1024 * 1024;
/** Characters of the keys that lead to a value. A longer path is none that a person could read. */
const maxPath = 1024;

/** What a node stands for, and how much that is. */
interface Value {
  data: unknown;
  values: number;
  text: number;
  depth: number;
  /** Characters of the longest path inside. */
  path: number;
}

interface Entry {
  key: ParsedNode;
  value: ParsedNode | null;
  read: Value;
}

type Entries = Map<string, Entry>;

/**
 * The values of a YAML document, and the way back to their nodes. Our own, since that of `yaml` takes time by the square
 * of the number of keys and of anchors, does not know merge keys of YAML 1.1 in YAML 1.2, and counts aliases, not values.
 */
export class YamlValues {
  readonly #complain: (offset: number, message: string) => void;
  #root: ParsedNode | null = null;
  readonly #anchors = new Map<string, { node: ParsedNode; value: Value | undefined }>();
  readonly #targets = new Map<ParsedNode, ParsedNode>();
  readonly #entries = new Map<ParsedNode, Entries>();

  /** @param complain is told what is wrong with single values. */
  constructor(complain: (offset: number, message: string) => void) {
    this.#complain = complain;
  }

  /** JSON of a document's root. Throws `YamlRefusal` where it would be too much. */
  read(root: ParsedNode | null): unknown {
    this.#root = root;
    return this.#read(root).data;
  }

  /** Offset of the value at a path (of the key that leads to it, if `ofKey`). What is missing is shown where it should be. */
  locate(path: (string | number)[], ofKey: boolean): number {
    let node = this.#root;
    let offset = offsetOf(node) ?? 0;
    for (const [index, part] of path.entries()) {
      const entry = node && this.#enter(this.#targets.get(node) ?? node, String(part));
      if (!entry) break;
      const isWanted = index === path.length - 1 && !ofKey;
      offset = (isWanted ? offsetOf(entry.value) : undefined) ?? offsetOf(entry.key) ?? offset;
      node = entry.value;
    }
    return offset;
  }

  #enter(node: ParsedNode, part: string): { key: ParsedNode; value: ParsedNode | null } | undefined {
    if (!isSeq(node)) return this.#entries.get(node)?.get(part);
    const item = node.items[Number(part)] as ParsedNode | undefined;
    return item && { key: item, value: item };
  }

  #read(node: ParsedNode | null): Value {
    if (node === null) return scalar(null);
    if (isAlias(node)) return this.#readAlias(node);
    const anchor = { node, value: undefined as Value | undefined };
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, anchor);
    anchor.value = isMap(node) ? this.#readMap(node) : isSeq(node) ? this.#readSeq(node) : this.#readScalar(node);
    return anchor.value;
  }

  #readAlias(node: Alias.Parsed): Value {
    const anchor = this.#anchors.get(node.source);
    if (anchor?.value) {
      this.#targets.set(node, anchor.node);
      return anchor.value;
    }
    const hint = didYouMean(node.source, this.#anchors.keys());
    const message = anchor
      ? `*${node.source} stands inside of &${node.source}, which would have no end: write the value that is meant`
      : `there is no anchor &${node.source} before this${hint}`;
    return this.#refuse(node, message);
  }

  #readScalar(node: Scalar.Parsed): Value {
    if (typeof node.value !== "number" || Number.isFinite(node.value)) return scalar(node.value);
    return this.#refuse(node, `${node.source} is a number that JSON does not have, so Helm refuses it: write another`);
  }

  #readSeq(node: YAMLSeq.Parsed): Value {
    const items: unknown[] = [];
    const total = { ...scalar(null), data: items };
    for (const item of node.items) {
      const value = this.#read(item);
      items.push(value.data);
      add(total, value, String(items.length), item);
    }
    return total;
  }

  #readMap(node: YAMLMap.Parsed): Value {
    const data: Record<string, unknown> = {};
    const entries: Entries = new Map();
    const total = { ...scalar(null), data };
    const take = (name: string, entry: Entry) => {
      add(total, entry.read, name, entry.key);
      entries.set(name, entry);
      setKey(data, name, entry.read.data);
    };
    const merged = new Set<Entries>();
    for (const { key, value } of node.items) {
      const read = this.#read(value);
      if (isMergeKey(key)) {
        // Counted too, so that merging the same over and over is not for free.
        add(total, read, "", key);
        for (const source of this.#sources(key, value)) merged.add(source);
        continue;
      }
      const name = this.#readKey(key);
      if (name === undefined) continue;
      if (entries.has(name))
        this.#refuse(key, `the key ${JSON.stringify(name)} stands here again: keep one of the two`);
      else take(name, { key, value, read });
    }
    // What stands here wins over what is merged, and what is merged first over what comes later.
    for (const source of merged) for (const [name, entry] of source) if (!entries.has(name)) take(name, entry);
    this.#entries.set(node, entries);
    return total;
  }

  /** The mappings that a merge key names: one, or a list of them. */
  #sources(key: ParsedNode, value: ParsedNode | null): Entries[] {
    const target = value && (this.#targets.get(value) ?? value);
    const named = isSeq(target) ? (target.items as ParsedNode[]) : [target];
    return named.flatMap((each) => {
      const entries = each && this.#entries.get(this.#targets.get(each) ?? each);
      if (!entries) this.#refuse(key, "<< merges mappings, and this is none: name a mapping's alias behind it");
      return entries ?? [];
    });
  }

  /** The name of a key, as Helm makes a string of it; undefined where that is refused. */
  #readKey(node: ParsedNode): string | undefined {
    const { data } = this.#read(node);
    if (data !== null && typeof data !== "object") return String(data);
    this.#refuse(node, `${data === null ? "null" : "a list or mapping"} cannot be a key: write a string`);
    return undefined;
  }

  #refuse(node: ParsedNode, message: string): Value {
    this.#complain(node.range[0], message);
    return scalar(null);
  }
}

function isMergeKey(key: ParsedNode): boolean {
  return isScalar(key) && key.type === Scalar.PLAIN && key.source === "<<";
}

function scalar(data: unknown): Value {
  return { data, values: 1, text: typeof data === "string" ? data.length : 8, depth: 0, path: 0 };
}

/** Adds a part to what a mapping or list holds. Throws `YamlRefusal` where that gets too much. */
function add(total: Value, part: Value, key: string, node: ParsedNode): void {
  total.values += part.values;
  total.text += part.text + key.length;
  total.depth = Math.max(total.depth, part.depth + 1);
  total.path = Math.max(total.path, part.path + key.length + 1);
  const problem =
    total.values > maxValues
      ? `holds more than ${maxValues} values, counting what aliases stand for`
      : total.text > maxText
        ? `holds more than ${maxText} characters, counting what aliases stand for`
        : total.depth > maxDepth
          ? tooDeep
          : total.path > maxPath && `has keys that are more than ${maxPath} characters long from the root to here`;
  if (problem) throw new YamlRefusal(node.range[0], problem);
}

function offsetOf(node: ParsedNode | null): number | undefined {
  return node?.range[0];
}

/** `__proto__` too is a key like others. */
function setKey(data: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== "__proto__") data[name] = value;
  else Object.defineProperty(data, name, { value, enumerable: true, configurable: true, writable: true });
}
