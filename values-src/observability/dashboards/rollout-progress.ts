import type { Environment } from "../../environment.ts";
import type { Slo } from "../../slo.ts";
import { canary } from "../../strategies/canary.ts";
import { growth, Query, select, shareOf, sum } from "../promql.ts";
import type { Board, Section } from "./frame.ts";
import { bars, byRole, lines, type States, stacked, table, timeline } from "./graphs.ts";
import { measures, rows, type Steps, target } from "./panels.ts";
import { analysisRuns, app, ofVersions, promises, roleAndVersion, rollout, step } from "./queries.ts";

/** How the new version compares with the stable one, and what the analysis decided. */
export function rolloutProgress(env: Environment, slo: Slo): Board {
  return {
    name: "rollout-progress",
    text: "How the new version compares with the stable one, and what the analysis decided.",
    from: "30m",
    refresh: "10s",
    sections: [versions(env, slo), pods(env), ...(env.strategy === "rolling" ? [] : [rolloutItself(), analyses()])],
  };
}

function versions(env: Environment, slo: Slo): Section {
  const { errors, slow } = promises(slo);
  const share = shareOf(select("version:http_requests:rate1m", app), ["namespace", "job"]);
  const steps = weights(env);
  const weight = `Share of the requests by version${steps ? "; the lines are the weights of the canary's steps" : ""}.`;
  const failed = `Share of failed requests by version, over a minute. ${errors.allows} above the stable version.`;
  const late = `Share of requests by version that ${slow.bad}, over a minute. ${slow.allows} above the stable version.`;
  const errorRatio = ofVersions(select("version:http_request_errors:ratio_rate1m", app));
  const slowRatio = ofVersions(select("version:http_request_slow:ratio_rate1m", app));
  return {
    title: "Versions",
    height: 9,
    panels: [
      byRole(lines("Share of the requests", weight, measures.part, [ofVersions(share)], steps)),
      byRole(lines("Errors", failed, measures.share, [errorRatio], errors.steps)),
      byRole(lines("Slow requests", late, measures.share, [slowRatio], slow.steps)),
    ],
  };
}

/** The weights of the canary's steps, in order. */
function weights(env: Environment): Steps | undefined {
  if (env.strategy !== "canary") return undefined;
  const shares = canary(env).steps.flatMap(({ setWeight }) => (setWeight ? [setWeight / 100] : []));
  return ["green", ...shares.map((share): [number, string] => [share, "blue"])];
}

function pods(env: Environment): Section {
  const running = [target(sum(select("app_info", app), roleAndVersion), roleAndVersion)];
  const replicas = (["desired", "updated", "available"] as const).map((kind) =>
    target(sum(select(`rollout_info_replicas_${kind}`, rollout)), kind),
  );
  const { count } = measures;
  const what = "Running pods, by version and its current role.";
  const wanted = "Pods that the rollout wants, pods of the new version, and available pods.";
  const byVersion = byRole(stacked("Pods by role and version", what, count, running));
  const ofRollout = env.strategy === "rolling" ? [] : [lines("Replicas", wanted, count, replicas)];
  return { title: "Pods", height: 8, panels: [byVersion, ...ofRollout] };
}

const phases: States = { Healthy: "green", Progressing: "blue", Paused: "yellow", Degraded: "red" };
const results: States = {
  Pending: "gray",
  Running: "blue",
  Successful: "green",
  Inconclusive: "yellow",
  Failed: "red",
  Error: "purple",
};

/** The number of the state that each series is in. */
function stateOf<Label extends string>(states: States, inState: (state: string) => Query<Label>): Query<Label> {
  return new Query(
    Object.keys(states)
      .map((state, index) => inState(state).times(index + 1))
      .join(" or "),
  );
}

function rolloutItself(): Section {
  const phase = stateOf(phases, (phase) => sum(select("rollout_info", { ...rollout, phase }), ["name"]));
  const events = growth(select("rollout_events_total", rollout), step, ["reason"]);
  const where =
    "Phase of the rollout. Paused: it waits for time or for a promotion. Degraded: aborted, the stable version serves.";
  const did = "Events of Argo Rollouts by reason: a step, a pause, an abort, a completion.";
  return {
    title: "Rollout",
    height: 7,
    panels: [
      timeline(phases, "Phase", where, measures.state, [target(phase, ["name"])]),
      bars("Events", did, measures.count, [target(events, ["reason"])]),
    ],
  };
}

function analyses(): Section {
  const phase = stateOf(results, (phase) => sum(select("analysis_run_info", { ...analysisRuns, phase }), ["name"]));
  const metrics = sum(select("analysis_run_metric_phase", analysisRuns), ["name", "metric", "phase"]).above(0);
  const came = "Result of each analysis. Failed or Error aborts the rollout.";
  const each = "Result of each metric of an analysis. Inconclusive: too few requests to judge.";
  const columns = { name: "Analysis", metric: "Metric", phase: "Phase" };
  return {
    title: "Analysis",
    height: 8,
    panels: [
      timeline(results, "Analysis runs", came, measures.state, [target(phase, ["name"])]),
      table(columns, "Analysis metrics", each, measures.state, [rows(metrics)]),
    ],
  };
}
