import { isMap } from "../../chart-types/defaults.ts";
import type { Place } from "./place.ts";

/** A value that differs between two documents; undefined where there is none. */
export interface LeafChange {
  place: Place;
  before: unknown;
  after: unknown;
}

/** Where two documents differ. Lists of maps with names are compared by name, other lists as one value. */
export function leafChanges(before: unknown, after: unknown, place: Place = []): LeafChange[] {
  const [one, other] = [asMap(before), asMap(after)];
  if (one && other) {
    const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
    return [...keys].flatMap((key) => leafChanges(one[key], other[key], [...place, key]));
  }
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ place, before, after }];
}

function asMap(value: unknown): Record<string, unknown> | undefined {
  if (isMap(value)) return value;
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const names = value.map((item) => (isMap(item) && typeof item.name === "string" ? item.name : undefined));
  if (names.includes(undefined) || new Set(names).size < names.length) return undefined;
  return Object.fromEntries(value.map((item, at) => [names[at], item]));
}
