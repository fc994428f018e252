import type { App } from "../app.ts";
import type { Analysis, AnalysisMetric } from "../charts/http-service.ts";
import { toSeconds } from "../duration.ts";
import type { PaceSettings } from "../paces.ts";
import type { Slo } from "../slo.ts";
import type { LabelOf } from "./metrics.ts";
import { prometheusOf } from "./prometheus.ts";
import { increase, type Match, Query, ratio, select, sum } from "./promql.ts";
import { type AppMatch, budget } from "./recording-rules.ts";
import { errorRate, ofUsers, type RequestMatch, requestRate, slowRate } from "./sli.ts";

/**
 * During an outage both versions fail, and by chance not equally often. The new version may have this many times the
 * stable version's failures before they count against it.
 */
const chance = 1.5;

/**
 * Judges the new version by its own requests, against the SLO and against the stable version: a failure that both have is
 * not the new version's fault. With too few requests every metric but `traffic` succeeds; `traffic` alone decides what
 * follows (`slo.onNoData`).
 */
export function analysis({ env, slo, pace }: App, app: AppMatch): Analysis {
  const { analysisRange: range, analysisInterval: interval } = pace;
  const latest = { ...app, ...ofUsers, rollouts_pod_template_hash: "{{args.latest}}" };
  const stable = { ...app, ...ofUsers, rollouts_pod_template_hash: "{{args.stable}}" };
  const allowed = allowedRatios(slo);
  const requests = new Query(`(${sum(increase(select("http_requests_total", latest), range))} or vector(0))`);
  const enough = requestsToJudge(slo);

  const judge = (name: string, share: (version: RequestMatch) => Query, limit: number): AnalysisMetric => ({
    name,
    query: `clamp_min((${share(latest)}) - ${chance} * ((${share(stable)}) or vector(0)), 0) and ${requests} >= ${enough}`,
    // Nothing: too few requests to judge.
    successCondition: `len(result) == 0 || isNaN(result[0]) || result[0] <= ${limit}`,
    failureLimit: pace.analysisFailureLimit,
    interval,
    count: pace.analysisCount,
  });
  const errors = (version: RequestMatch) => ratio(errorRate(version, range), requestRate(version, range));
  const slow = (version: RequestMatch) =>
    ratio(slowRate(version, slo.latency.seconds, range), requestRate(version, range));
  return {
    prometheusAddress: prometheusOf(env).address,
    metrics: [
      judge("errors", errors, allowed.errors),
      judge("slow-requests", slow, allowed.slow),
      crashes(latest, pace),
      ...traffic(pace, slo, requests),
    ],
  };
}

/** Allowed share of failed (or slow) requests of a new version, on top of the stable version's share. */
export function allowedRatios({ availability, latency, maxBurnRate }: Slo): { errors: number; slow: number } {
  const ofBudget = (objective: number) => Math.min(0.5, Number((maxBurnRate * budget(objective)).toPrecision(3)));
  return { errors: ofBudget(availability), slow: ofBudget(latency.percentile) };
}

/** What an analysis decides by. */
export interface Limits {
  /** Seconds that a measurement looks back. */
  range: number;
  /** Requests to the new version within the range, below which it is not judged. */
  enough: number;
  /** Share of its requests that the new version may fail, where the stable one fails none: 1 is all. */
  allowed: number;
  /** Failed measurements that are tolerated in one analysis. */
  tolerated: number;
  onNoData: Slo["onNoData"];
}

/** Reads back what `analysis` wrote, so that values of another commit say it too; undefined where they are of another form. */
export function limitsOf({ metrics }: Analysis): Limits | undefined {
  const errors = metrics.find(({ name }) => name === "errors");
  const traffic = metrics.find(({ name }) => name === "traffic");
  const range = /\[(\w+)\]/.exec(errors?.query ?? "")?.[1];
  const enough = / >= (\d+)$/.exec(errors?.query ?? "")?.[1];
  const allowed = / <= ([\d.]+)$/.exec(errors?.successCondition ?? "")?.[1];
  if (!errors || range === undefined || enough === undefined || allowed === undefined) return undefined;
  return {
    range: toSeconds(range),
    enough: Number(enough),
    allowed: Number(allowed),
    tolerated: errors.failureLimit ?? 0,
    onNoData: traffic ? (traffic.failureCondition === undefined ? "fail" : "inconclusive") : "pass",
  };
}

/** The smallest sample in which one failed request stays within the limit. */
export function requestsToJudge(slo: Slo): number {
  const { errors, slow } = allowedRatios(slo);
  return Math.max(slo.minRequests, Math.floor(1 / Math.min(errors, slow)) + 1);
}

/**
 * A crashed pod reports no errors. It is detected by a changed process start time, or, if it is rarely up when scraped, by
 * failed scrapes: more than half of them.
 */
function crashes({ route: _, ...latest }: RequestMatch, pace: PaceSettings): AnalysisMetric {
  const range = pace.analysisRange;
  const up = select("up", latest as Match<LabelOf<"up">>);
  const start = select("process_start_time_seconds", latest as Match<LabelOf<"process_start_time_seconds">>);
  // A pod that has just started is not judged yet.
  const known = `count_over_time(${up}[${range}]) >= 3`;
  const gone = `avg_over_time(${up}[${range}]) < 0.5 and ${known}`;
  return {
    name: "crashes",
    query: `count(changes(${start}[${range}]) > 0 or ${gone}) or vector(0)`,
    successCondition: "result[0] == 0",
    failureLimit: pace.analysisFailureLimit,
    interval: pace.analysisInterval,
    count: pace.analysisCount,
  };
}

/** The only metric that decides what too little traffic means. */
function traffic(pace: PaceSettings, slo: Slo, requests: Query): AnalysisMetric[] {
  if (slo.onNoData === "pass") return [];
  return [
    {
      name: "traffic",
      query: requests.text,
      successCondition: `result[0] >= ${requestsToJudge(slo)}`,
      // Neither a success nor a failure is inconclusive, and pauses the rollout.
      ...(slo.onNoData === "inconclusive" && { failureCondition: "false" }),
      interval: pace.analysisInterval,
      count: 1,
      initialDelay: pace.analysisDelay,
    },
  ];
}
