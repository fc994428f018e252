import type { Environment } from "../environment.ts";
import { appOverview } from "./dashboards/app-overview.ts";
import { errorAnalysis } from "./dashboards/error-analysis.ts";
import { errorBudget } from "./dashboards/error-budget.ts";
import { toJson } from "./dashboards/frame.ts";
import { performanceTrends } from "./dashboards/performance-trends.ts";
import { rolloutProgress } from "./dashboards/rollout-progress.ts";
import type { Slo } from "./slo.ts";

/** Grafana's dashboards, for any app of this kind: file name -> JSON. */
export function dashboards(env: Environment, slo: Slo): Record<string, string> {
  const boards = [
    appOverview(slo),
    rolloutProgress(env, slo),
    errorAnalysis(slo),
    performanceTrends(slo),
    errorBudget(slo),
  ];
  return Object.fromEntries(boards.map((board) => [`${board.name}.json`, toJson(env, board)]));
}
