import type { Values } from "../charts/argocd-apps.ts";
import type { Environment, Owner } from "../environment.ts";

/** An app that Argo CD can own: a chart in this repository, rendered with `generated/<env>/<app>.yaml`. */
interface App {
  chart: string;
  namespace: string;
  owner: Owner;
  /** Labels of the clusters that it goes to; Argo CD's own cluster if there are none. */
  clusterLabels: Record<string, string> | undefined;
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
      clusterLabels: clusterLabelsOf(env),
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

/** Throws where the labels would have no effect: Helmfile releases only to the cluster of the current context. */
function clusterLabelsOf({ name, app: { owner, clusterLabels } }: Environment) {
  if (!clusterLabels || owner === "argocd") return clusterLabels;
  throw new Error(`environments/${name}.ts gives app.clusterLabels, which takes app.owner "argocd", not "${owner}"`);
}

/** A project for every app, and an Application for those that Argo CD owns, or a set of them for many clusters. */
export function values(env: Environment): Values {
  const all = Object.entries(apps(env));
  const owned = all.filter(([, { owner }]) => owner === "argocd");
  const single = owned.filter(([, { clusterLabels }]) => !clusterLabels);
  const sets = owned.filter(([, { clusterLabels }]) => clusterLabels);
  return {
    projects: Object.fromEntries(all.map(([name, app]) => [name, project(env, name, app)])),
    applications: Object.fromEntries(single.map(([name, app]) => [name, application(env, name, app)])),
    ...(sets.length > 0 && {
      applicationsets: Object.fromEntries(sets.map(([name, app]) => [name, applicationSet(env, name, app)])),
    }),
  };
}

function project(env: Environment, name: string, { namespace, kinds, clusterLabels }: App) {
  return {
    namespace: "argocd",
    description: `What ${name} may deploy, and where.`,
    sourceRepos: [env.git.url],
    // A project cannot tell clusters by labels, so with those it takes any that is registered, and is still held to the
    // namespace and the kinds. A list would hold nobody back: who may make Applications here may register clusters.
    destinations: [{ server: clusterLabels ? "*" : inCluster, namespace }],
    // Argo CD creates the namespace where Helmfile has not; no other cluster-wide object.
    clusterResourceWhitelist: [{ group: "", kind: "Namespace", name: namespace }],
    namespaceResourceWhitelist: kinds,
  };
}

/** Without a finalizer: taking the Application away leaves the app running, whoever owns it next. */
function application(env: Environment, name: string, app: App) {
  return { namespace: "argocd", ...applicationSpec(env, name, app, inCluster) };
}

/**
 * An Application for each cluster with the labels. All of them take a new version at once: RollingSync, by which they
 * would do so in turn, has to be enabled in Argo CD and turns automated sync off.
 */
function applicationSet(env: Environment, name: string, app: App) {
  return {
    namespace: "argocd",
    goTemplate: true,
    goTemplateOptions: ["missingkey=error"],
    generators: [{ clusters: { selector: { matchLabels: app.clusterLabels } } }],
    template: {
      metadata: { name: `${name}-{{.nameNormalized}}` },
      spec: applicationSpec(env, name, app, "{{.server}}"),
    },
    // Keeps finalizers off: taking the set away, or a label off a cluster, leaves the app running.
    syncPolicy: { preserveResourcesOnDeletion: true },
  };
}

/** What is deployed to one cluster, and how. */
function applicationSpec(env: Environment, name: string, { chart, namespace }: App, server: string) {
  const toRoot = "../".repeat(chart.split("/").length);
  return {
    project: name,
    source: {
      repoURL: env.git.url,
      targetRevision: env.git.revision,
      path: chart,
      helm: { releaseName: name, valueFiles: [`${toRoot}generated/${env.name}/${name}.yaml`] },
    },
    destination: { server, namespace },
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
