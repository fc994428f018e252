import { Query, rate, select, sum } from "../promql.ts";
import { requestRate } from "../sli.ts";
import { type Board, identify, type Section } from "./frame.ts";
import { lines, stacked, stat, withLimits } from "./graphs.ts";
import { burnSteps, high, measures, type Steps, target } from "./panels.ts";
import {
  app,
  burnRate,
  burnText,
  latency,
  latencyAtObjective,
  limits,
  range,
  slowFrom,
  threshold,
  users,
} from "./queries.ts";

/** What users get of the app, and what its processes need. */
export function appOverview(): Board {
  return {
    ...identify("app-overview"),
    text: "What users get from the app, and what its processes use.",
    from: "1h",
    refresh: "10s",
    sections: [now(), requests(), processes()],
  };
}

function now(): Section {
  const left = select("app:error_budget_remaining:ratio", { ...app, slo: "availability" });
  const answered =
    "How long requests take at the percentile that the SLO names, as a share of its threshold: above 100 % too many are slow.";
  const budgetLeft = "Error budget left of the SLO's window; below 0 the SLO is missed.";
  const slowest = new Query(`${latencyAtObjective()} / scalar(${threshold})`);
  const inFlight = sum(select("http_requests_in_flight", app));
  const ready = sum(select("app_ready", app));
  const { perSecond, factor, share, remainder, count } = measures;
  const one = (query: Query) => [target(query, "")];
  return {
    title: "Now",
    height: 4,
    panels: [
      stat("Requests", "User-facing requests answered per second.", perSecond, one(requestRate(users, range))),
      stat("Error burn rate", burnText, factor, one(burnRate("errors", "5m")), burnSteps),
      stat("Latency against the SLO", answered, share, one(slowest), redFrom(1)),
      stat("Error budget left", budgetLeft, remainder, one(left), high(0, 0.25)),
      stat("In flight", "Requests that are being answered at this moment, by all pods.", count, one(inFlight)),
      stat("Pods ready", "Pods that are ready for traffic. None: the app is down.", count, one(ready), [
        "red",
        [1, "green"],
      ]),
    ],
  };
}

function redFrom(value: number): Steps {
  return ["green", [value, "red"]];
}

function requests(): Section {
  const byStatus = requestRate(users, range, ["status_code"]);
  const errorRatio = select("app:http_request_errors:ratio_rate5m", app);
  const failed = "Share of failed requests over five minutes. Dashed: what the SLO allows, and what aborts a rollout.";
  const answered = "Seconds within which half, 95 and 99 of 100 requests are answered. Dashed: the SLO's threshold.";
  return {
    title: "Requests",
    height: 8,
    panels: [
      stacked("Requests by status", "User-facing requests per second, by status code.", measures.perSecond, [
        target(byStatus, ["status_code"]),
      ]),
      withLimits(lines("Errors", failed, measures.share, [target(errorRatio, "errors")]), limits("errors")),
      withLimits(lines("Latency", answered, measures.seconds, [0.5, 0.95, 0.99].map(latency)), slowFrom),
    ],
  };
}

function processes(): Section {
  const { count, seconds, bytes, share } = measures;
  const inFlight = [target(select("http_requests_in_flight", app), ["pod"])];
  const lag = [target(select("nodejs_eventloop_lag_p99_seconds", app), ["pod"])];
  const memory = [target(select("process_resident_memory_bytes", app), ["pod"])];
  const cpu = [target(rate(select("process_cpu_seconds_total", app), range), ["pod"])];
  const pods = [target(sum(select("up", app)), "up"), target(sum(select("app_ready", app)), "ready")];
  const late = "Delay of the event loop, 99th percentile: from 0.1 s the process is overloaded.";
  return {
    title: "Processes",
    height: 7,
    panels: [
      lines("Pods", "Pods that Prometheus scrapes, and how many of them are ready.", count, pods).span(4),
      lines(
        "In flight",
        "Requests that each pod is answering. It climbs when a pod cannot keep up.",
        count,
        inFlight,
      ).span(5),
      lines("Event loop lag", late, seconds, lag, redFrom(0.1)).span(5),
      lines("Memory", "Memory that each process holds; a pod that reaches its limit is killed.", bytes, memory).span(5),
      lines(
        "CPU",
        "Share of one core that each process uses; JavaScript can hardly use more than one.",
        share,
        cpu,
      ).span(5),
    ],
  };
}
