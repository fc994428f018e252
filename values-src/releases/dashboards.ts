import type { Values } from "../charts/dashboards.ts";
import type { Environment } from "../environment.ts";
import { dashboards } from "../observability/dashboards/dashboards.ts";

export function enabled(env: Environment): boolean {
  return env.monitoring.grafana;
}

/** One set for every app of a cluster; an app's own metrics have their dashboard in its own release. */
export function values(_env: Environment): Values {
  return { dashboards: dashboards() };
}
