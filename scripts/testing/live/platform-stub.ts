import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { eventReasons } from "../../../values-src/observability/dashboards/annotations.ts";
import { platformMetrics } from "../../../values-src/observability/metrics.ts";
import { apps } from "./scenarios.ts";

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
      return apps.flatMap((app) =>
        Object.values(eventReasons).map((reason) => sample(name, labels, { ...of(app, name), reason }, scrapes)),
      );
    }
    const value = name.includes("expire") || name.includes("not_after") ? 4e9 : 1;
    return apps.map((app) => sample(name, labels, of(app, name), value));
  });
  // What is of no app is the same for each.
  return `${[...new Set(lines)].join("\n")}\n`;
}

/** An app by the labels that controllers give it; of an analysis, its run. */
function of(app: string, metric: string): Record<string, string> {
  return { namespace: app, name: metric.startsWith("analysis") ? `${app}-bbbbbbbbbb-2` : app };
}

function sample(name: string, labels: readonly string[], own: Record<string, string>, value: number): string {
  const values: Record<string, string> = {
    phase: name.startsWith("analysis") ? "Failed" : "Progressing",
    ...own,
  };
  // Prometheus makes `exported_namespace` of it, since the target has a namespace too.
  const exposed = labels.map((label) => (label === "exported_namespace" ? "namespace" : label));
  return `${name}{${exposed.map((label) => `${label}="${values[label] ?? label}"`).join(",")}} ${value}`;
}
