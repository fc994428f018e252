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
  const [one, other] = keyed(before, after);
  const keys = [...new Set([...one.keys(), ...other.keys()])];
  const found = keys.flatMap((key) => compareValues(one.get(key), other.get(key), `${path}[${key}]`));
  const moved = found.length === 0 && [...one.keys()].join() !== [...other.keys()].join();
  return moved ? [{ path, before, after }] : found;
}

/** Items of lists by their names, where each has one that no other of its list has; else by their places. */
export function keyed<const Lists extends unknown[][]>(
  ...lists: Lists
): { [List in keyof Lists]: Map<string, unknown> } {
  const names = lists.map((list) => list.map(nameOf));
  const byName = names.every((all) => !all.includes(undefined) && new Set(all).size === all.length);
  const key = (list: number, index: number) => (byName && names[list]?.[index]) || `${index}`;
  const maps = lists.map((items, list) => new Map(items.map((item, index) => [key(list, index), item])));
  return maps as { [List in keyof Lists]: Map<string, unknown> };
}

/** Of containers, volumes, variables, rules and rule groups. */
export function nameOf(item: unknown): string | undefined {
  if (!isMap(item)) return undefined;
  const name = item.name ?? item.alert;
  return typeof name === "string" ? name : undefined;
}
