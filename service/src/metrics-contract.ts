/** A metric as it is registered, and as whoever queries it may rely on it. */
export interface MetricContract {
  type: "counter" | "gauge" | "histogram";
  help: string;
  labels: readonly string[];
  /** Upper bounds of a histogram's buckets, in the metric's unit. */
  buckets?: readonly number[];
}

/** What prom-client is told of a metric beside its name, in lists that it may keep. */
export function promClient({ help, labels, buckets }: MetricContract) {
  return { help, labelNames: [...labels], ...(buckets && { buckets: [...buckets] }) };
}

const perRequest = ["method", "route", "status_code"] as const;

/**
 * What every app of the platform must export: alerts, dashboards and analyses take names and labels from here, and the
 * service registers its metrics from here. Labels are bounded: `route` is a route's template, or `unmatched`.
 */
export const metricsContract = {
  http_requests_total: { type: "counter", help: "Responses sent.", labels: perRequest },
  http_request_duration_seconds: {
    type: "histogram",
    help: "Seconds from a request's first byte to its response's last.",
    labels: perRequest,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  },
  http_requests_in_flight: { type: "gauge", help: "Requests being answered.", labels: [] },
  app_info: { type: "gauge", help: "Always 1; says what runs.", labels: ["version", "environment"] },
  app_ready: { type: "gauge", help: "1 while the process takes traffic.", labels: [] },
} as const satisfies Record<string, MetricContract>;

/** Metrics of the process, registered by prom-client's `collectDefaultMetrics`; of all of them, those to build on. */
export const runtimeMetricsContract = {
  process_cpu_seconds_total: { type: "counter", help: "CPU time, user and system.", labels: [] },
  process_resident_memory_bytes: { type: "gauge", help: "Memory in use.", labels: [] },
  process_start_time_seconds: { type: "gauge", help: "When the process started, in Unix time.", labels: [] },
  nodejs_eventloop_lag_p99_seconds: { type: "gauge", help: "99th percentile of the event loop's delay.", labels: [] },
  nodejs_heap_size_used_bytes: { type: "gauge", help: "JavaScript heap in use.", labels: [] },
} as const satisfies Record<string, MetricContract>;

/** What only this service exports. It gets a dashboard of its own. */
export const ordersContract = {
  orders_total: { type: "counter", help: "Orders taken.", labels: ["product"] },
  order_value_euros: {
    type: "histogram",
    help: "Value of an order in euros.",
    labels: [],
    buckets: [5, 10, 25, 50, 100, 250, 500, 1000, 5000],
  },
} as const satisfies Record<string, MetricContract>;

/** Products that can be ordered: what `product` can be. */
export const products = ["coffee", "tea", "cake"] as const;
