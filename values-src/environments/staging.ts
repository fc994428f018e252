import type { EnvironmentFacts } from "../environment.ts";
import { platform } from "../platform.ts";

export default {
  domain: "staging.example.com",
  size: "medium",
  strategy: "blueGreen",
  pace: "steady",
  ingress: { controller: "nginx", tls: true },
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
