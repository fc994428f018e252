/** What users of an app may notice of its versions: rollouts, and promises that get weaker. */
import { isDeepStrictEqual } from "node:util";
import type { BlueGreen, Values } from "../../../values-src/charts/http-service.ts";
import { duration } from "../../../values-src/duration.ts";
import { objectivesIn } from "../../../values-src/observability/objectives.ts";
import { rolloutTimeline, type Stage, secondsUnderWay } from "../../../values-src/strategies/timeline.ts";
import { appValues } from "./app-values.ts";
import type { ReleaseChange } from "./changes.ts";
import { type Effect, listed } from "./effect.ts";
import type { KubernetesObject } from "./objects.ts";
import { planEffects } from "./plan-effects.ts";
import type { Released } from "./released.ts";

export function appEffects(change: ReleaseChange): Effect[] {
  const { name, before, after, objects } = change;
  const found: Effect[] = [];
  if (before && after && before.owner !== after.owner) {
    const text = `${name} goes from ${nameOf(before.owner)} to ${nameOf(after.owner)}: run npm run handover once this is merged`;
    found.push({ danger: "caution", kind: "owner", text });
  }
  const values = appValues(change);
  if (!values) return found;
  const { old, fresh } = values;
  const workload = objects.find(({ after }) => after?.kind === "Rollout" || after?.kind === "Deployment");
  const replaced =
    workload !== undefined && !isDeepStrictEqual(templateOf(workload.before), templateOf(workload.after));
  if (old.strategy.type !== fresh.strategy.type) found.push(strategyChange(name, old, fresh));
  else if (!isDeepStrictEqual(withoutHost(old), withoutHost(fresh))) {
    found.push({ danger: "note", kind: "steps", text: `the next rollout of ${name}: ${describeRollout(fresh)}` });
  }
  if (workload?.before && workload.after?.kind === "Rollout" && replaced) {
    found.push({ danger: "caution", kind: "rollout", text: `${name} starts a rollout, ${describeRollout(fresh)}` });
  }
  return [...found, ...weaker(name, old, fresh), ...planEffects(name, old, fresh)];
}

function nameOf(owner: Released["owner"]): string {
  return owner === "argocd" ? "Argo CD" : "Helmfile";
}

/** A strategy, whatever the host of its preview. */
function withoutHost({ strategy }: Values): object {
  const { previewHost: _, ...others } = strategy as BlueGreen;
  return others;
}

function templateOf(object: KubernetesObject | undefined): unknown {
  return object?.spec?.template;
}

function strategyChange(name: string, { strategy: old }: Values, fresh: Values): Effect {
  const text =
    `the strategy of ${name} changes from ${old.type} to ${fresh.strategy.type}: no pod is replaced by that; ` +
    `wait for the end of a rollout before it is merged. From then on: ${describeRollout(fresh)}`;
  return { danger: "caution", kind: "strategy", text };
}

/** "canary by way of 5, 20, 50 %: 13 min 30 s and 2 waits for pods". */
function describeRollout(values: Values): string {
  const stages = rolloutTimeline(values);
  const count = (kind: Stage["kind"]) => stages.filter((stage) => stage.kind === kind).length;
  const { strategy } = values;
  const weights = strategy.type === "canary" ? strategy.steps.flatMap(({ setWeight }) => setWeight ?? []) : [];
  const way = weights.length > 0 ? ` by way of ${weights.join(", ")} %` : "";
  const seconds = secondsUnderWay(values);
  const waits = count("ready") === 1 ? "the wait for its pods" : `${count("ready")} waits for pods`;
  const asked = count("decision") > 0 ? "; somebody has to promote it" : "";
  return `${strategy.type}${way}: ${seconds > 0 ? `${duration(seconds)} and ` : ""}${waits}${asked}`;
}

/** What the app promises, by the series that say it; and how its new versions are judged. */
function weaker(name: string, old: Values, fresh: Values): Effect[] {
  const before = objectives(old);
  const after = objectives(fresh);
  const found = [...before].flatMap(([what, { value, worse }]): Effect[] => {
    const now = after.get(what)?.value;
    if (now === undefined || now === value || now > value !== (worse === "more")) return [];
    return [{ danger: "caution", kind: "slo", text: `the SLO of ${name} gets weaker: ${what} ${value} -> ${now}` }];
  });
  const metrics = ({ analysis }: Values) => analysis?.metrics.map((metric) => metric.name) ?? [];
  const gone = metrics(old).filter((metric) => !metrics(fresh).includes(metric));
  if (gone.length > 0) {
    found.push({
      danger: "caution",
      kind: "analysis",
      text: `new versions of ${name} are not judged by ${listed(gone)} any more`,
    });
  }
  if (old.tests && !fresh.tests) {
    found.push({
      danger: "caution",
      kind: "tests",
      text: `new versions of ${name} are not tested before users meet them any more`,
    });
  }
  return found;
}

const promises: Record<string, { says: string; worse: "less" | "more" }> = {
  "app:slo_objective:ratio": { says: "objective", worse: "less" },
  "app:slo_latency_threshold:seconds": { says: "seconds of a slow request", worse: "more" },
  "app:slo_new_version_limit:ratio": { says: "failures allowed to a new version", worse: "more" },
};

function objectives({ rules }: Values): Map<string, { value: number; worse: "less" | "more" }> {
  const all = objectivesIn(rules).flatMap(({ record, slo, value }) => {
    const promise = promises[record];
    if (!promise) return [];
    return [[slo ? `${promise.says} (${slo})` : promise.says, { value, worse: promise.worse }] as const];
  });
  return new Map(all);
}
