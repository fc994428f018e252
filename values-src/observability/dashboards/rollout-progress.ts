import { growth, Query, select, shareOf, sum } from "../promql.ts";
import { type Board, identify, type Section } from "./frame.ts";
import { bars, byRole, lines, type States, stacked, table, timeline, withLimits } from "./graphs.ts";
import { type Limit, measures, rows, target } from "./panels.ts";
import { analysisRuns, app, limits, ofVersions, promises, roleAndVersion, rollout, step } from "./queries.ts";

/** How the new version compares with the stable one, and what the analysis decided. */
export function rolloutProgress(): Board {
  return {
    ...identify("rollout-progress"),
    text: "How the new version compares with the stable one, and what the analysis decided.",
    from: "30m",
    refresh: "10s",
    sections: [versions(), pods(), rolloutItself(), analyses()],
  };
}

/** The weights of a canary's steps; other rollouts have none. */
const weights: Limit[] = [
  { query: select("app:canary_weight:ratio", app), legend: "weight of step {{step}}", colour: "blue" },
];

function versions(): Section {
  const { part, share } = measures;
  const requests = shareOf(select("version:http_requests:rate1m", app), ["namespace", "job"]);
  const weight = "Share of the requests by version. Dashed: the weights of a canary's steps.";
  const dashed = "Dashed: what the SLO allows, and by how much a new version may exceed the stable one.";
  const failed = `Share of failed requests by version, over a minute. ${dashed}`;
  const late = `Share of requests by version that ${promises.slow.bad}, over a minute. ${dashed}`;
  const errorRatio = ofVersions(select("version:http_request_errors:ratio_rate1m", app));
  const slowRatio = ofVersions(select("version:http_request_slow:ratio_rate1m", app));
  return {
    title: "Versions",
    height: 9,
    panels: [
      withLimits(byRole(lines("Share of the requests", weight, part, [ofVersions(requests)])), weights),
      withLimits(byRole(lines("Errors", failed, share, [errorRatio])), limits("errors")),
      withLimits(byRole(lines("Slow requests", late, share, [slowRatio])), limits("slow")),
    ],
  };
}

function pods(): Section {
  const running = [target(sum(select("app_info", app), roleAndVersion), roleAndVersion)];
  const replicas = (["desired", "updated", "available"] as const).map((kind) =>
    target(sum(select(`rollout_info_replicas_${kind}`, rollout)), kind),
  );
  const { count } = measures;
  const what = "Running pods, by version and its current role.";
  const wanted = "Pods that the rollout wants, pods of the new version, and available pods. None: it is a Deployment.";
  return {
    title: "Pods",
    height: 8,
    panels: [
      byRole(stacked("Pods by role and version", what, count, running)),
      lines("Replicas", wanted, count, replicas),
    ],
  };
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
