import { ordersContract } from "../../service/src/metrics-contract.ts";
import type { AppFacts } from "../app.ts";

export default {
  image: "example/sample-app",
  build: "./service",
  team: "platform",
  host: "app",
  slo: {
    availability: 0.99,
    latency: { percentile: 0.95, seconds: 0.5 },
    window: "28d",
    maxBurnRate: 5,
    minRequests: 50,
    onNoData: "inconclusive",
  },
  env: { LOG_LEVEL: "info" },
  tests: [
    { name: "health", path: "/health/ready" },
    { name: "version", path: "/version", contains: '"version":"{version}"' },
    {
      name: "order",
      method: "POST",
      path: "/orders",
      headers: { "content-type": "application/json" },
      body: '{"product":"coffee","quantity":1,"priceEuros":10}',
      status: 201,
    },
  ],
  metrics: ordersContract,
  environments: {
    prod: { slo: { availability: 0.999, latency: { percentile: 0.95, seconds: 0.25 } } },
  },
} satisfies AppFacts;
