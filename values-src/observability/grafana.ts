import type { Values } from "../charts/kube-prometheus-stack.ts";
import type { Environment } from "../environment.ts";
import { allot } from "../sizes.ts";

/**
 * Grafana without a single password: it has no users, and whoever reaches its Service (`kubectl port-forward`) may look
 * and change nothing; dashboards and data sources come from Git. The chart would make up an admin password, and with
 * it another Secret, checksum and diff at every rendering that cannot read the cluster. To sign in, connect
 * an identity provider in `grafana.ini` (`auth.generic_oauth`).
 */
export function grafana(env: Environment): NonNullable<Values["grafana"]> {
  return {
    enabled: env.monitoring.grafana,
    resources: allot(env.size, "grafana").resources,
    testFramework: { enabled: false },
    env: { GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION: "true" },
    "grafana.ini": {
      "auth.anonymous": { enabled: true, org_role: "Viewer" },
      analytics: { check_for_updates: false, check_for_plugin_updates: false, reporting_enabled: false },
    },
    // The chart's own role also reads every Secret of the cluster.
    rbac: { useExistingClusterRole: dashboardReader.metadata.name },
    extraObjects: [dashboardReader],
    sidecar: {
      resources: allot(env.size, "grafanaSidecar").resources,
      // Grafana looks for changed dashboards itself; telling it to would take an admin.
      dashboards: { resource: "configmap", searchNamespace: "ALL", skipReload: true },
      // Read once, before Grafana starts.
      datasources: { resource: "configmap", initDatasources: true, watchMethod: "LIST", skipReload: true },
    },
  };
}

const dashboardReader = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRole",
  metadata: { name: "grafana-dashboard-reader" },
  rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "watch"] }],
};
