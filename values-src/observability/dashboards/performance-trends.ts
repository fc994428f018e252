import { increase, quantile, select, sum } from "../promql.ts";
import { type Board, identify, type Section } from "./frame.ts";
import { byRole, heatmap, lines, withLimits } from "./graphs.ts";
import { buckets, measures, target } from "./panels.ts";
import { app, duration, latencyAtObjective, limits, ofVersions, promises, range, slowFrom, users } from "./queries.ts";

/** How fast the app answers, which routes and versions are slow, and how it was before. */
export function performanceTrends(): Board {
  return {
    ...identify("performance-trends"),
    text: "How fast the app answers, which routes and versions are slow, and how it was a day and a week before.",
    from: "6h",
    refresh: "1m",
    sections: [latencies(), slowness(), before()],
  };
}

function latencies(): Section {
  const { seconds } = measures;
  const durations = sum(increase(select(`${duration}_bucket`, users), range), ["le"]);
  const howMany = "Distribution of latency. Two bands mean two kinds of requests, or two versions.";
  const half = "Seconds within which half of the requests of a route are answered. Dashed: the SLO's threshold.";
  const most =
    "Seconds within which that share of a route's requests is answered which the SLO promises. Dashed: its threshold.";
  const median = [target(quantile(0.5, duration, users, range, ["route"]), ["route"])];
  const atObjective = [target(latencyAtObjective(["route"]), ["route"])];
  return {
    title: "Latency",
    height: 9,
    panels: [
      heatmap("Latency", howMany, seconds, [buckets(durations)]),
      withLimits(lines("Median by route", half, seconds, median), slowFrom),
      withLimits(lines("Latency at the objective by route", most, seconds, atObjective), slowFrom),
    ],
  };
}

function slowness(): Section {
  const { bad } = promises.slow;
  const { share } = measures;
  const all = [
    target(select("app:http_request_slow:ratio_rate5m", app), "5 minutes"),
    target(select("app:http_request_slow:ratio_rate1h", app), "1 hour"),
  ];
  const ofRoute = [target(select("route:http_request_slow:ratio_rate5m", app), ["route"])];
  const ofVersion = [ofVersions(select("version:http_request_slow:ratio_rate1m", app))];
  const whole = `Share of requests that ${bad}. Dashed: what the SLO allows, and what aborts a rollout.`;
  const where = `Share of each route's requests that ${bad}, over five minutes.`;
  const which = `Share of each version's requests that ${bad}, over a minute: of one alone it is what that one changed.`;
  return {
    title: "Slow: longer than the SLO's threshold",
    height: 8,
    panels: [
      withLimits(lines("Slow requests against the SLO", whole, share, all), limits("slow")),
      withLimits(lines("Slow requests by route", where, share, ofRoute), limits("slow")),
      withLimits(byRole(lines("Slow requests by version", which, share, ofVersion)), limits("slow")),
    ],
  };
}

const times = [["now"], ["a day before", "1d"], ["a week before", "7d"]] as const;

/** What is recorded of the app now, and was at the same time before. */
function recorded(name: "app:http_requests:rate5m" | "app:http_request_errors:ratio_rate5m") {
  return times.map(([legend, time]) => target(time ? select(name, app).before(time) : select(name, app), legend));
}

function before(): Section {
  const { perSecond, seconds, share } = measures;
  const latency = times.map(([legend, time]) => target(latencyAtObjective([], "5m", time), legend));
  const errors = recorded("app:http_request_errors:ratio_rate5m");
  const many =
    "User-facing requests per second, now and at the same time a day and a week before, if Prometheus keeps them.";
  const fast =
    "Seconds within which that share of requests is answered which the SLO promises, now and at the same time before.";
  const failed = "Share of failed requests, now and at the same time a day and a week before.";
  return {
    title: "Compared to a day and a week before",
    height: 8,
    panels: [
      lines("Requests", many, perSecond, recorded("app:http_requests:rate5m")),
      withLimits(lines("Latency at the objective", fast, seconds, latency), slowFrom),
      withLimits(lines("Errors", failed, share, errors), limits("errors")),
    ],
  };
}
