import type { Canary, CanaryStep } from "../charts/sample-app.ts";
import type { Environment, Pace } from "../environment.ts";

/** Small first: most bad versions show at any weight. Then larger: some show only under load. */
const weights: Record<Pace, number[]> = { steady: [5, 20, 50], fast: [20, 50] };

/**
 * An analysis at each weight, whose end promotes. It is a step and not one in the background beside timed pauses: Argo
 * Rollouts 1.9 takes the pause of an inconclusive background analysis for the end of the next pause step, and goes on to
 * 100 %.
 */
export function canary(env: Environment): Canary {
  const steps = weights[env.pace].flatMap((setWeight): CanaryStep[] => [{ setWeight }, { analysis: true }]);
  return { type: "canary", steps };
}
