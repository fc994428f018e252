import { randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Config } from "./config.ts";
import { Connections } from "./connections.ts";
import { addFaults } from "./faults.ts";
import { metricsContract, ordersContract, products, promClient } from "./metrics-contract.ts";
import { renderPage } from "./page.ts";
import { RequestMetrics } from "./request-metrics.ts";
import { type Role, roleFrom } from "./role.ts";
import { colourFor, createServer } from "./server.ts";
import { addSlow } from "./slow.ts";
import { continueTrace } from "./trace-context.ts";

/** The service: the app's port, the metrics' port, and whether it takes traffic. */
export interface Service {
  app: FastifyInstance;
  metrics: FastifyInstance;
  /** From now on it is not ready, and each response is the last of its connection. */
  drain(): void;
}

/** What one process holds at once: the memory of a pod is for these (values-src/sizes.ts), and its probes need a place. */
const bounds = { connections: 1000, pipelined: 16, requests: 1000 };
/** Prometheus, and whoever looks by hand. */
const metricsBounds = { connections: 50, pipelined: 4, requests: 50 };

/** Assembles the service; nothing listens yet. */
export function createService(config: Config): Service {
  const registry = new Registry();
  const role = roleFrom(config.POD_INFO);
  const connections = new Connections(bounds);
  const requests = new RequestMetrics(registry, () => connections.requests);
  let draining = false;
  const ready = () => !draining && !config.FAULT_NOT_READY;
  registerAppMetrics(registry, config, ready);

  const app = createServer(config, connections, role);
  requests.observe(app);
  app.addHook("onRequest", (request, reply, done) => {
    if (request.headers.traceparent !== undefined) joinTrace(request, reply);
    done();
  });
  // When it is answered, and not when it comes: a slow one that came before must end its connection too.
  app.addHook("onSend", (_request, reply, _payload, done) => {
    if (draining) reply.header("connection", "close");
    done();
  });
  if (config.LOG_LEVEL === "debug") logResponses(app);
  addFaults(app, config);
  addRoutes(app, config, role, requests);
  addSlow(app);
  addHealth(app, ready);
  addOrders(app, registry);

  const metrics = createServer({ ...config, LOG_LEVEL: "error" }, new Connections(metricsBounds), role);
  metrics.get("/metrics", async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()));
  return {
    app,
    metrics,
    drain: () => {
      draining = true;
    },
  };
}

/** From here on the trace is in the logs of the request, and in its response. */
function joinTrace(request: FastifyRequest, reply: FastifyReply): void {
  const trace = continueTrace(request.headers.traceparent);
  if (!trace) return;
  request.log = request.log.child({ traceId: trace.traceId });
  reply.header("traceparent", trace.traceparent);
}

function logResponses(app: FastifyInstance): void {
  app.addHook("onResponse", (request, reply, done) => {
    const { method, routeOptions } = request;
    request.log.debug({ method, route: routeOptions.url, status: reply.statusCode, ms: reply.elapsedTime }, "answered");
    done();
  });
}

function registerAppMetrics(registry: Registry, config: Config, ready: () => boolean): void {
  collectDefaultMetrics({ register: registry });
  const { app_info, app_ready } = metricsContract;
  const info = { version: config.APP_VERSION, environment: config.APP_ENVIRONMENT };
  new Gauge({ name: "app_info", help: app_info.help, labelNames: app_info.labels, registers: [registry] }).set(info, 1);
  new Gauge({
    name: "app_ready",
    help: app_ready.help,
    registers: [registry],
    collect() {
      this.set(ready() ? 1 : 0);
    },
  });
}

function addRoutes(app: FastifyInstance, config: Config, role: () => Role, requests: RequestMetrics): void {
  const version = {
    version: config.APP_VERSION,
    environment: config.APP_ENVIRONMENT,
    pod: config.POD_NAME,
    colour: colourFor(config),
  };
  const routes = [
    "/version",
    "/html",
    "/status",
    "/slow?ms=1000",
    "/orders",
    "/health",
    "/health/live",
    "/health/ready",
  ];
  app.get("/", async () => ({ service: "sample-app", version: version.version, routes }));
  app.get("/version", async () => version);
  app.get("/status", async (_request, reply) => {
    reply.header("cache-control", "no-store");
    return { ...version, role: role(), ...requests.totals() };
  });
  app.get("/html", async (_request, reply) => {
    const { html, policy } = renderPage({ ...version, role: role() }, requests.totals());
    reply.header("content-security-policy", policy);
    return reply.type("text/html; charset=utf-8").header("cache-control", "no-store").send(html);
  });
}

function addHealth(app: FastifyInstance, ready: () => boolean): void {
  const config = { exemptFromFaults: true };
  app.get("/health/live", { config }, async () => ({ status: "ok" }));
  for (const path of ["/health", "/health/ready"]) {
    app.get(path, { config }, async (_request, reply) => {
      if (ready()) return { status: "ok" };
      return reply.code(503).send({ status: "not ready" });
    });
  }
}

interface Order {
  product: (typeof products)[number];
  quantity: number;
  priceEuros: number;
}

/** Takes orders and forgets them: what is left of one is its metrics. */
function addOrders(app: FastifyInstance, registry: Registry): void {
  const { orders_total, order_value_euros } = ordersContract;
  const orders = new Counter({ name: "orders_total", ...promClient(orders_total), registers: [registry] });
  const values = new Histogram({ name: "order_value_euros", ...promClient(order_value_euros), registers: [registry] });
  const body = {
    type: "object",
    additionalProperties: false,
    required: ["product", "quantity", "priceEuros"],
    properties: {
      product: { enum: products },
      quantity: { type: "integer", minimum: 1, maximum: 100 },
      priceEuros: { type: "number", exclusiveMinimum: 0, maximum: 10_000 },
    },
  };
  app.post<{ Body: Order }>("/orders", { schema: { body } }, async (request, reply) => {
    const { product, quantity, priceEuros } = request.body;
    const valueEuros = Math.round(quantity * priceEuros * 100) / 100;
    orders.inc({ product });
    values.observe(valueEuros);
    return reply.code(201).send({ id: randomUUID(), product, quantity, valueEuros });
  });
}
