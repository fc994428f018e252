import type { Values } from "../charts/kube-prometheus-stack.ts";
import type { Environment, OwnMonitoring, Size } from "../environment.ts";
import { platformAlerts } from "../observability/alerts.ts";
import { grafana } from "../observability/grafana.ts";
import { inhibitions } from "../observability/inhibitions.ts";
import { prometheusOf } from "../observability/prometheus.ts";
import { allot } from "../sizes.ts";

/** Disk of Prometheus in GiB. None: an emptyDir of the node's, so that a small cluster needs no storage class. */
const disks: Record<Size, number | undefined> = { small: undefined, medium: 50, large: 200 };

export function enabled(env: Environment): boolean {
  return env.monitoring.prometheus === "ours";
}

/** Prometheus and its operator, plus what the environment's facts ask for. */
export function values(env: Environment): Values {
  const monitoring = env.monitoring as OwnMonitoring;
  const reloader = allot(env.size, "sidecar").resources;
  return {
    crds: { enabled: true },
    // Nearly all of them read kube-state-metrics; without it they would only cost evaluations.
    defaultRules: { create: monitoring.kubeStateMetrics },
    prometheusOperator: {
      resources: allot(env.size, "prometheusOperator").resources,
      prometheusConfigReloader: { resources: reloader },
      // The operator's certificate is made by the job that also serves the webhooks.
      admissionWebhooks: { enabled: monitoring.admissionWebhooks, patch: { resources: reloader } },
      tls: { enabled: monitoring.admissionWebhooks },
    },
    additionalPrometheusRulesMap: { platform: { groups: platformAlerts(env) } },
    prometheus: prometheus(env),
    alertmanager: alertmanager(env, monitoring),
    grafana: grafana(env),
    kubeStateMetrics: { enabled: monitoring.kubeStateMetrics },
    "kube-state-metrics": { resources: allot(env.size, "kubeStateMetrics").resources },
    nodeExporter: { enabled: monitoring.nodeExporter },
    "prometheus-node-exporter": { resources: allot(env.size, "nodeExporter").resources },
    // Managed clusters do not show them and kubeadm binds them to localhost: targets that are down for ever, and
    // alerts that are ignored for it.
    kubeControllerManager: { enabled: false },
    kubeScheduler: { enabled: false },
    kubeEtcd: { enabled: false },
    kubeProxy: { enabled: false },
  };
}

function prometheus(env: Environment): NonNullable<Values["prometheus"]> {
  const { replicas, pdb, resources } = allot(env.size, "prometheus");
  const disk = disks[env.size];
  return {
    podDisruptionBudget: { enabled: pdb },
    prometheusSpec: {
      replicas,
      resources,
      retention: `${prometheusOf(env).retentionDays}d`,
      // Smaller than the disk: Prometheus stops ingesting when the disk is full.
      retentionSize: `${Math.floor((disk ?? 10) * 0.85)}GiB`,
      ...(disk && { storageSpec: claim(disk) }),
      // Every object of the cluster, not only those with this release's label: a ServiceMonitor of another release
      // would be silently ignored.
      serviceMonitorSelectorNilUsesHelmValues: false,
      podMonitorSelectorNilUsesHelmValues: false,
      ruleSelectorNilUsesHelmValues: false,
      probeSelectorNilUsesHelmValues: false,
      scrapeConfigSelectorNilUsesHelmValues: false,
    },
  };
}

function claim(gib: number) {
  const resources = { requests: { storage: `${gib}Gi` } };
  return { volumeClaimTemplate: { spec: { accessModes: ["ReadWriteOnce" as const], resources } } };
}

function alertmanager(env: Environment, { alertmanager: enabled }: OwnMonitoring): NonNullable<Values["alertmanager"]> {
  const { replicas, pdb, resources } = allot(env.size, "alertmanager");
  return {
    enabled,
    podDisruptionBudget: { enabled: pdb },
    // One notification for what belongs together. Where it goes is yours to say: receivers, and the route to them.
    config: { inhibit_rules: inhibitions, route: { group_by: ["namespace", "app"] } },
    alertmanagerSpec: { replicas, resources },
  };
}
