import type { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import type { Slo } from "../../slo.ts";
import { allowedRatios } from "../analysis.ts";
import { type HistogramName, type LabelOf, ofVersion, roleLabel } from "../metrics.ts";
import { matches, type Query, quantile, select, sum, withLabel } from "../promql.ts";
import { budget } from "../recording-rules.ts";
import { ofUsers } from "../sli.ts";
import { low, target } from "./panels.ts";

/** Selects the app that is chosen in the dashboards' variables. */
export const app = { namespace: "$namespace", job: "$app" } as const;
/** Selects the app's user-facing requests. */
export const users = { ...app, ...ofUsers } as const;
/** What Argo Rollouts reports on it, and on its analyses. */
export const rollout = { exported_namespace: "$namespace", name: "$app" } as const;
export const analysisRuns = { exported_namespace: "$namespace", name: matches("$app-.+") } as const;

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

/** What the SLO says of errors, and of slow requests. */
export function promises(slo: Slo) {
  const allowed = allowedRatios(slo);
  const { percentile, seconds } = slo.latency;
  const promise = <Name extends "availability" | "latency">(
    name: Name,
    objective: number,
    limit: number,
    bad: string,
  ) => ({
    /** Value of the label `slo`. */
    name,
    objective,
    /** Allowed share of bad requests: of the app, and of a new version. */
    budget: budget(objective),
    limit,
    bad,
    steps: low(budget(objective), limit),
    allows: `The SLO allows ${percent(budget(objective))}; a rollout is aborted from ${percent(limit)}`,
  });
  return {
    errors: promise("availability", slo.availability, allowed.errors, "failed"),
    slow: promise("latency", percentile, allowed.slow, `took longer than ${seconds} s`),
  };
}

/** A share in percent, as people write it. */
export function percent(share: number): string {
  return `${Number((100 * share).toPrecision(4))} %`;
}
