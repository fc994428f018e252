import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { Gauge, type Registry } from "prom-client";
import { metricsContract } from "./metrics-contract.ts";

const duration = metricsContract.http_request_duration_seconds;
const { buckets } = duration;
const knownMethods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** Responses of one method, route and status. */
interface Cell {
  labels: Record<(typeof duration.labels)[number], string>;
  count: number;
  sum: number;
  /** Responses by bucket, each in the first that holds it; the last are those beyond all. */
  byBucket: Float64Array;
}

/** Totals since the process started. */
export interface Totals {
  requests: number;
  /** Responses with a status of 500 and above. */
  errors: number;
}

/**
 * Counts and times every response. A response costs a look-up and three additions; the series that Prometheus reads are
 * made from that when it asks, since prom-client's own labels would cost a tenth of the throughput.
 */
export class RequestMetrics {
  readonly #cells = new Map<string, Map<number, Cell>>();

  /** `underWay` says how many requests are being answered. */
  constructor(registry: Registry, underWay: () => number) {
    const inFlight = metricsContract.http_requests_in_flight;
    registry.registerMetric(
      new Gauge({
        name: "http_requests_in_flight",
        help: inFlight.help,
        registers: [],
        collect() {
          this.set(underWay());
        },
      }),
    );
    this.#register(registry, "http_requests_total", () =>
      [...this.#all()].map(({ labels, count }) => ({ labels, value: count })),
    );
    this.#register(registry, "http_request_duration_seconds", () => [...this.#all()].flatMap(toHistogram));
  }

  /** Adds the hooks to an app, before its routes. */
  observe(app: FastifyInstance): void {
    app.addHook("onResponse", (request, reply, done) => {
      this.#count(request, reply);
      done();
    });
  }

  totals(): Totals {
    const totals = { requests: 0, errors: 0 };
    for (const { labels, count } of this.#all()) {
      totals.requests += count;
      if (labels.status_code >= "500") totals.errors += count;
    }
    return totals;
  }

  #count({ method, routeOptions }: FastifyRequest, reply: FastifyReply): void {
    const seconds = reply.elapsedTime / 1000;
    const cell = this.#cell(method, routeOptions.url, reply.statusCode);
    let bucket = 0;
    while (bucket < buckets.length && seconds > (buckets[bucket] as number)) bucket++;
    cell.count++;
    cell.sum += seconds;
    (cell.byBucket[bucket] as number)++;
  }

  #cell(method: string, route: string | undefined, status: number): Cell {
    const known = knownMethods.has(method) ? method : "other";
    const key = route === undefined ? known : known + route;
    let byStatus = this.#cells.get(key);
    if (byStatus === undefined) {
      byStatus = new Map();
      this.#cells.set(key, byStatus);
    }
    let cell = byStatus.get(status);
    if (cell === undefined) {
      const labels = { method: known, route: route ?? "unmatched", status_code: String(status) };
      cell = { labels, count: 0, sum: 0, byBucket: new Float64Array(buckets.length + 1) };
      byStatus.set(status, cell);
    }
    return cell;
  }

  *#all(): Generator<Cell> {
    for (const byStatus of this.#cells.values()) yield* byStatus.values();
  }

  /** prom-client takes any object that says its name and type and gives its samples when asked. */
  #register(registry: Registry, name: keyof typeof metricsContract, samples: () => object[]): void {
    const { help, type } = metricsContract[name];
    const metric = {
      name,
      help,
      type,
      get: async () => ({ name, help, type, aggregator: "sum", values: samples() }),
      reset() {},
    };
    registry.registerMetric(metric as unknown as Gauge);
  }
}

function toHistogram({ labels, count, sum, byBucket }: Cell): object[] {
  const name = "http_request_duration_seconds";
  let below = 0;
  const samples = buckets.map((le, index) => {
    below += byBucket[index] as number;
    return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: below };
  });
  return [
    ...samples,
    { metricName: `${name}_bucket`, labels: { le: "+Inf", ...labels }, value: count },
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ];
}
