import type { Canary, CanaryStep } from "../charts/sample-app.ts";
import type { Environment } from "../environment.ts";

/** Small first, since most bad versions show at any share; then long enough for the slower ones. */
const weights = [5, 20, 50];

const pause = { steady: "5m", fast: "5s" };

/** Promotes by itself when the last pause is over. */
export function canary(env: Environment): Canary {
  const steps = weights.flatMap((setWeight): CanaryStep[] => [{ setWeight }, { pause: { duration: pause[env.pace] } }]);
  return { type: "canary", steps };
}
