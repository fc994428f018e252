import type { Place } from "./place.ts";

/** Some of a list that share their first keys. */
export interface Folded<T> {
  place: Place;
  items: T[];
}

/** At most so many lines, where that can be had: what lies deepest is put together first, under the keys that it shares. */
export function foldPlaces<T extends { place: Place }>(items: T[], limit: number): Folded<T>[] {
  let folded: Folded<T>[] = items.map((item) => ({ place: item.place, items: [item] }));
  for (let depth = Math.max(0, ...items.map(({ place }) => place.length)) - 1; depth > 0; depth--) {
    if (folded.length <= limit) break;
    const groups = Map.groupBy(folded, ({ place }) => JSON.stringify(place.slice(0, depth)));
    folded = [...groups.values()].flatMap((group) => {
      const [first] = group;
      if (group.length === 1 || !first) return group;
      return [{ place: first.place.slice(0, depth), items: group.flatMap((one) => one.items) }];
    });
  }
  return folded;
}
