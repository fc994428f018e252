import { claims } from "./claims.ts";
import type { Contradiction, World } from "./contradiction.ts";
import { monitoring } from "./monitoring.ts";
import { owners } from "./owners.ts";
import { pods } from "./pods.ts";
import { rollouts } from "./rollouts.ts";
import { traffic } from "./traffic.ts";

export type { Contradiction, World } from "./contradiction.ts";

/**
 * What cannot all be so in an environment. A schema sees the values of one release; these checks see all of them, and the
 * facts that they were made from. `gen` and `check` refuse what is found. Pure.
 */
export function contradictions(world: World): Contradiction[] {
  return [owners, claims, rollouts, pods, traffic, monitoring].flatMap((check) => check(world));
}
