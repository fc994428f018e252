/** A position in a source, 1-based. */
export interface Place {
  /** Absolute path. */
  file: string;
  line: number;
  column: number;
}

/** Where a key and its value are written. */
interface Entry {
  key: Place;
  value: Place;
}

/** An object or array literal in a source: where it begins, and what is written in it, in order. */
export interface Literal {
  at: Place;
  parts: Part[];
}

/** `name: value`, an item of an array, or `...others`. */
export interface Part extends Entry {
  /** Of a property. */
  name?: string;
  /** Whether it brings any number of properties or items. */
  spreads?: boolean;
}

/** What is known of an object that a literal made. */
interface Origin {
  at: Place;
  /** With the value that was there: one that was put there later is written elsewhere. */
  entries: Map<string, Entry & { held: unknown }>;
}

const literals: Literal[] = [];
const origins = new WeakMap<object, Origin>();

/** The number by which instrumented code names a literal. */
export function addLiteral(literal: Literal): number {
  return literals.push(literal) - 1;
}

/** Called by instrumented code with each object that the literal makes, in which `spread` has left its marks. */
export function object(id: number, made: Record<PropertyKey, unknown>): object {
  const { at, parts } = literals[id] as Literal;
  const entries: Origin["entries"] = new Map();
  for (const [index, part] of parts.entries()) {
    if (part.name !== undefined) entries.set(part.name, { ...part, held: made[part.name] });
    if (!part.spreads) continue;
    const source = made[markOf(index)];
    delete made[markOf(index)];
    if (typeof source !== "object" || source === null) continue;
    for (const [name, held] of Object.entries(source)) entries.set(name, { ...(entryOf(source, name) ?? part), held });
  }
  origins.set(made, { at, entries });
  return made;
}

/** Called by instrumented code instead of `...source`: a copy that tells `object` which properties it brought. */
export function spread(index: number, source: unknown): unknown {
  if (typeof source !== "object" || source === null) return source;
  return { ...source, [markOf(index)]: source };
}

function markOf(index: number): symbol {
  return Symbol.for(`spread ${index}`);
}

/** Called by instrumented code with the items of an array, in a list for each part of its literal. */
export function array(id: number, lists: unknown[][]): unknown[] {
  const { at, parts } = literals[id] as Literal;
  const entries: Origin["entries"] = new Map();
  const made: unknown[] = [];
  for (const [index, list] of lists.entries()) {
    const part = parts[index] as Part;
    for (const [place, held] of list.entries()) {
      const known = part.spreads ? entryOf(list, place) : undefined;
      entries.set(String(made.length), { ...(known ?? part), held });
      made.push(held);
    }
  }
  origins.set(made, { at, entries });
  return made;
}

/** Called by instrumented code for the items of `...source`. */
export function items(source: Iterable<unknown>): unknown[] {
  return Array.isArray(source) ? source : [...source];
}

/** Where a property or an item is written, if what is written there is what it has now. */
function entryOf(holder: object, name: string | number): Entry | undefined {
  const entry = origins.get(holder)?.entries.get(String(name));
  return entry && Object.is(entry.held, (holder as Record<string, unknown>)[name]) ? entry : undefined;
}

/**
 * Where the value at a path is written, or its key; of what is not there, or is written nowhere, the nearest thing around it.
 * Undefined where no literal of an instrumented module made any of it.
 */
export function findPlace(root: unknown, path: (string | number)[], ofKey: boolean): Place | undefined {
  let value = root;
  let place = placeOf(root);
  for (const [depth, name] of path.entries()) {
    if (typeof value !== "object" || value === null) return place;
    const around = placeOf(value) ?? place;
    if (!Object.hasOwn(value, name)) return around;
    const entry = entryOf(value, name);
    const isLast = depth === path.length - 1;
    place = entry ? (isLast && ofKey ? entry.key : entry.value) : around;
    value = (value as Record<string, unknown>)[name];
  }
  return place;
}

/** Where the literal that made an object begins. */
function placeOf(value: unknown): Place | undefined {
  return typeof value === "object" && value !== null ? origins.get(value)?.at : undefined;
}
