import type { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import { type BurnWindow, type HistogramName, type LabelOf, ofApp, ofVersion, roleLabel, runsOf } from "../metrics.ts";
import { matches, Query, quantile, select, sum, withLabel } from "../promql.ts";
import { ofUsers } from "../sli.ts";
import { type Limit, target } from "./panels.ts";

/** Selects the app that is chosen in the dashboards' variables. */
export const app = { namespace: "$namespace", job: "$app" } as const;
/** Selects the app's user-facing requests. */
export const users = { ...app, ...ofUsers } as const;
/** What Argo Rollouts reports on it, and on its analyses. */
export const rollout = { exported_namespace: "$namespace", name: "$app" } as const;
export const analysisRuns = { exported_namespace: "$namespace", name: matches(runsOf("$app")) } as const;

/** Grafana's: four scrapes, and longer where a point on the screen is. */
export const range = "$__rate_interval";
/** Time between two points of a graph. */
export const step = "$__interval";

type VersionLabel = LabelOf<"version:http_requests:rate1m">;

/** Legend of a version's series. */
export const roleAndVersion = [roleLabel, "app_kubernetes_io_version"] as const;

/** Series of versions with what each is for at the moment: `stable`, `canary`, `active` or `preview`. */
export function ofVersions(query: Query<VersionLabel>): DataqueryBuilder {
  const series = withLabel(query, ofVersion, roleLabel, sum(select("app_info", app), [...ofVersion, roleLabel]));
  return target(series, roleAndVersion);
}

export const duration = "http_request_duration_seconds" satisfies HistogramName;

/** Seconds within which a share of users' requests is answered. */
export function latency(q: number): DataqueryBuilder {
  return target(quantile(q, duration, users, range), `p${100 * q}`);
}

/** The two objectives of an SLO, by what is bad about a request: value of the label `slo`, and how texts put it. */
export const promises = {
  errors: { slo: "availability", bad: "failed" },
  slow: { slo: "latency", bad: "took longer than the SLO's threshold" },
} as const;

export type Bad = keyof typeof promises;

/** Share of good requests that the SLO promises. */
export function objective(kind: Bad) {
  return select("app:slo_objective:ratio", { ...app, slo: promises[kind].slo });
}

/** Seconds within which that share of requests is answered which the SLO says; of now, or some time ago. */
export function latencyAtObjective<By extends "route" = never>(
  by: readonly By[] = [],
  overRange = range,
  before?: string,
) {
  return quantile(objective("slow"), duration, users, overRange, by, before);
}

/** Times as many bad requests as the SLO allows: at 1 the error budget lasts exactly its window. */
export function burnRate(kind: Bad, window: BurnWindow): Query {
  const share = select(`app:http_request_${kind}:ratio_rate${window}`, app);
  return new Query(`${share} / on (${ofApp.join(", ")}) (1 - ${objective(kind)})`);
}

export const burnText =
  "Failed requests over five minutes, as a multiple of what the SLO allows: at 1 the error budget lasts exactly its " +
  "window, at 10 a tenth of it.";

/** Seconds within which a request is good. */
export const threshold = select("app:slo_latency_threshold:seconds", app);

/** How large a share of requests may be bad: of the app's by its SLO, and of a new version's until it is aborted. */
export function limits(kind: Bad): Limit[] {
  const ofVersion = select("app:slo_new_version_limit:ratio", { ...app, slo: promises[kind].slo });
  return [
    { query: new Query(`1 - ${objective(kind)}`), legend: "SLO allows", colour: "orange" },
    { query: ofVersion, legend: "aborts a rollout", colour: "red" },
  ];
}

/** The line of graphs of latency. */
export const slowFrom: Limit[] = [{ query: threshold, legend: "SLO's threshold", colour: "red" }];
