import type { Values } from "../charts/argo-cd.ts";
import type { Manifest } from "../charts/kubernetes.ts";
import type { Environment, Size } from "../environment.ts";
import { listenerOf } from "../ingress/gateway.ts";
import { classOf, gatewayOf } from "../ingress/ingress.ts";
import { platformAlerts } from "../observability/alerts.ts";
import { prometheusOf, serviceMonitor } from "../observability/prometheus.ts";
import { platform } from "../platform.ts";
import { allot, type Component } from "../sizes.ts";

export function enabled(env: Environment): boolean {
  return env.argoCd;
}

/**
 * Applications that the controller syncs at the same time. Each sync reads the cluster's whole API anew: with Argo CD's own 10,
 * a commit that changed six apps had a small controller killed for its memory, again and again.
 */
const syncsAtOnce: Record<Size, number> = { small: 2, medium: 4, large: 10 };

/** Argo CD at `https://argocd.<domain>`. */
export function values(env: Environment): Values {
  const sidecar = allot(env.size, "sidecar");
  const className = classOf(env);
  const gateway = gatewayOf(env);
  const host = `argocd.${env.domain}`;
  const scraped = { enabled: true, serviceMonitor: serviceMonitor(env) };
  return {
    global: { domain: host, logging: { format: "json" } },
    configs: {
      cm: {
        // Labels are copied by other tools, and at a handover Helm's own instance label would look like Argo CD's.
        "application.resourceTrackingMethod": "annotation",
        // First sign-in only: Argo CD makes up the password and keeps it in the Secret argocd-initial-admin-secret.
        // Turn it off once your identity provider is connected (`oidc.config`).
        "admin.enabled": true,
        "exec.enabled": false,
        "statusbadge.enabled": false,
      },
      params: {
        // The ingress controller ends TLS and speaks plain HTTP inside the cluster.
        "server.insecure": true,
        "controller.operation.processors": syncsAtOnce[env.size],
      },
      rbac: {
        "policy.default": "role:readonly",
        "policy.csv": `g, ${platform.adminGroup}, role:admin\n`,
        scopes: "[groups]",
      },
    },
    controller: { ...sized(env, "argocdController"), metrics: scraped },
    server: {
      ...sized(env, "argocdServer"),
      metrics: scraped,
      ...(className && {
        ingress: {
          enabled: true,
          ingressClassName: className,
          // With the Secret argocd-server-tls; the ingress controller's own certificate until somebody puts one there.
          tls: true,
        },
      }),
      ...(gateway && {
        httproute: { enabled: true, hostnames: [host], parentRefs: [{ ...gateway, sectionName: listenerOf(env) }] },
      }),
    },
    repoServer: { ...sized(env, "argocdRepoServer"), metrics: scraped },
    applicationSet: { ...sized(env, "argocdApplicationSet"), metrics: scraped },
    redis: {
      resources: allot(env.size, "argocdRedis").resources,
      exporter: { enabled: env.monitoring.redisExporter, resources: sidecar.resources },
      metrics: { ...scraped, enabled: env.monitoring.redisExporter },
    },
    // The job that makes up the password of Redis.
    redisSecretInit: { resources: sidecar.resources },
    // Both idle until configured: Dex with an identity provider that has no OIDC, notifications with a receiver.
    dex: { enabled: false },
    notifications: { enabled: false },
    // Else kube-prometheus-stack brings them.
    ...(env.monitoring.prometheus === "existing" && { extraObjects: [platformRule(env)] }),
  };
}

/** The platform's own alerts. The chart takes extra objects for templates, which `{{ $labels.name }}` must survive. */
function platformRule(env: Environment): Manifest {
  const rule = {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PrometheusRule",
    metadata: { name: "platform-alerts", labels: prometheusOf(env).labels ?? {} },
    spec: { groups: platformAlerts(env) },
  };
  return JSON.parse(JSON.stringify(rule).replaceAll("{{", "{{`{{`}}"));
}

function sized(env: Environment, component: Component) {
  const { replicas, pdb, resources } = allot(env.size, component);
  return { replicas, pdb: { enabled: pdb, maxUnavailable: 1 }, resources };
}
