import type { Rule, RuleGroup } from "../charts/http-service.ts";
import type { Slo } from "../slo.ts";
import { type BurnWindow, burnWindows, ofApp, ofRoute, ofVersion, type recordedMetrics } from "./metrics.ts";
import { Query, ratio, select } from "./promql.ts";
import { errorRate, ofUsers, type RequestMatch, requestRate, slowRate } from "./sli.ts";

/** Seconds between two evaluations of the rules. */
export const evaluationSeconds = 30;

/** Which app: its namespace and its job, which is the name of its release. */
export type AppMatch = { namespace: string; job: string };

/** Series for the SLO's alerts and the dashboards: rates of the app and of each version, ratios, budget left. */
export function recordingRules(app: AppMatch, slo: Slo): RuleGroup[] {
  const users = { ...app, ...ofUsers };
  const interval = `${evaluationSeconds}s`;
  return [
    {
      name: "app-rates",
      interval,
      rules: [
        ...appRates(users, slo),
        ...burnWindows.flatMap((window) => ratios(app, window)),
        record("route:http_request_slow:ratio_rate5m", slowByRoute(users, slo)),
      ],
    },
    { name: "version-rates", interval, rules: versionRates(users, slo) },
    // It covers weeks and changes slowly.
    { name: "app-error-budget", interval: "5m", rules: errorBudgets(app, slo) },
  ];
}

function appRates(users: RequestMatch, { latency }: Slo): Rule[] {
  const all = requestRate(users, "5m", ofApp);
  return [
    record("app:http_requests:rate5m", all),
    record("app:http_request_errors:rate5m", new Query(`${errorRate(users, "5m", ofApp)} or 0 * ${all}`)),
    record("app:http_request_slow:rate5m", slowRate(users, latency.seconds, "5m", ofApp)),
  ];
}

/** Longer windows are made of the five-minute rates: each request weighs the same, and weeks cost no more than samples. */
function ratioOver(app: AppMatch, kind: "errors" | "slow", window: string): Query<"namespace" | "job"> {
  const all = select("app:http_requests:rate5m", app);
  const part = select(`app:http_request_${kind}:rate5m`, app);
  return ratio(new Query(`sum_over_time(${part}[${window}])`), new Query(`sum_over_time(${all}[${window}])`));
}

function ratios(app: AppMatch, window: BurnWindow): Rule[] {
  return [
    record(`app:http_request_errors:ratio_rate${window}`, ratioOver(app, "errors", window)),
    record(`app:http_request_slow:ratio_rate${window}`, ratioOver(app, "slow", window)),
  ];
}

/** Recorded since the dashboards do not know which bucket of the histogram is still in time. */
function slowByRoute(users: RequestMatch, { latency }: Slo): Query {
  return ratio(slowRate(users, latency.seconds, "5m", ofRoute), requestRate(users, "5m", ofRoute));
}

function versionRates(users: RequestMatch, { latency }: Slo): Rule[] {
  const all = requestRate(users, "1m", ofVersion);
  return [
    record("version:http_requests:rate1m", all),
    record("version:http_request_errors:ratio_rate1m", ratio(errorRate(users, "1m", ofVersion), all)),
    record("version:http_request_slow:ratio_rate1m", ratio(slowRate(users, latency.seconds, "1m", ofVersion), all)),
  ];
}

function errorBudgets(app: AppMatch, { availability, latency, window }: Slo): Rule[] {
  const left = (kind: "errors" | "slow", objective: number) =>
    new Query(`1 - (${ratioOver(app, kind, window)}) / ${budget(objective)}`);
  return [
    { ...record("app:error_budget_remaining:ratio", left("errors", availability)), labels: { slo: "availability" } },
    { ...record("app:error_budget_remaining:ratio", left("slow", latency.percentile)), labels: { slo: "latency" } },
  ];
}

/** Share of the requests that may miss an objective. Rounded, since 1 - 0.999 is not 0.001 to a computer. */
export function budget(objective: number): number {
  return Number((1 - objective).toPrecision(6));
}

function record(name: keyof typeof recordedMetrics, expr: Query): Rule {
  return { record: name, expr: expr.text };
}
