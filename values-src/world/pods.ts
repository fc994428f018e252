import { allowedPodLoad, podLoads } from "../strategies/pod-load.ts";
import { type Contradiction, type HttpService, httpServices, type World } from "./contradiction.ts";

/** The pods of every app are enough for what it must carry, during a rollout too. */
export function pods(world: World): Contradiction[] {
  return httpServices(world).flatMap((service) => [...maximumOf(world, service), ...loadOf(world, service)]);
}

/** A maximum below what the autoscaler starts from takes pods away from the version that serves. */
function maximumOf({ env }: World, { app, values: { replicaCount, autoscaling } }: HttpService): Contradiction[] {
  const { name, maxReplicas, size } = app;
  if (!autoscaling) {
    const message = `${name} sets maxReplicas in ${env.name}, and the size ${size} has no autoscaler: remove it, or choose the size large`;
    return maxReplicas === undefined ? [] : [{ app: name, fact: ["maxReplicas"], message }];
  }
  const needed = Math.max(replicaCount, autoscaling.minReplicas);
  if (autoscaling.maxReplicas >= needed) return [];
  const message =
    `the autoscaler of ${name} has a maximum of ${autoscaling.maxReplicas} pods in ${env.name}, and the version that ` +
    `serves needs ${needed} beside a canary: raise maxReplicas, or lower replicas`;
  return [{ app: name, fact: ["maxReplicas"], message }];
}

/** `withCanaryScale` mends what more pods can mend: this is what is left. */
function loadOf({ env }: World, { app: { name, facts }, values }: HttpService): Contradiction[] {
  if (values.strategy.type !== "canary") return [];
  const allowed = facts.maxPodLoad ?? allowedPodLoad(values);
  const found = podLoads(values.strategy.steps, values).find(({ multiple }) => multiple > allowed);
  if (!found) return [];
  const message =
    `at ${found.weight} % a new pod of ${name} in ${env.name} may have to carry ${found.multiple.toFixed(2)} times its ` +
    `normal load, and ${allowed.toFixed(2)} is allowed: let setCanaryScale start more pods, take smaller weights, or ` +
    "raise maxPodLoad";
  return [{ app: name, fact: ["maxPodLoad"], message }];
}
