import type { EnvironmentFacts } from "../environment.ts";
import { platform } from "../platform.ts";

export default {
  domain: "example.com",
  size: "large",
  strategy: "canary",
  pace: "steady",
  ingress: { controller: "traefik", tls: true },
  slo: { availability: 0.999, latency: { percentile: 0.95, seconds: 0.25 } },
  app: { owner: "argocd" },
  monitoring: {
    alertmanager: true,
    grafana: true,
    kubeStateMetrics: true,
    nodeExporter: true,
    admissionWebhooks: true,
    redisExporter: true,
  },
  git: { url: platform.gitUrl, revision: "main" },
} satisfies EnvironmentFacts;
