import { isMap } from "../../chart-types/defaults.ts";
import type { Validator } from "../../engine/validator.ts";
import type { Finding } from "../../problems/issue.ts";
import { nearestName } from "../../problems/suggest.ts";
import { type Place, sharedKeys } from "./place.ts";
import type { SchemaKeys } from "./schema-keys.ts";

/** A key of ours that the new version does not take as the old one did. */
export interface ValueProblem {
  place: Place;
  /**
   * `gone`: the new version knows no such key, so that Helm would ignore it. `unnamed`: the map that it is in takes any key,
   * but the chart names this one no more. `invalid`: the new version wants another value, or one that is missing.
   */
  kind: "gone" | "unnamed" | "invalid";
  /** Where the key of something gone likely is now. */
  likely?: Place;
  /** What is wrong with something invalid. */
  message?: string;
}

/** What two versions of a chart say of values. */
export interface TwoVersions {
  before: { keys: SchemaKeys; problems: Validator };
  after: { keys: SchemaKeys; problems: Validator };
}

/** Problems of values that are news in the new version, in the order of the values. */
export function valueProblems(values: unknown, versions: TwoVersions): ValueProblem[] {
  const { before, after } = versions;
  const known = new Set(before.problems(values).map(keyOf));
  const news = after.problems(values).filter((finding) => !known.has(keyOf(finding)));
  const problems = news.flatMap(({ path, message, ofKey }): ValueProblem[] => {
    const place = path.map(String);
    return ofKey ? goneKeys(valueAt(values, place), place, versions) : [{ place, kind: "invalid", message }];
  });
  return [...problems, ...unnamedKeys(values, [], versions)];
}

function valueAt(values: unknown, place: Place): unknown {
  return place.reduce((value: unknown, key) => (value as Record<string, unknown> | undefined)?.[key], values);
}

/** A key that is gone; of a map the keys in it, where one of these likely is elsewhere now. */
function goneKeys(value: unknown, place: Place, versions: TwoVersions): ValueProblem[] {
  const likely = likelyPlace(place, versions);
  if (likely) return [{ place, kind: "gone", likely }];
  const inner = isMap(value)
    ? Object.entries(value).flatMap(([key, item]) => goneKeys(item, [...place, key], versions))
    : [];
  return inner.some((problem) => problem.likely) ? inner : [{ place, kind: "gone" }];
}

function keyOf({ path, ofKey, message }: Finding): string {
  return JSON.stringify(ofKey ? path : [path, message]);
}

/** Keys that the old version names and the new one takes only as any key. */
function unnamedKeys(values: unknown, place: Place, versions: TwoVersions): ValueProblem[] {
  if (!isMap(values)) return [];
  return Object.entries(values).flatMap(([key, value]): ValueProblem[] => {
    const here = [...place, key];
    if (versions.before.keys.at(here) !== "named") return [];
    const now = versions.after.keys.at(here);
    if (now === "unknown") return [];
    if (now === "named") return unnamedKeys(value, here, versions);
    const likely = likelyPlace(here, versions);
    return [{ place: here, kind: "unnamed", ...(likely && { likely }) }];
  });
}

/**
 * Where a key that is gone likely is now: a new key beside it that is near in spelling, a new key of the same name elsewhere,
 * the nearest first, or the only other key of that name.
 */
function likelyPlace(place: Place, { before, after }: TwoVersions): Place | undefined {
  const key = place.at(-1) ?? "";
  const parent = place.slice(0, -1);
  const all = after.keys.places();
  const fresh = all.filter((one) => before.keys.at(one) !== "named");
  const beside = fresh.filter((one) => one.length === place.length && sharedKeys(one, parent) === parent.length);
  const named = fresh.filter((one) => one.at(-1) === key);
  const near = nearestName(
    key,
    beside.map((one) => one.at(-1) ?? ""),
  );
  if (near !== undefined) return [...parent, near];
  if (named.length > 0) return named.toSorted((a, b) => sharedKeys(b, place) - sharedKeys(a, place))[0];
  const [only, ...others] = all.filter((one) => one.at(-1) === key);
  return others.length === 0 ? only : undefined;
}
