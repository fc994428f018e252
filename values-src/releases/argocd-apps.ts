import type { Values } from "../charts/argocd-apps.ts";
import type { Environment } from "../environment.ts";

/** An app that Argo CD can own: a chart in this repository, rendered with `generated/<env>/<app>.yaml`. */
interface App {
  chart: string;
  namespace: string;
  owner: Environment["app"]["owner"];
  /** Every kind that the chart renders under any strategy, so that a change of strategy can be pruned as well. */
  kinds: { group: string; kind: string }[];
}

const inCluster = "https://kubernetes.default.svc";

function apps(env: Environment): Record<string, App> {
  return {
    "sample-app": {
      chart: "service/chart",
      namespace: "sample-app",
      owner: env.app.owner,
      kinds: [
        { group: "", kind: "ConfigMap" },
        { group: "", kind: "Service" },
        { group: "", kind: "ServiceAccount" },
        { group: "apps", kind: "Deployment" },
        { group: "argoproj.io", kind: "AnalysisTemplate" },
        { group: "argoproj.io", kind: "Rollout" },
        { group: "autoscaling", kind: "HorizontalPodAutoscaler" },
        { group: "monitoring.coreos.com", kind: "PrometheusRule" },
        { group: "monitoring.coreos.com", kind: "ServiceMonitor" },
        { group: "networking.k8s.io", kind: "Ingress" },
        { group: "networking.k8s.io", kind: "NetworkPolicy" },
        { group: "policy", kind: "PodDisruptionBudget" },
      ],
    },
  };
}

/** A project for every app, and an Application for those that Argo CD owns. */
export function values(env: Environment): Values {
  const all = Object.entries(apps(env));
  const owned = all.filter(([, app]) => app.owner === "argocd");
  return {
    projects: Object.fromEntries(all.map(([name, app]) => [name, project(env, name, app)])),
    applications: Object.fromEntries(owned.map(([name, app]) => [name, application(env, name, app)])),
  };
}

function project(env: Environment, name: string, { namespace, kinds }: App) {
  return {
    namespace: "argocd",
    description: `What ${name} may deploy, and where.`,
    sourceRepos: [env.git.url],
    destinations: [{ server: inCluster, namespace }],
    // Argo CD creates the namespace where Helmfile has not; no other cluster-wide object.
    clusterResourceWhitelist: [{ group: "", kind: "Namespace", name: namespace }],
    namespaceResourceWhitelist: kinds,
  };
}

/** Without a finalizer: taking the Application away leaves the app running, whoever owns it next. */
function application(env: Environment, name: string, { chart, namespace }: App) {
  const toRoot = "../".repeat(chart.split("/").length);
  return {
    namespace: "argocd",
    project: name,
    source: {
      repoURL: env.git.url,
      targetRevision: env.git.revision,
      path: chart,
      helm: { releaseName: name, valueFiles: [`${toRoot}generated/${env.name}/${name}.yaml`] },
    },
    destination: { server: inCluster, namespace },
    syncPolicy: {
      automated: { prune: true, selfHeal: true },
      // No ServerSideApply: a Service's selector is atomic there, so every sync would wipe out the pod hash that
      // Argo Rollouts keeps in it and send users to old and new pods alike.
      // Pruning last keeps the old Deployment up until the Rollout that replaces it is healthy.
      syncOptions: ["CreateNamespace=true", "PruneLast=true"],
      retry: { limit: 5, refresh: true, backoff: { duration: "10s", factor: 2, maxDuration: "3m" } },
    },
  };
}
