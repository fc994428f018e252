import type { CanaryScale, CanaryStep, Values } from "../charts/http-service.ts";

/** How many pods an app has: so many, or as many as its autoscaler says. */
export type Pods = Pick<Values, "replicaCount" | "autoscaling">;

/** The most that one pod of the new version must carry. */
export interface PodLoad {
  /** Percent of the requests that the new version answers. */
  weight: number;
  /** Multiple of what a pod carries normally: with an autoscaler its target, else an equal part of all requests. */
  multiple: number;
}

/** The autoscaler does nothing while the average is so near to its target: `--horizontal-pod-autoscaler-tolerance`. */
const tolerance = 0.1;

/**
 * Load may grow to this multiple before the autoscaler knows it: metrics of pods are up to a minute old. Load that grows
 * faster is too much for the pods of any app, whether a version is rolled out or not.
 */
const unseenGrowth = 1.5;

/**
 * The most that one new pod must carry at each weight of a canary, and at last with all requests.
 *
 * Argo Rollouts keeps all N pods of the old version up and starts c of the new one. The autoscaler asks for
 * (N + c) * average / target pods, that is for as many as the load needs, and is right, unless the average is within 10 %
 * of the target: then it leaves N as it is, though the pods that it counts are N + c. So the load may grow until it needs
 * 1.1 (N + c) pods, and a new one carries its weight of that, divided by c. Without a canary, it is 1.1 times the target.
 * A large canary is safe: the average is far below the target then, and load has to grow by more than `unseenGrowth`
 * within a minute to bring it near.
 *
 * `GetResourceReplicas`: https://github.com/kubernetes/kubernetes/blob/v1.34.1/pkg/controller/podautoscaler/replica_calculator.go;
 * seen by others: https://github.com/argoproj/argo-rollouts/issues/4607
 */
export function podLoads(steps: CanaryStep[], pods: Pods): PodLoad[] {
  const least = pods.autoscaling?.minReplicas ?? pods.replicaCount;
  const most = pods.autoscaling?.maxReplicas ?? pods.replicaCount;
  const counts = Array.from({ length: Math.max(1, most - least + 1) }, (_, more) => least + more);
  const greatest = (loadOf: (stable: number) => number) => Math.max(...counts.map(loadOf));
  const stages = weightsOf(steps);
  const loads = stages.map(({ weight, scale }) => {
    const multiple = greatest((stable) => {
      const canary = canaryPods(stable, weight, scale);
      // Without a pod it gets no requests.
      return canary === 0 ? 0 : ((weight / 100) * unseenLoad(stable, canary, pods)) / canary;
    });
    return { weight, multiple };
  });
  // The switch to all requests is not waited for by the autoscaler: what grew at the last weight is there at once.
  const last = stages.at(-1) ?? { weight: 0 };
  const promoted = greatest((stable) => unseenLoad(stable, canaryPods(stable, last.weight, last.scale), pods) / stable);
  return [...loads, { weight: 100, multiple: promoted }];
}

/**
 * The steps, with all pods of the new version up before the first weight that would be too much for fewer, and from there
 * on. The same steps where nothing is too much, or more pods do not help. `allowed` is a multiple as in `PodLoad`.
 */
export function withCanaryScale(steps: CanaryStep[], pods: Pods, allowed: number): CanaryStep[] {
  const tooMuch = (of: CanaryStep[]) => podLoads(of, pods).find(({ multiple }) => multiple > allowed);
  const first = tooMuch(steps);
  if (!first) return steps;
  const at = steps.findLastIndex(({ setWeight }) => setWeight !== undefined && setWeight <= first.weight);
  const scaled = steps.toSpliced(Math.max(0, at), 0, { setCanaryScale: { weight: 100 } });
  return tooMuch(scaled) ? steps : scaled;
}

/**
 * What a pod may have to carry, as a multiple of its normal load, if the app's facts do not say: until it uses all of the
 * CPU that it requests. Without an autoscaler nobody knows how busy it is, so no more than normally.
 */
export function allowedPodLoad({ autoscaling }: Pods): number {
  return autoscaling ? 100 / autoscaling.targetCPUUtilizationPercentage : 1;
}

/**
 * Pods of the new version beside so many of the old one, as CalculateReplicaCountsForTrafficRoutedCanary of Argo Rollouts has
 * it: what the scale says, or the weight if it says none.
 */
export function canaryPods(stable: number, weight: number, scale?: CanaryScale): number {
  return scale?.replicas ?? Math.ceil(((scale?.weight ?? weight) * stable) / 100);
}

/** The most load at which the autoscaler leaves the number of pods as it is, in pods at their normal load. */
function unseenLoad(stable: number, canary: number, { autoscaling }: Pods): number {
  if (!autoscaling) return stable;
  const all = stable + canary;
  if ((1 - tolerance) * all > unseenGrowth * stable) return stable;
  // What is more than its maximum would be too much without a canary, too.
  return (1 + tolerance) * Math.min(all, autoscaling.maxReplicas);
}

/** Each weight with the scale that holds at it: the last one that was set. */
function weightsOf(steps: CanaryStep[]): { weight: number; scale?: CanaryScale }[] {
  const weights: { weight: number; scale?: CanaryScale }[] = [];
  let scale: CanaryScale | undefined;
  for (const { setCanaryScale, setWeight } of steps) {
    scale = setCanaryScale ?? scale;
    if (setWeight !== undefined) weights.push({ weight: setWeight, ...(scale && { scale }) });
  }
  return weights;
}
