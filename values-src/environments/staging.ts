import type { EnvironmentFacts } from "../environment.ts";
import { platform } from "../platform.ts";

export default {
  domain: "staging.example.com",
  size: "medium",
  strategy: "blueGreen",
  pace: "steady",
  owner: "argocd",
  argoCd: true,
  argoRollouts: true,
  ingress: { controller: "traefik", tls: true },
  monitoring: {
    prometheus: "ours",
    alertmanager: true,
    grafana: true,
    kubeStateMetrics: true,
    nodeExporter: true,
    admissionWebhooks: true,
    redisExporter: true,
  },
  git: { url: platform.gitUrl, revision: "main" },
} satisfies EnvironmentFacts;
