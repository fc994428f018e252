import type { EnvironmentFacts } from "../environment.ts";
import { platform } from "../platform.ts";

export default {
  domain: "ci.example.com",
  size: "small",
  strategy: "canary",
  pace: "fast",
  owner: "helmfile",
  argoCd: true,
  argoRollouts: true,
  ingress: { controller: "traefik", tls: false },
  monitoring: {
    prometheus: "ours",
    alertmanager: false,
    grafana: false,
    kubeStateMetrics: false,
    nodeExporter: false,
    admissionWebhooks: false,
    redisExporter: false,
  },
  git: { url: platform.gitUrl, revision: "main" },
} satisfies EnvironmentFacts;
