import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyInstance } from "fastify";
import type { Config } from "./config.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Whether the faults leave the route alone: a probe that fails would end the pod before anybody sees the fault. */
    exemptFromFaults?: boolean;
  }
}

/** Makes the app misbehave as its configuration asks. Without a fault it adds nothing. */
export function addFaults(app: FastifyInstance, config: Config): void {
  const { FAULT_ERROR_RATE: errorRate, FAULT_LATENCY_MS: latency, FAULT_CRASH_AFTER_REQUESTS: crashAfter } = config;
  if (errorRate === 0 && latency === 0 && crashAfter === 0) return;
  let requests = 0;
  app.addHook("preHandler", async ({ routeOptions, log }) => {
    if (routeOptions.config.exemptFromFaults) return;
    requests++;
    if (crashAfter > 0 && requests > crashAfter) {
      log.fatal({ requests }, "crashing, as FAULT_CRASH_AFTER_REQUESTS asks");
      process.exit(1);
    }
    if (latency > 0) await sleep(latency);
    if (Math.random() < errorRate) throw new Error("failing, as FAULT_ERROR_RATE asks");
  });
}
