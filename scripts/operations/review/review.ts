import type { ReleaseChange } from "./changes.ts";
import type { Difference } from "./compare.ts";
import type { Effect } from "./effect.ts";
import { titleOf } from "./effect.ts";
import { byDanger, effectsOf } from "./effects.ts";
import type { FactChange } from "./facts.ts";
import type { ObjectChange } from "./objects.ts";
import { type PodChange, podChange } from "./pod-change.ts";
import { environmentEffects } from "./release-effects.ts";

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
  /** None of an effect of the environment as a whole. */
  release?: string;
  environments: string[];
}

/** What differs in a release, once for all environments in which the same differs. */
export interface ReleaseReview {
  release: string;
  environments: string[];
  values: Difference[];
  objects: ObjectReview[];
  /** Why its objects are not known. */
  notRendered?: string;
}

/** An object that comes, goes or changes; never the contents of a Secret. */
export interface ObjectReview {
  /** `Rollout web`. */
  title: string;
  kind: string;
  /** Of an object of the whole cluster: its release's. */
  namespace: string;
  name: string;
  does: "new" | "gone" | "changes";
  /** Where it differs; none where only checksums and labels that name a version do. */
  differences: Difference[];
  pods?: PodChange;
}

/** Brings what was found in all environments together. Pure. */
export function reviewOf(base: string, facts: FactChange[], found: ReleaseChange[]): Review {
  const effects = [...Map.groupBy(found, ({ env }) => env)].flatMap(([env, changes]) => {
    const does = changes[0]?.environment ?? "stays";
    const all =
      does === "stays"
        ? changes.flatMap((change) => effectsOf(change).map((effect) => ({ ...effect, release: change.name })))
        : environmentEffects(does, changes);
    return all.map((effect): PlacedEffect => ({ ...effect, environments: [env] }));
  });
  const changes = found.map(({ env, name, before, after, values, objects, notRendered }): ReleaseReview => {
    const namespace = (after ?? before)?.namespace ?? "";
    const shown = objects.flatMap((change) => objectReview(change, namespace));
    return { release: name, environments: [env], values, objects: shown, ...(notRendered && { notRendered }) };
  });
  return { base, facts, effects: together(effects).toSorted(byDanger), changes: together(changes) };
}

function objectReview(change: ObjectChange, namespace: string): ObjectReview[] {
  const { before, after, differences } = change;
  const object = after ?? before;
  if (!object) return [];
  const { kind, metadata } = object;
  const does = before && after ? "changes" : after ? "new" : "gone";
  const pods = podChange(change);
  return [
    {
      title: titleOf(object),
      kind,
      namespace: metadata.namespace ?? namespace,
      name: metadata.name,
      does,
      differences: kind === "Secret" || does !== "changes" ? [] : differences,
      ...(pods && { pods }),
    },
  ];
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
