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
  return {
    type: "canary",
    steps: withCanaryScale(all.flatMap(stepsOf), pods, facts.maxPodLoad ?? allowedPodLoad(pods)),
  };
}

function stepsOf({ weight, analysis, pause }: Step): CanaryStep[] {
  const duration = pause === "promotion" ? {} : { duration: pause };
  return [
    { setWeight: weight },
    ...(analysis === false ? [] : [{ analysis: true } as const]),
    ...(pause === undefined ? [] : [{ pause: duration as { duration?: string } }]),
  ];
}
