import { type Phase, type SeriesValues, traffic, up } from "./series.ts";

/** What the rules have recorded at a moment. */
export interface RecordingCase {
  when: string;
  series: SeriesValues;
  /** Time between two samples, a minute by default. */
  interval?: string;
  at: string;
  /** Metric -> values of its series by the values of the labels in which they differ, or nothing. */
  expected: Record<string, Record<string, number>>;
}

const hour: Phase = { minutes: 60, ok: 60 };
const none = {};
const one = (value: number) => ({ "": value });
const quick = { "app:http_request_slow:ratio_rate5m": one(0) };

export const recordingCases: RecordingCase[] = [
  {
    when: "a tenth fails and a fifth is slow",
    series: traffic([{ minutes: 60, ok: 42, slow: 12, failed: 6 }]),
    at: "1h",
    expected: {
      "app:http_requests:rate5m": one(1),
      "app:http_request_errors:rate5m": one(0.1),
      "app:http_request_slow:rate5m": one(0.2),
      "app:http_request_errors:ratio_rate5m": one(0.1),
      "app:http_request_slow:ratio_rate1h": one(0.2),
      "app:http_request_errors:ratio_rate3d": one(0.1),
      "route:http_request_slow:ratio_rate5m": { "/version": 0.2 },
      // 10 % of which 1 % may be, and 20 % of which 5 % may be.
      "app:error_budget_remaining:ratio": { availability: -9, latency: -3 },
    },
  },
  {
    when: "nothing has failed yet",
    series: traffic([hour]),
    at: "1h",
    expected: {
      "app:http_request_errors:rate5m": one(0),
      "app:http_request_errors:ratio_rate5m": one(0),
      "app:http_request_errors:ratio_rate3d": one(0),
      ...quick,
      "app:error_budget_remaining:ratio": { availability: 1, latency: 1 },
    },
  },
  {
    when: "it is up and nobody asks it anything",
    series: { ...up("1x60"), ...traffic([{ minutes: 60 }]) },
    at: "1h",
    expected: {
      "app:http_requests:rate5m": one(0),
      "app:http_request_errors:rate5m": one(0),
      "app:http_request_errors:ratio_rate5m": none,
      "app:http_request_slow:ratio_rate1h": none,
      "app:error_budget_remaining:ratio": none,
      "version:http_request_errors:ratio_rate1m": none,
    },
  },
  {
    when: "there is no series at all",
    series: {},
    at: "1h",
    expected: { "app:http_requests:rate5m": none, "app:http_request_errors:ratio_rate5m": none },
  },
  {
    when: "there is no series at all, and what the SLO says is there",
    series: {},
    at: "1m",
    expected: {
      "app:slo_objective:ratio": { availability: 0.99, latency: 0.95 },
      "app:slo_latency_threshold:seconds": one(0.5),
      "app:slo_window:days": one(28),
      // Five times what is allowed.
      "app:slo_new_version_limit:ratio": { availability: 0.05, latency: 0.25 },
      // A fiftieth of the budget of 28 days in an hour, and so on.
      "app:slo_burn_alert:factor": {
        "availability 1h": 13.44,
        "availability 6h": 5.6,
        "availability 1d": 2.8,
        "availability 3d": 1,
        "latency 1h": 13.44,
        "latency 6h": 5.6,
        "latency 1d": 2.8,
        "latency 3d": 1,
      },
      "app:canary_weight:ratio": { 1: 0.2, 2: 0.5 },
    },
  },
  {
    when: "it restarts and its counters start again",
    series: traffic([hour, { minutes: 4, ok: 60, restarted: true }]),
    at: "64m",
    expected: { "app:http_requests:rate5m": one(1), "app:http_request_errors:ratio_rate5m": one(0), ...quick },
  },
  {
    when: "only the kubelet asks",
    series: { 'http_requests_total{namespace="shop",job="shop",route="/health/live"}': "0+60x60" },
    at: "1h",
    expected: { "app:http_requests:rate5m": none, "version:http_requests:rate1m": none },
  },
  {
    when: "a canary fails half of what it gets",
    series: {
      ...traffic([{ minutes: 20, ok: 48 }]),
      ...traffic([{ minutes: 20, ok: 6, failed: 6 }], { pod: "b", hash: "two", version: "2.0.0" }),
    },
    interval: "15s",
    at: "5m",
    expected: {
      "app:http_request_errors:ratio_rate5m": one(0.1),
      "version:http_requests:rate1m": { one: 3.2, two: 0.8 },
      "version:http_request_errors:ratio_rate1m": { one: 0, two: 0.5 },
      "version:http_request_slow:ratio_rate1m": { one: 0, two: 0 },
    },
  },
];
