import type { ReleaseChange } from "./changes.ts";
import type { Difference } from "./compare.ts";
import type { Effect } from "./effect.ts";
import { titleOf } from "./effect.ts";
import { byDanger, effectsOf } from "./effects.ts";
import type { FactChange } from "./facts.ts";

/** What a reviewer is told: plain data. */
export interface Review {
  /** What it is compared with. */
  base: string;
  /** The most dangerous first. */
  effects: PlacedEffect[];
  facts: FactChange[];
  changes: ReleaseReview[];
}

/** An effect, once for all environments that it happens in. */
export interface PlacedEffect extends Effect {
  release: string;
  environments: string[];
}

/** What differs in a release, once for all environments in which the same differs. */
export interface ReleaseReview {
  release: string;
  environments: string[];
  values: Difference[];
  /** `Rollout web`, with what happens to it and where it differs; never the contents of a Secret. */
  objects: { title: string; does: "new" | "gone" | "changes"; differences: Difference[] }[];
  /** Why its objects are not known. */
  notRendered?: string;
}

/** Brings what was found in all environments together. Pure. */
export function reviewOf(base: string, facts: FactChange[], found: ReleaseChange[]): Review {
  const effects = found.flatMap((change) => {
    return effectsOf(change).map((effect) => ({ ...effect, release: change.name, environments: [change.env] }));
  });
  const changes = found.map(({ env, name, values, objects, notRendered }): ReleaseReview => {
    const shown = objects.map(({ before, after, differences }) => {
      const object = after ?? before;
      const does = before && after ? ("changes" as const) : after ? ("new" as const) : ("gone" as const);
      const secret = object?.kind === "Secret";
      return {
        title: object ? titleOf(object) : "",
        does,
        differences: secret || does !== "changes" ? [] : differences,
      };
    });
    return { release: name, environments: [env], values, objects: shown, ...(notRendered && { notRendered }) };
  });
  return { base, facts, effects: together(effects).toSorted(byDanger), changes: together(changes) };
}

/** What is the same but for the environment becomes one. */
function together<T extends { environments: string[] }>(all: T[]): T[] {
  const alike = new Map<string, T>();
  for (const one of all) {
    const key = JSON.stringify({ ...one, environments: [] });
    const known = alike.get(key);
    if (known) known.environments.push(...one.environments);
    else alike.set(key, one);
  }
  return [...alike.values()];
}
