import type { Values } from "../charts/ingress-nginx.ts";
import type { Environment } from "../environment.ts";
import { hasController } from "../ingress/ingress.ts";
import { serviceMonitor } from "../observability/prometheus.ts";
import { allot } from "../sizes.ts";

export function enabled(env: Environment): boolean {
  return hasController(env, "ingress-nginx");
}

/** ingress-nginx, which serves the class `nginx`. It ended upstream in March 2026: prefer traefik for new clusters. */
export function values(env: Environment): Values {
  const { replicas, resources } = allot(env.size, "ingress");
  const jobResources = allot(env.size, "sidecar").resources;
  return {
    controller: {
      // The chart adds a PodDisruptionBudget of its own as soon as there are two.
      replicaCount: replicas,
      resources,
      config: { "log-format-escape-json": "true", "log-format-upstream": accessLog },
      // Snippets are code that whoever may write an Ingress runs in the proxy.
      allowSnippetAnnotations: false,
      admissionWebhooks: {
        enabled: true,
        createSecretJob: { resources: jobResources },
        patchWebhookJob: { resources: jobResources },
      },
      metrics: { enabled: true, serviceMonitor: serviceMonitor(env) },
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: "kubernetes.io/hostname",
          whenUnsatisfiable: "ScheduleAnyway",
          labelSelector: {
            matchLabels: { "app.kubernetes.io/name": "ingress-nginx", "app.kubernetes.io/component": "controller" },
          },
        },
      ],
    },
  };
}

const accessLog = JSON.stringify({
  time: "$time_iso8601",
  client: "$remote_addr",
  host: "$host",
  method: "$request_method",
  path: "$uri",
  status: "$status",
  seconds: "$request_time",
  upstream: "$proxy_upstream_name",
  upstreamStatus: "$upstream_status",
  requestId: "$req_id",
});
