import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { eventReasons } from "../../../values-src/observability/dashboards/annotations.ts";
import { platformMetrics } from "../../../values-src/observability/metrics.ts";

/**
 * Stands in for Argo Rollouts, Argo CD and the ingress controllers, which need a cluster. It exposes what metrics.ts
 * declares of them and nothing else: that a query fits the declaration is shown, not that the declaration is true.
 */
export async function startPlatformStub(): Promise<Server> {
  let scrapes = 0;
  const server = createServer((_, response) => {
    scrapes++;
    response.setHeader("content-type", "text/plain; version=0.0.4").end(exposition(scrapes));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

/** Host and port of the stub. */
export function addressOf(stub: Server): string {
  return `127.0.0.1:${(stub.address() as AddressInfo).port}`;
}

function exposition(scrapes: number): string {
  const lines = Object.entries<readonly string[]>(platformMetrics).flatMap(([name, labels]) => {
    if (name === "up") return []; // Prometheus's own.
    if (name === "rollout_events_total") {
      return Object.values(eventReasons).map((reason) => sample(name, labels, { reason }, scrapes));
    }
    return [sample(name, labels, {}, name.includes("expire") || name.includes("not_after") ? 4e9 : 1)];
  });
  return `${lines.join("\n")}\n`;
}

function sample(name: string, labels: readonly string[], own: Record<string, string>, value: number): string {
  const values: Record<string, string> = {
    // Prometheus makes `exported_namespace` of it, since the target has a namespace too.
    namespace: "shop",
    name: name.startsWith("analysis") ? "shop-bbbbbbbbbb-2" : "shop",
    phase: name.startsWith("analysis") ? "Failed" : "Progressing",
    ...own,
  };
  const exposed = labels.map((label) => (label === "exported_namespace" ? "namespace" : label));
  return `${name}{${exposed.map((label) => `${label}="${values[label] ?? label}"`).join(",")}} ${value}`;
}
