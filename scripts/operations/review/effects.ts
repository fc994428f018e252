import { accessEffects } from "./access-effects.ts";
import { alertEffects } from "./alert-effects.ts";
import { appEffects } from "./app-effects.ts";
import type { ReleaseChange } from "./changes.ts";
import { diskEffects } from "./disk-effects.ts";
import { dangers, type Effect } from "./effect.ts";
import { lossEffects } from "./loss-effects.ts";
import { releaseEffects } from "./release-effects.ts";
import { routeEffects } from "./route-effects.ts";
import { workloadEffects } from "./workload-effects.ts";

/** Everything that follows from the change of one release, the most dangerous first. Pure. */
export function effectsOf(change: ReleaseChange): Effect[] {
  const parts = [appEffects, routeEffects, alertEffects, lossEffects, diskEffects, accessEffects];
  const all = releaseEffects(change) ?? [
    ...parts.flatMap((effects) => effects(change)),
    ...workloadEffects(change.objects),
  ];
  return all.toSorted(byDanger);
}

export function byDanger(one: Effect, other: Effect): number {
  return dangers.indexOf(one.danger) - dangers.indexOf(other.danger);
}
