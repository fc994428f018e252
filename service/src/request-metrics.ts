import type { FastifyInstance } from "fastify";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { metricsContract, promClient } from "./metrics-contract.ts";

const knownMethods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** Totals since the process started. */
export interface Totals {
  requests: number;
  /** Responses with a status of 500 and above. */
  errors: number;
}

/** Counts and times every response. */
export class RequestMetrics {
  readonly #responses: Counter;
  readonly #durations: Histogram;
  readonly #totals: Totals = { requests: 0, errors: 0 };

  /** `underWay` says how many requests are being answered. */
  constructor(registry: Registry, underWay: () => number) {
    const { http_requests_in_flight, http_requests_total, http_request_duration_seconds } = metricsContract;
    new Gauge({
      name: "http_requests_in_flight",
      ...promClient(http_requests_in_flight),
      registers: [registry],
      collect() {
        this.set(underWay());
      },
    });
    this.#responses = new Counter({
      name: "http_requests_total",
      ...promClient(http_requests_total),
      registers: [registry],
    });
    this.#durations = new Histogram({
      name: "http_request_duration_seconds",
      ...promClient(http_request_duration_seconds),
      registers: [registry],
    });
  }

  /** Adds the hook to an app, before its routes. */
  observe(app: FastifyInstance): void {
    app.addHook("onResponse", ({ method, routeOptions }, { elapsedTime, statusCode }, done) => {
      const labels = {
        method: knownMethods.has(method) ? method : "other",
        route: routeOptions.url ?? "unmatched",
        status_code: String(statusCode),
      };
      this.#responses.inc(labels);
      this.#durations.observe(labels, elapsedTime / 1000);
      this.#totals.requests++;
      if (statusCode >= 500) this.#totals.errors++;
      done();
    });
  }

  totals(): Totals {
    return this.#totals;
  }
}
