import type { Analysis, BlueGreen, Canary, CanaryScale, CanaryStep, Rolling, Values } from "../charts/http-service.ts";
import { toSeconds } from "../duration.ts";
import { canaryPods } from "./pod-load.ts";

/** A metric of the analysis, and when it is measured: seconds since the analysis began. */
export interface Check {
  name: string;
  at: number[];
}

/** A part of a rollout in which the new version's share of the users' requests stays what it is. */
export interface Stage {
  /** `ready`: new pods get ready, and the first of them answer the tests. `decision`: somebody has to promote. `kept`: the old version is up, unused. */
  kind: "ready" | "preview" | "judged" | "pause" | "decision" | "kept";
  /** Percent of the users' requests that the new version answers. */
  share: number;
  /** How long it lasts; undefined where no value says so. */
  seconds?: number | undefined;
  /** Of `judged`. */
  checks?: Check[];
}

/** How a good version takes over, as the app's values say. After the last stage it answers all requests, alone. */
export function rolloutTimeline({ strategy, replicaCount, analysis }: Values): Stage[] {
  if (strategy.type === "rolling") return rolling(strategy, replicaCount);
  if (strategy.type === "blueGreen") return blueGreen(strategy, analysis);
  return canary(strategy, replicaCount, analysis);
}

/**
 * Seconds for which a good rollout is under way, as far as its values say: the time until pods are ready or somebody
 * promotes comes on top. The wait before the old version of blue/green goes is not part of it: the rollout is healthy by
 * then.
 */
export function secondsUnderWay(values: Values): number {
  const stages = rolloutTimeline(values).filter(({ kind }) => kind !== "kept");
  return stages.reduce((sum, { seconds = 0 }) => sum + seconds, 0);
}

/** Every pod gets the same share of the requests. */
function rolling({ maxSurge, maxUnavailable }: Rolling, replicas: number): Stage[] {
  const batch = maxSurge + maxUnavailable;
  return Array.from({ length: Math.ceil(replicas / batch) }, (_, done) => ready((100 * done * batch) / replicas));
}

function blueGreen({ autoPromotionSeconds, scaleDownDelaySeconds }: BlueGreen, analysis?: Analysis): Stage[] {
  return [
    ready(0),
    { kind: autoPromotionSeconds === undefined ? "decision" : "preview", share: 0, seconds: autoPromotionSeconds },
    ...judged(100, analysis),
    // Argo Rollouts 1.9 counts it from the end of the analysis, not from the switch: rollout/replicaset.go,
    // scaleDownDelayHelper, is called for a version only when it is not the stable one any more.
    { kind: "kept", share: 100, seconds: scaleDownDelaySeconds },
  ];
}

/**
 * A weight waits for the pods that it needs: its part of all, rounded up, or what a scale says. Until then the weight
 * before stays.
 */
function canary({ steps }: Canary, replicas: number, analysis?: Analysis): Stage[] {
  const stages: Stage[] = [];
  let share = 0;
  let pods = 0;
  let scale: CanaryScale | undefined;
  const all: CanaryStep[] = [...steps, { setCanaryScale: { weight: 100 } }, { setWeight: 100 }];
  for (const step of all) {
    if (step.setCanaryScale || step.setWeight !== undefined) {
      scale = step.setCanaryScale ?? scale;
      const weight = step.setWeight ?? share;
      const needed = canaryPods(replicas, weight, scale);
      if (needed > pods) stages.push(ready(share));
      share = weight;
      pods = needed;
    }
    // Their time is that of the new pods: a start more, and some requests.
    else if (step.tests) continue;
    else if (step.analysis) stages.push(...judged(share, analysis));
    else if (step.pause?.duration) stages.push({ kind: "pause", share, seconds: toSeconds(step.pause.duration) });
    else stages.push({ kind: "decision", share });
  }
  return stages;
}

function ready(share: number): Stage {
  return { kind: "ready", share };
}

/** The first measurement is taken at once or after the initial delay, so n of them take n - 1 intervals. */
function judged(share: number, analysis?: Analysis): Stage[] {
  if (!analysis) return [];
  const checks = analysis.metrics.map(({ name, interval, initialDelay = "0s", count = 1 }) => {
    const delay = toSeconds(initialDelay);
    const pause = toSeconds(interval);
    return { name, at: Array.from({ length: count }, (_, n) => delay + n * pause) };
  });
  return [{ kind: "judged", share, seconds: Math.max(...checks.flatMap(({ at }) => at)), checks }];
}
