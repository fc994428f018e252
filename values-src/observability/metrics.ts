import { type MetricContract, metricsContract, runtimeMetricsContract } from "../../service/src/metrics-contract.ts";

/** Labels that Prometheus adds to every series of the app when it scrapes it, by the chart's ServiceMonitor. */
const targetLabels = [
  "namespace",
  "job",
  "service",
  "pod",
  "instance",
  "endpoint",
  "container",
  "app_kubernetes_io_version",
  "pod_template_hash",
  "rollouts_pod_template_hash",
] as const;

/** The info metric of a pod: its version, environment and role. */
export const infoMetric = "app_info" satisfies keyof typeof metricsContract;

/**
 * `stable`, `canary`, `active` or `preview`, as Argo Rollouts labels the pod: on that metric alone, since it changes while
 * the pod runs and would cut every other series in two.
 */
export const roleLabel = "app_role";

/** Labels of a series that is recorded for an app as a whole. */
export const ofApp = ["namespace", "job"] as const;

/** Labels of a series that is recorded for each of its routes. */
export const ofRoute = [
  ...ofApp,
  "route" satisfies (typeof metricsContract.http_request_duration_seconds.labels)[number],
] as const;

/** Labels of a series that is recorded for each of its versions. A pod has one of the two hashes. */
export const ofVersion = [
  ...ofApp,
  "app_kubernetes_io_version",
  "pod_template_hash",
  "rollouts_pod_template_hash",
] as const;

/** Labels of a series that is recorded for one objective of the app's SLO: `slo` is `availability` or `latency`. */
export const ofObjective = [...ofApp, "slo"] as const;

/** Windows of the burn rates, shortest first. */
export const burnWindows = ["5m", "30m", "1h", "2h", "6h", "1d", "3d"] as const;
export type BurnWindow = (typeof burnWindows)[number];

/** Series that `recording-rules.ts` and `objectives.ts` make: name -> labels. */
export const recordedMetrics = {
  "app:http_requests:rate5m": ofApp,
  "app:http_request_errors:rate5m": ofApp,
  "app:http_request_slow:rate5m": ofApp,
  ...ratios("errors"),
  ...ratios("slow"),
  /** Share of the SLO's error budget that is left of its window; below 0 when it is overspent. */
  "app:error_budget_remaining:ratio": ofObjective,
  "route:http_request_slow:ratio_rate5m": ofRoute,
  "version:http_requests:rate1m": ofVersion,
  "version:http_request_errors:ratio_rate1m": ofVersion,
  "version:http_request_slow:ratio_rate1m": ofVersion,
  /** Share of good requests that the SLO promises. */
  "app:slo_objective:ratio": ofObjective,
  /** Seconds within which a request is good, by the latency objective. */
  "app:slo_latency_threshold:seconds": ofApp,
  "app:slo_window:days": ofApp,
  /** Share of bad requests, on top of the stable version's, from which a new version is aborted. */
  "app:slo_new_version_limit:ratio": ofObjective,
  /** Burn rate from which an alert fires, by the longer of its two windows. */
  "app:slo_burn_alert:factor": [...ofObjective, "window"],
  /** Share of the requests that each weight of a canary gives to the new version; `step` counts from 1. */
  "app:canary_weight:ratio": [...ofApp, "step"],
} as const;

type Ratio<Kind extends string> = `app:http_request_${Kind}:ratio_rate${BurnWindow}`;

function ratios<Kind extends string>(kind: Kind) {
  const names = burnWindows.map((window) => `app:http_request_${kind}:ratio_rate${window}` as const);
  return Object.fromEntries(names.map((name) => [name, ofApp])) as Record<Ratio<Kind>, typeof ofApp>;
}

/** The namespace and name of what a controller reports on; `namespace` itself is the controller's. */
const reportedOn = ["exported_namespace", "name"] as const;

/** Names of an app's analysis runs, `<app>-<pod hash>-<revision>[-<step>]`: not those of another app `<app>-api`. */
export function runsOf(app: string): string {
  return `${app}-[a-z0-9]+-[0-9]+(-.*)?`;
}

/** Metrics of other components, with the labels that our queries use. */
export const platformMetrics = {
  up: targetLabels,
  /** https://argo-rollouts.readthedocs.io/en/stable/features/controller-metrics/ */
  rollout_info: [...reportedOn, "strategy", "traffic_router", "phase"],
  rollout_info_replicas_available: reportedOn,
  rollout_info_replicas_desired: reportedOn,
  rollout_info_replicas_updated: reportedOn,
  rollout_events_total: [...reportedOn, "type", "reason"],
  analysis_run_info: [...reportedOn, "phase"],
  analysis_run_metric_phase: [...reportedOn, "metric", "type", "dry_run", "phase"],
  /** https://argo-cd.readthedocs.io/en/stable/operator-manual/metrics/ */
  argocd_app_info: [...reportedOn, "project", "dest_namespace", "sync_status", "health_status", "autosync_enabled"],
  /** https://doc.traefik.io/traefik/observability/metrics/overview/: end of a certificate's life, in Unix time. */
  traefik_tls_certs_not_after: ["cn", "sans", "serial"],
  /** https://kubernetes.github.io/ingress-nginx/user-guide/monitoring/: the same. */
  nginx_ingress_controller_ssl_expire_time_seconds: ["host", "secret_name"],
} as const;

const appMetrics = { ...metricsContract, ...runtimeMetricsContract };
type AppMetrics = typeof appMetrics;

/** What every app exposes, as Prometheus has it: a histogram is three series. */
type Series = {
  [Name in keyof AppMetrics as AppMetrics[Name]["type"] extends "histogram"
    ? `${Name}_bucket` | `${Name}_sum` | `${Name}_count`
    : Name]:
    | AppMetrics[Name]["labels"][number]
    | (typeof targetLabels)[number]
    | (AppMetrics[Name]["type"] extends "histogram" ? "le" : never)
    | (Name extends typeof infoMetric ? typeof roleLabel : never);
} & { [Name in keyof typeof platformMetrics]: (typeof platformMetrics)[Name][number] } & {
  [Name in keyof typeof recordedMetrics]: (typeof recordedMetrics)[Name][number];
};

export type MetricName = keyof Series;
/** Labels by which a metric can be selected and summed. */
export type LabelOf<Name extends MetricName> = Series[Name];
export type HistogramName = {
  [Name in keyof AppMetrics]: AppMetrics[Name]["type"] extends "histogram" ? Name : never;
}[keyof AppMetrics];

/**
 * Every series of the platform that a query may use, with its labels; an app's own metrics come beside them, by
 * `exposedSeries`. `npm run gen` fails on any other.
 */
export const knownMetrics: Record<string, readonly string[]> = {
  ...exposedSeries(appMetrics),
  ...platformMetrics,
  ...recordedMetrics,
};

/** The series that Prometheus has of an app's metrics, with their labels: a histogram is three series. */
export function exposedSeries(contract: Record<string, MetricContract>): Record<string, readonly string[]> {
  return Object.fromEntries(Object.entries(contract).flatMap(seriesOf));
}

function seriesOf([name, { type, labels }]: [string, MetricContract]): [string, readonly string[]][] {
  const all = [...labels, ...targetLabels];
  if (type !== "histogram") return [[name, name === infoMetric ? [...all, roleLabel] : all]];
  return [
    [`${name}_bucket`, [...all, "le"]],
    [`${name}_sum`, all],
    [`${name}_count`, all],
  ];
}
