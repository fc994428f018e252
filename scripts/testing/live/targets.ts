import { readFileSync } from "node:fs";
import { parse } from "yaml";
import type { RunningService } from "../../../service/test/running-service.ts";
import type { Values } from "../../../values-src/charts/http-service.ts";
import { type ProcessName, type Scenario, scenarios } from "./scenarios.ts";

/** Hashes of the versions: what the analysis is given as `args.latest` and `args.stable`. */
export const hashes = { latest: "bbbbbbbbbb", stable: "aaaaaaaaaa" } as const;
const versions = { latest: "2.0.0", stable: "1.0.0" };
const roles = { latest: "canary", stable: "stable" };

/** Prometheus's configuration: the pods of all scenarios, and the controllers, for which a stub stands in. */
export function scrapeConfig(services: Record<ProcessName, RunningService>, stub: string, { metrics }: Values) {
  const configs = Object.values<Scenario>(scenarios).flatMap((scenario) =>
    (["stable", "latest"] as const).flatMap((which) =>
      scenario[which].map((name, index) => {
        // Port 9 is nobody's, and is refused at once.
        const target = name === "gone" ? "127.0.0.1:9" : new URL(services[name].metricsUrl).host;
        return { targets: [target], labels: { ...podLabels(scenario, which), pod: `${which}-${index}` } };
      }),
    ),
  );
  return {
    // Instead of the environment's: a rate needs two scrapes, and nobody waits for those.
    global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" },
    scrape_configs: [
      { job_name: "pods", static_configs: configs, metric_relabel_configs: relabelling(metrics) },
      { job_name: "controllers", static_configs: [{ targets: [stub], labels: { namespace: "argo-rollouts" } }] },
    ],
  };
}

/** What the operator makes of the chart's ServiceMonitor. `role` is a label of the pod until it is relabelled. */
function podLabels({ app = "shop", namespace }: Scenario, which: "stable" | "latest") {
  return {
    namespace,
    job: app,
    service: `${app}-metrics`,
    container: "app",
    endpoint: "metrics",
    app_kubernetes_io_version: versions[which],
    rollouts_pod_template_hash: hashes[which],
    role: roles[which],
  };
}

/** The chart's own metric relabelling, as Prometheus spells it. */
function relabelling(metrics: Values["metrics"]) {
  const file = new URL("../../../service/chart/templates/service-monitor.yaml", import.meta.url);
  const [, list = ""] = readFileSync(file, "utf8").split("metricRelabelings:\n");
  const text = list.replace(/\{\{ \.Values\.metrics\.(\w+) \}\}/g, (_, key) =>
    String(metrics[key as keyof typeof metrics]),
  );
  const configs: Record<string, unknown>[] = parse(text);
  const snake = (key: string) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return configs.map((config) => Object.fromEntries(Object.entries(config).map(([key, value]) => [snake(key), value])));
}
