import { increase, matches, ratio, select, sum } from "../promql.ts";
import { errorRate, type RequestLabel, requestRate } from "../sli.ts";
import { type Board, identify, type Section } from "./frame.ts";
import { byRole, lines, stacked, stat, table, withLimits } from "./graphs.ts";
import { burnSteps, measures, rows, target, total } from "./panels.ts";
import { app, burnRate, burnText, limits, ofVersions, range, users } from "./queries.ts";

/** Which requests fail, how, and in which version. */
export function errorAnalysis(): Board {
  return {
    ...identify("error-analysis"),
    text: "Which requests fail, how, and in which version.",
    from: "3h",
    refresh: "30s",
    sections: [againstSlo(), parts(), list()],
  };
}

/** User-facing requests that failed in the dashboard's time range. */
const failures = increase(select("http_requests_total", { ...users, status_code: matches("5..") }), "$__range");

function againstSlo(): Section {
  const fiveMinutes = target(select("app:http_request_errors:ratio_rate5m", app), "5 minutes");
  const hour = target(select("app:http_request_errors:ratio_rate1h", app), "1 hour");
  const number = "User-facing requests that failed in the time range.";
  const course =
    "Share of failed requests. Above the orange line the error budget will not last its window; above the red line " +
    "a rollout is aborted.";
  return {
    title: "Against the SLO",
    height: 7,
    panels: [
      stat("Error burn rate", burnText, measures.factor, [target(burnRate("errors", "5m"), "")], burnSteps).span(4),
      stat("Failures", number, measures.count, [total(sum(failures))]).span(4),
      withLimits(lines("Errors against the SLO", course, measures.share, [fiveMinutes, hour]), limits("errors")).span(
        16,
      ),
    ],
  };
}

function parts(): Section {
  const { share, perSecond } = measures;
  const ofRoute = ratio(errorRate(users, range, ["route"]), requestRate(users, range, ["route"]));
  const refused = requestRate({ ...users, status_code: matches("[45]..") }, range, ["status_code"]);
  const ofVersion = ofVersions(select("version:http_request_errors:ratio_rate1m", app));
  const where =
    "Share of failed requests by route. One route high: that route is broken. All high: something they share is.";
  const how = "Requests per second that failed (5xx) or were refused (4xx); only the former count against the SLO.";
  const which = "Share of failed requests by version, over a minute. One version high: its change is the cause.";
  return {
    title: "By route, status and version",
    height: 9,
    panels: [
      withLimits(lines("Errors by route", where, share, [target(ofRoute, ["route"])]), limits("errors")),
      stacked("Errors by status", how, perSecond, [target(refused, ["status_code"])]),
      withLimits(byRole(lines("Errors by version", which, share, [ofVersion])), limits("errors")),
    ],
  };
}

function list(): Section {
  const labels = ["method", "route", "status_code", "app_kubernetes_io_version"] as const satisfies RequestLabel[];
  const titles: Record<(typeof labels)[number] | "Value", string> = {
    method: "Method",
    route: "Route",
    status_code: "Status",
    app_kubernetes_io_version: "Version",
    Value: "Failures",
  };
  const what = "Failed requests in the time range, by route and version.";
  return {
    title: "What failed",
    height: 9,
    panels: [table(titles, "Failures by request", what, measures.count, [rows(sum(failures, labels).above(0))])],
  };
}
