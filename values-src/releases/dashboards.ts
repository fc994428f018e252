import type { AppFacts } from "../app.ts";
import type { Values } from "../charts/dashboards.ts";
import type { Environment } from "../environment.ts";
import { dashboards } from "../observability/dashboards/dashboards.ts";
import { ownMetricsDashboard } from "../observability/dashboards/own-metrics.ts";

export function enabled(env: Environment): boolean {
  return env.monitoring.grafana;
}

/** One set for every app of a cluster, and one dashboard for the metrics that an app alone exports. */
export function everywhere(apps: Record<string, AppFacts>): Values {
  const own = Object.entries(apps).map(([name, { metrics = {} }]) => ownMetricsDashboard(name, metrics));
  return { dashboards: Object.assign(dashboards(), ...own) };
}
