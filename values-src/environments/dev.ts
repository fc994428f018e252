import type { EnvironmentFacts } from "../environment.ts";
import { platform } from "../platform.ts";

export default {
  domain: "dev.example.com",
  size: "small",
  strategy: "rolling",
  pace: "steady",
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
  git: { url: platform.gitUrl, revision: "main" },
} satisfies EnvironmentFacts;
