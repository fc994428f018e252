import { select } from "../promql.ts";

/** Series of a promtool test: selector -> values, in promtool's notation. */
export type SeriesValues = Record<string, string>;

/** Some minutes of an app's life, with what happens in each of them. */
export interface Phase {
  minutes: number;
  /** Requests a minute that are answered in time. */
  ok?: number;
  /** Requests a minute that fail, in time. */
  failed?: number;
  /** Requests a minute that are answered too late. */
  slow?: number;
  /** The process starts again before the phase: its counters are at 0. */
  restarted?: boolean;
  /** The pod is gone: so are its series. */
  gone?: boolean;
}

interface Pod {
  pod?: string;
  hash?: string;
  version?: string;
  /** Bound of the histogram's buckets that is still in time. */
  seconds?: number;
}

/** What a pod of the app exposes, once a minute. The series of errors is not there before the first one. */
export function traffic(phases: Phase[], { pod = "a", hash = "one", version = "1.0.0", seconds = 0.5 }: Pod = {}) {
  const target = {
    namespace: "shop",
    job: "shop",
    pod,
    app_kubernetes_io_version: version,
    rollouts_pod_template_hash: hash,
    method: "GET",
    route: "/version",
  };
  const answered = { ...target, status_code: "200" };
  const failed = { ...target, status_code: "500" };
  const series = [
    [select("http_requests_total", answered), counter(phases, ({ ok = 0, slow = 0 }) => ok + slow)],
    [select("http_request_duration_seconds_count", answered), counter(phases, ({ ok = 0, slow = 0 }) => ok + slow)],
    [select("http_request_duration_seconds_bucket", { ...answered, le: `${seconds}` }), counter(phases, (p) => p.ok)],
    ...(phases.some((phase) => phase.failed)
      ? [
          [select("http_requests_total", failed), counter(phases, (p) => p.failed, "late")],
          [select("http_request_duration_seconds_count", failed), counter(phases, (p) => p.failed, "late")],
          [
            select("http_request_duration_seconds_bucket", { ...failed, le: `${seconds}` }),
            counter(phases, (p) => p.failed, "late"),
          ],
        ]
      : []),
  ] as const;
  return Object.fromEntries(series.map(([selector, values]) => [`${selector}`, values])) as SeriesValues;
}

/** A sample before the first phase and one for each minute; `late`: none before the first increment. */
function counter(phases: Phase[], increment: (phase: Phase) => number | undefined, late?: "late"): string {
  const first = phases.findIndex((phase) => increment(phase));
  let value = 0;
  const parts = phases.map((phase, index) => {
    if (phase.gone) return `stale _x${phase.minutes - 1}`;
    if (late && index < first) return `_x${phase.minutes}`;
    const step = increment(phase) ?? 0;
    if (phase.restarted) value = 0;
    const from = value + step;
    value += step * phase.minutes;
    return `${from}+${step}x${phase.minutes - 1}`;
  });
  return [late && first > 0 ? "_" : "0", ...parts].join(" ");
}

/** `up` of a pod: 1 or 0, so many minutes each. */
export function up(values: string, pod = "a"): SeriesValues {
  return { [`${select("up", { namespace: "shop", job: "shop", pod })}`]: values };
}
