import type { Environment } from "../../environment.ts";
import type { Slo } from "../../slo.ts";
import { appOverview } from "./app-overview.ts";
import { errorAnalysis } from "./error-analysis.ts";
import { errorBudget } from "./error-budget.ts";
import { model } from "./frame.ts";
import { performanceTrends } from "./performance-trends.ts";
import { rolloutProgress } from "./rollout-progress.ts";

/** Grafana's dashboards, for any app of this kind: file name -> JSON text. */
export function dashboards(env: Environment, slo: Slo): Record<string, string> {
  const models = Object.entries(dashboardModels(env, slo));
  return Object.fromEntries(models.map(([file, dashboard]) => [file, `${JSON.stringify(dashboard, null, 1)}\n`]));
}

/** The same dashboards as objects: file name -> dashboard. */
export function dashboardModels(env: Environment, slo: Slo): Record<string, object> {
  const boards = [
    appOverview(slo),
    rolloutProgress(env, slo),
    errorAnalysis(slo),
    performanceTrends(slo),
    errorBudget(slo),
  ];
  return Object.fromEntries(boards.map((board) => [`${board.name}.json`, model(env, board)]));
}
