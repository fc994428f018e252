import type { Environment } from "../environment.ts";

/** The Prometheus that scrapes the apps. */
export interface Prometheus {
  /** As seen from Argo Rollouts. */
  address: string;
  /** Where its pods are. */
  namespace: string;
  /** Labels that its selectors want on ServiceMonitors and PrometheusRules; left out where they take every object. */
  labels?: Record<string, string>;
  /** Days that it keeps metrics. */
  retentionDays: number;
}

/** Of the release kube-prometheus-stack, which keeps metrics for as long as any SLO's window. */
const ours: Prometheus = {
  address: "http://kube-prometheus-stack-prometheus.monitoring.svc:9090",
  namespace: "monitoring",
  retentionDays: 30,
};

/** The Prometheus of an environment. */
export function prometheusOf({ monitoring }: Pick<Environment, "monitoring">): Prometheus {
  return monitoring.prometheus === "ours" ? ours : monitoring;
}

/** What turns a chart's ServiceMonitor on, as most upstream charts call it. */
export function serviceMonitor(env: Pick<Environment, "monitoring">) {
  const { labels } = prometheusOf(env);
  return { enabled: true, ...(labels && { additionalLabels: labels }) };
}
