import type { Values } from "../charts/kube-prometheus-stack.ts";
import type { Environment, Size } from "../environment.ts";
import { platformAlerts } from "../observability/alerts.ts";
import { grafana } from "../observability/grafana.ts";
import { inhibitions } from "../observability/inhibitions.ts";
import { allot } from "../sizes.ts";

/** Days of metrics, and the disk they may fill. None: an emptyDir, so that a small cluster needs no storage class. */
const retention: Record<Size, { days: number; disk?: { gib: number } }> = {
  small: { days: 2 },
  medium: { days: 7, disk: { gib: 50 } },
  large: { days: 15, disk: { gib: 200 } },
};

/** Prometheus and its operator, plus what the environment's facts ask for. */
export function values(env: Environment): Values {
  const { monitoring } = env;
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
    alertmanager: alertmanager(env),
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
  const { days, disk } = retention[env.size];
  return {
    podDisruptionBudget: { enabled: pdb },
    prometheusSpec: {
      replicas,
      resources,
      retention: `${days}d`,
      // Smaller than the disk: Prometheus stops ingesting when the disk is full.
      ...(disk && { retentionSize: `${Math.floor(disk.gib * 0.85)}GiB`, storageSpec: claim(disk.gib) }),
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
  return { volumeClaimTemplate: { spec: { accessModes: ["ReadWriteOnce"], resources } } };
}

function alertmanager(env: Environment): NonNullable<Values["alertmanager"]> {
  const { replicas, pdb, resources } = allot(env.size, "alertmanager");
  return {
    enabled: env.monitoring.alertmanager,
    podDisruptionBudget: { enabled: pdb },
    // One notification for what belongs together. Where it goes is yours to say: receivers, and the route to them.
    config: { inhibit_rules: inhibitions, route: { group_by: ["namespace", "app"] } },
    alertmanagerSpec: { replicas, resources },
  };
}
