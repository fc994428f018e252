import type { Canary, CanaryStep } from "../charts/sample-app.ts";
import type { Environment, Pace } from "../environment.ts";

/** Small first: most bad versions show at any weight. Then larger: some show only under load. */
const weights: Record<Pace, number[]> = { steady: [5, 20, 50], fast: [20, 50] };

/**
 * Each weight is followed by an analysis step; when it succeeds, the rollout goes on. A background analysis beside timed
 * pauses would not do: Argo Rollouts 1.9 takes its inconclusive end for the end of a pause, and goes on to 100 %.
 */
export function canary(env: Environment): Canary {
  const steps = weights[env.pace].flatMap((setWeight): CanaryStep[] => [{ setWeight }, { analysis: true }]);
  return { type: "canary", steps };
}
