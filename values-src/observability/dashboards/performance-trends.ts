import type { Slo } from "../../slo.ts";
import { increase, quantile, ratio, select, sum } from "../promql.ts";
import { requestRate, slowRate } from "../sli.ts";
import type { Board, Section } from "./frame.ts";
import { byRole, heatmap, lines } from "./graphs.ts";
import { buckets, measures, type Steps, target } from "./panels.ts";
import { app, duration, ofVersions, promises, range, users } from "./queries.ts";

/** How fast the app answers, which routes and versions are slow, and how it was before. */
export function performanceTrends(slo: Slo): Board {
  return {
    name: "performance-trends",
    text: "How fast the app answers, which routes and versions are slow, and how it was a day and a week before.",
    from: "6h",
    refresh: "1m",
    sections: [latencies(slo), slowness(slo), before(slo)],
  };
}

function latencies({ latency: { percentile, seconds } }: Slo): Section {
  const durations = sum(increase(select(`${duration}_bucket`, users), range), ["le"]);
  const howMany = "Distribution of latency. Two bands mean two kinds of requests, or two versions.";
  const steps: Steps = ["green", [seconds, "red"]];
  const byRoute = (q: number) =>
    lines(
      `p${100 * q} by route`,
      `Seconds within which ${100 * q} of 100 requests of a route are answered; the line is the SLO's ${seconds} s.`,
      measures.seconds,
      [target(quantile(q, duration, users, range, ["route"]), ["route"])],
      steps,
    );
  return {
    title: "Latency",
    height: 9,
    panels: [heatmap("Latency", howMany, measures.seconds, [buckets(durations)]), byRoute(0.5), byRoute(percentile)],
  };
}

function slowness(slo: Slo): Section {
  const { slow } = promises(slo);
  const { share } = measures;
  const { seconds } = slo.latency;
  const all = [
    target(select("app:http_request_slow:ratio_rate5m", app), "5 minutes"),
    target(select("app:http_request_slow:ratio_rate1h", app), "1 hour"),
  ];
  const ofRoute = ratio(slowRate(users, seconds, range, ["route"]), requestRate(users, range, ["route"]));
  const ofVersion = ofVersions(select("version:http_request_slow:ratio_rate1m", app));
  const whole = `Share of requests that ${slow.bad}. ${slow.allows}.`;
  const where = `Share of each route's requests that ${slow.bad}.`;
  const which = `Share of each version's requests that ${slow.bad}, over a minute: of one alone it is what that one changed.`;
  return {
    title: `Slow: more than ${seconds} s`,
    height: 8,
    panels: [
      lines("Slow requests against the SLO", whole, share, all, slow.steps),
      lines("Slow requests by route", where, share, [target(ofRoute, ["route"])], slow.steps),
      byRole(lines("Slow requests by version", which, share, [ofVersion], slow.steps)),
    ],
  };
}

const times = [["now"], ["a day before", "1d"], ["a week before", "7d"]] as const;

/** What is recorded of the app now, and was at the same time before. */
function recorded(name: "app:http_requests:rate5m" | "app:http_request_errors:ratio_rate5m") {
  return times.map(([legend, time]) => target(time ? select(name, app).before(time) : select(name, app), legend));
}

function before(slo: Slo): Section {
  const { errors } = promises(slo);
  const { percentile: q, seconds } = slo.latency;
  const latency = times.map(([legend, time]) => target(quantile(q, duration, users, "5m", [], time), legend));
  const many =
    "User-facing requests per second, now and at the same time a day and a week before, if Prometheus keeps them.";
  const fast = `Seconds within which ${100 * q} of 100 requests are answered, now and at the same time before.`;
  const failed = "Share of failed requests, now and at the same time a day and a week before.";
  return {
    title: "Compared to a day and a week before",
    height: 8,
    panels: [
      lines("Requests", many, measures.perSecond, recorded("app:http_requests:rate5m")),
      lines(`Latency p${100 * q}`, fast, measures.seconds, latency, ["green", [seconds, "red"]]),
      lines("Errors", failed, measures.share, recorded("app:http_request_errors:ratio_rate5m"), errors.steps),
    ],
  };
}
