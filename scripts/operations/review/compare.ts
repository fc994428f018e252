import { isMap } from "../../chart-types/defaults.ts";

/** A place in two values at which they differ. */
export interface Difference {
  /** Keys from the root, `steps[2].setWeight`; an item that has a name is called by it, `metrics[errors].interval`. */
  path: string;
  /** Undefined: it was not there. */
  before?: unknown;
  /** Undefined: it is gone. */
  after?: unknown;
}

/** Every place at which two values as JSON holds them differ. The order of keys counts for nothing. */
export function compareValues(before: unknown, after: unknown, path = ""): Difference[] {
  if (isMap(before) && isMap(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((key) => compareValues(before[key], after[key], path === "" ? key : `${path}.${key}`));
  }
  if (Array.isArray(before) && Array.isArray(after)) return compareLists(before, after, path);
  if (before === after) return [];
  return [{ path, ...(before !== undefined && { before }), ...(after !== undefined && { after }) }];
}

/** Items with a name that is theirs alone are compared by it, others by their place. */
function compareLists(before: unknown[], after: unknown[], path: string): Difference[] {
  const byName = namesOf(before) && namesOf(after);
  const key = (item: unknown, index: number) => (byName ? nameOf(item) : `${index}`) ?? `${index}`;
  const one = new Map(before.map((item, index) => [key(item, index), item]));
  const other = new Map(after.map((item, index) => [key(item, index), item]));
  const keys = [...new Set([...one.keys(), ...other.keys()])];
  const found = keys.flatMap((name) => compareValues(one.get(name), other.get(name), `${path}[${name}]`));
  const moved = byName && found.length === 0 && [...one.keys()].join() !== [...other.keys()].join();
  return moved ? [{ path, before, after }] : found;
}

function namesOf(items: unknown[]): boolean {
  const names = items.map(nameOf);
  return names.every((name) => name !== undefined) && new Set(names).size === names.length;
}

/** Of containers, volumes, variables, rules and rule groups. */
function nameOf(item: unknown): string | undefined {
  if (!isMap(item)) return undefined;
  const name = item.name ?? item.alert;
  return typeof name === "string" ? name : undefined;
}
