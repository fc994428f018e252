import { isMap } from "../../chart-types/defaults.ts";
import type { Place } from "./place.ts";

/** A default that another version of the chart has otherwise, and that our values leave as it is. */
export interface DefaultChange {
  place: Place;
  kind: "changed" | "came" | "went";
  /** A value, or of what came or went a map of many. */
  before?: unknown;
  after?: unknown;
}

/** Defaults that differ and that our values do not set. What came or went is told at the highest key that did. */
export function defaultChanges(before: unknown, after: unknown, ours: unknown, place: Place = []): DefaultChange[] {
  const areMaps = isMap(before) && isMap(after);
  // A map of ours is merged with the default; anything else replaces it, and null deletes it.
  if (ours !== undefined && !(isMap(ours) && (isMap(before) || isMap(after)))) return [];
  if (areMaps) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => {
      return defaultChanges(before[key], after[key], isMap(ours) ? ours[key] : undefined, [...place, key]);
    });
  }
  if (JSON.stringify(before) === JSON.stringify(after) || (isEmpty(before) && isEmpty(after))) return [];
  if (before === undefined) return isMap(ours) ? defaultChanges({}, after, ours, place) : one(place, "came", { after });
  if (after === undefined) {
    return isMap(ours) ? defaultChanges(before, {}, ours, place) : one(place, "went", { before });
  }
  return one(place, "changed", { before, after });
}

function one(place: Place, kind: DefaultChange["kind"], values: { before?: unknown; after?: unknown }) {
  return [{ place, kind, ...values }];
}

/** Whether nothing follows from a default, also a map of such. */
function isEmpty(value: unknown): boolean {
  if (isMap(value)) return Object.values(value).every(isEmpty);
  return value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);
}

/** How many values a default is. */
export function countLeaves(value: unknown): number {
  if (!isMap(value) || Object.keys(value).length === 0) return 1;
  return Object.values(value).reduce((sum: number, inner) => sum + countLeaves(inner), 0);
}

/** Whether a default says which image is run. */
export function isOfImage({ place }: DefaultChange): boolean {
  const [above = "", key = ""] = place.slice(-2);
  return /^(digest|sha|.*tag)$/i.test(key) || (key === "version" && /image/i.test(above));
}
