/** Keys from the root of a document to a value. */
export type Place = string[];

/** `configs.params."server.insecure"`: keys with a dot of their own are quoted. */
export function showPlace(place: Place): string {
  return place.map((key) => (key.includes(".") ? JSON.stringify(key) : key)).join(".");
}

/** How many first keys two places share. */
export function sharedKeys(one: Place, other: Place): number {
  const differs = one.findIndex((key, at) => key !== other[at]);
  return differs < 0 ? one.length : differs;
}

/** Characters of a value that are shown. */
const maxShown = 60;

/** A value as a line quotes it. */
export function showValue(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = typeof value === "string" && /^\S+$/.test(value) ? value : JSON.stringify(value);
  return text.length <= maxShown ? text : `${text.slice(0, maxShown - 1)}…`;
}
