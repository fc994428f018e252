import type { Canary, CanaryStep } from "../charts/sample-app.ts";
import type { Environment, Pace } from "../environment.ts";

/**
 * Small first, since most bad versions show at any share; then long enough for the slower ones. A pause is longer than the
 * analysis needs to judge the traffic of its step.
 */
const paces: Record<Pace, { weights: number[]; pause: string }> = {
  steady: { weights: [5, 20, 50], pause: "5m" },
  fast: { weights: [20, 50], pause: "30s" },
};

/** Promotes by itself when the last pause is over. */
export function canary(env: Environment): Canary {
  const { weights, pause } = paces[env.pace];
  const steps = weights.flatMap((setWeight): CanaryStep[] => [{ setWeight }, { pause: { duration: pause } }]);
  return { type: "canary", steps };
}
