import { accessEffects } from "./access-effects.ts";
import { appEffects } from "./app-effects.ts";
import type { ReleaseChange } from "./changes.ts";
import { dangers, type Effect } from "./effect.ts";
import { lossEffects } from "./loss-effects.ts";
import { workloadEffects } from "./workload-effects.ts";

/** Everything that follows from the change of one release, the most dangerous first. Pure. */
export function effectsOf(change: ReleaseChange): Effect[] {
  const { name, before, after } = change;
  if (before && after && before.namespace !== after.namespace) return [moved(name, before.namespace, after.namespace)];
  const all = [...appEffects(change), ...lossEffects(change), ...accessEffects(change), ...workloadEffects(change)];
  return all.toSorted(byDanger);
}

/** To Helm and Argo CD it is a release that goes, and another one of the same name. */
function moved(name: string, from: string, to: string): Effect {
  const text = `${name} moves from the namespace ${from} to ${to}: everything of it is made anew, and what is in ${from} stays`;
  return { danger: "danger", kind: "namespace", text };
}

export function byDanger(one: Effect, other: Effect): number {
  return dangers.indexOf(one.danger) - dangers.indexOf(other.danger);
}
