import { type App, type AppFacts, appIn } from "../app.ts";
import type { Environment, EnvironmentFacts, ExistingMonitoring } from "../environment.ts";
import type { PaceSettings } from "../paces.ts";
import { values } from "../releases/http-service.ts";

/** Facts for tests. Those of the template are its users' to change, and no test of the product may notice. */
const facts: EnvironmentFacts = {
  domain: "example.com",
  size: "small",
  strategy: "canary",
  pace: "fast",
  owner: "helmfile",
  argoCd: true,
  argoRollouts: true,
  ingress: { controller: "traefik", tls: false },
  monitoring: {
    prometheus: "ours",
    alertmanager: true,
    grafana: true,
    kubeStateMetrics: true,
    nodeExporter: true,
    admissionWebhooks: true,
    redisExporter: true,
  },
  git: { url: "https://git.example.com/platform.git", revision: "main" },
};

const shop: AppFacts = {
  image: "example/shop",
  team: "checkout",
  slo: {
    availability: 0.99,
    latency: { percentile: 0.95, seconds: 0.5 },
    window: "28d",
    maxBurnRate: 5,
    minRequests: 50,
    onNoData: "inconclusive",
  },
};

/** A pace of seconds. The settings of `paces.ts` are its users' to change. */
export const fastPace: Partial<PaceSettings> = {
  scrapeInterval: "5s",
  weights: [20, 50],
  analysisRange: "20s",
  analysisInterval: "5s",
  analysisDelay: "25s",
  analysisCount: 6,
  analysisFailureLimit: 0,
  autoPromotionSeconds: 5,
  scaleDownDelaySeconds: 30,
};

/** A Prometheus that a cluster has already, without Grafana. */
export const existingMonitoring: ExistingMonitoring = {
  prometheus: "existing",
  address: "http://prometheus.observability.svc:9090",
  namespace: "observability",
  labels: { release: "prom" },
  retentionDays: 30,
  grafana: false,
  redisExporter: false,
};

/** An environment called `test`, small and fast, with some facts changed. */
export function environment(changes: Partial<Environment> = {}): Environment {
  return { ...facts, name: "test", ...changes };
}

/** The facts of an app, some of them changed. */
export function appFacts(changes: Partial<AppFacts> = {}): AppFacts {
  return { ...shop, ...changes };
}

/** The app `shop` with version 1.0.0 in an environment, or another app. */
export function app(env: Environment = environment(), changes: Partial<AppFacts> = {}, name = "shop"): App {
  const found = appIn(env, name, appFacts(changes), "1.0.0");
  if (!found) throw new Error(`${name} is not in ${env.name}`);
  return found;
}

/** The values of that app. */
export function appValues(...of: Parameters<typeof app>) {
  return values(app(...of));
}

/** Facts of a small world, to be changed at will. */
export interface ExampleFacts {
  env: Environment;
  apps: Record<string, AppFacts>;
}

/** Two apps, `checkout` of Argo CD and `search` of Helmfile, in an environment without a contradiction. */
export function exampleFacts(): ExampleFacts {
  const env = environment({ name: "prod", domain: "example.org", size: "medium", pace: "steady" });
  return {
    env,
    apps: {
      checkout: appFacts({ environments: { prod: { owner: "argocd" } } }),
      search: appFacts({ environments: { prod: { strategy: "rolling" } } }),
    },
  };
}
