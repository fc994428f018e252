import type { App, Step } from "../app.ts";
import type { Canary, CanaryStep } from "../charts/http-service.ts";
import { podsOf } from "../sizes.ts";
import { allowedPodLoad, withCanaryScale } from "./pod-load.ts";

/**
 * Each weight is followed by an analysis step; when it succeeds, the rollout goes on. A background analysis beside timed
 * pauses would not do: Argo Rollouts 1.9 takes its inconclusive end for the end of a pause, and goes on to 100 %.
 */
export function canary(app: App): Canary {
  const { steps, pace, facts } = app;
  const all = steps ?? pace.weights.map((weight): Step => ({ weight }));
  const pods = podsOf(app);
  const scaled = withCanaryScale(all.flatMap(stepsOf), pods, facts.maxPodLoad ?? allowedPodLoad(pods));
  return { type: "canary", steps: tested(scaled) };
}

/**
 * The tests come before the first weight, with as many pods as it needs. After it the pods follow the weight again: before
 * it, at weight 0, they would all end.
 */
function tested([first = { setWeight: 0 }, ...rest]: CanaryStep[]): CanaryStep[] {
  if (first.setCanaryScale) return [first, { tests: true }, ...rest];
  const scale = { weight: Math.max(first.setWeight ?? 0, 1) };
  return [{ setCanaryScale: scale }, { tests: true }, first, { setCanaryScale: { matchTrafficWeight: true } }, ...rest];
}

function stepsOf({ weight, analysis, pause }: Step): CanaryStep[] {
  const duration = pause === "promotion" ? {} : { duration: pause };
  return [
    { setWeight: weight },
    ...(analysis === false ? [] : [{ analysis: true } as const]),
    ...(pause === undefined ? [] : [{ pause: duration as { duration?: string } }]),
  ];
}
