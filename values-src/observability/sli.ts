import type { LabelOf } from "./metrics.ts";
import { differs, type Match, matches, type Query, rate, select, sum } from "./promql.ts";

/** Labels that the request counter and the latency histogram have in common. */
export type RequestLabel = LabelOf<"http_requests_total">;
export type RequestMatch = Match<RequestLabel>;

/** Routes that are asked by probes alone, as a regular expression. */
export const probeRoutes = "/(health|livez|readyz).*";

/** Selects user-facing requests: without the kubelet's probes, by the usual names of their paths. */
export const ofUsers = { route: differs(probeRoutes) } as const satisfies RequestMatch;

/** Requests per second. */
export function requestRate<By extends RequestLabel = never>(match: RequestMatch, range: string, by?: readonly By[]) {
  return sum<RequestLabel, By>(rate(select("http_requests_total", match), range), by);
}

/** Requests per second that the service failed; no series before the first one. */
export function errorRate<By extends RequestLabel = never>(match: RequestMatch, range: string, by?: readonly By[]) {
  const errors = select("http_requests_total", { ...match, status_code: matches("5..") });
  return sum<RequestLabel, By>(rate(errors, range), by);
}

/** Requests per second that took longer than some seconds, which must be a bound of the histogram's buckets. */
export function slowRate<By extends RequestLabel = never>(
  match: RequestMatch,
  seconds: number,
  range: string,
  by?: readonly By[],
): Query<By> {
  const all = rate(select("http_request_duration_seconds_count", match), range);
  // Prometheus 3 keeps the bound 1 as "1.0", and 2 as "1".
  const le = Number.isInteger(seconds) ? [`${seconds}`, `${seconds}.0`] : `${seconds}`;
  const within = rate(select("http_request_duration_seconds_bucket", { ...match, le }), range);
  return sum<RequestLabel | "le", By>(all, by).minus(sum<RequestLabel | "le", By>(within, by));
}
