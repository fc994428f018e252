import { appOverview } from "./app-overview.ts";
import { errorAnalysis } from "./error-analysis.ts";
import { errorBudget } from "./error-budget.ts";
import { type Board, files, model, type titles } from "./frame.ts";
import { performanceTrends } from "./performance-trends.ts";
import { rolloutProgress } from "./rollout-progress.ts";

/** Grafana's dashboards, the same for every app of every environment: file name -> JSON text. */
export function dashboards(): Record<string, string> {
  return files(boards());
}

/** The same dashboards as objects: file name -> dashboard. */
export function dashboardModels(): Record<string, object> {
  return Object.fromEntries(Object.entries(boards()).map(([name, board]) => [`${name}.json`, model(board)]));
}

function boards(): Record<keyof typeof titles, Board> {
  return {
    "app-overview": appOverview(),
    "rollout-progress": rolloutProgress(),
    "error-analysis": errorAnalysis(),
    "performance-trends": performanceTrends(),
    "error-budget": errorBudget(),
  };
}
