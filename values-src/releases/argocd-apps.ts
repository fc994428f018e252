import type { App } from "../app.ts";
import type { Values } from "../charts/argocd-apps.ts";
import type { Environment } from "../environment.ts";
import { gatewayOf } from "../ingress/ingress.ts";

const inCluster = "https://kubernetes.default.svc";

export function enabled(env: Environment): boolean {
  return env.argoCd;
}

/** A project for every app, and an Application for those that Argo CD owns, or a set of them for many clusters. */
export function values({ clusterLabels }: Environment, apps: App[]): Values {
  const owned = apps.filter(({ owner }) => owner === "argocd");
  return {
    projects: byName(apps, project),
    applications: clusterLabels ? {} : byName(owned, application),
    ...(clusterLabels && { applicationsets: byName(owned, (app) => applicationSet(app, clusterLabels)) }),
  };
}

function byName<T>(apps: App[], make: (app: App) => T): Record<string, T> {
  return Object.fromEntries(apps.map((app) => [app.name, make(app)]));
}

function project({ name, env, namespace, chart, owner }: App) {
  const many = owner === "argocd" && env.clusterLabels;
  return {
    namespace: "argocd",
    description: `What ${name} may deploy, and where.`,
    sourceRepos: [env.git.url, ...(chart.from === "here" ? [] : [chart.url])],
    // A project cannot tell clusters by labels, so with those it takes any that is registered, and is still held to the
    // namespace and the kinds. A list would hold nobody back: who may make Applications here may register clusters.
    destinations: [{ server: many ? "*" : inCluster, namespace }],
    // Argo CD creates the namespace where Helmfile has not; no other cluster-wide object.
    clusterResourceWhitelist: [{ group: "", kind: "Namespace", name: namespace }],
    // Every kind that the chart renders under any strategy, so that a change of strategy can be pruned as well.
    namespaceResourceWhitelist: chart.kinds,
  };
}

/** Without a finalizer: taking the Application away leaves the app running, whoever owns it next. */
function application(app: App) {
  return { namespace: "argocd", ...applicationSpec(app, inCluster) };
}

/**
 * An Application for each cluster with the labels. All of them take a new version at once: RollingSync, by which they
 * would do so in turn, has to be enabled in Argo CD and turns automated sync off.
 */
function applicationSet(app: App, clusterLabels: Record<string, string>) {
  return {
    namespace: "argocd",
    goTemplate: true,
    goTemplateOptions: ["missingkey=error"],
    generators: [{ clusters: { selector: { matchLabels: clusterLabels } } }],
    template: {
      metadata: { name: `${app.name}-{{.nameNormalized}}` },
      spec: applicationSpec(app, "{{.server}}"),
    },
    // Keeps finalizers off: taking the set away, or a label off a cluster, leaves the app running.
    syncPolicy: { preserveResourcesOnDeletion: true },
  };
}

/**
 * Argo Rollouts writes these during a canary. ApplyOutOfSyncOnly goes with it: a sync of something else then leaves the
 * HTTPRoute alone. RespectIgnoreDifferences would instead copy all rules of the live HTTPRoute, and with it no change of
 * the strategy would ever reach it: https://github.com/argoproj/argo-cd/issues/27480
 */
const routeWeights = {
  group: "gateway.networking.k8s.io",
  kind: "HTTPRoute",
  jqPathExpressions: [".spec.rules[].backendRefs[].weight"],
};

/** What is deployed to one cluster, and how. */
function applicationSpec(app: App, server: string) {
  const { name, namespace, env } = app;
  const gateway = gatewayOf(env);
  return {
    project: name,
    ...sourceOf(app),
    destination: { server, namespace },
    ...(gateway && { ignoreDifferences: [routeWeights] }),
    syncPolicy: {
      automated: { prune: true, selfHeal: true },
      // No ServerSideApply: a Service's selector is atomic there, so every sync would wipe out the pod hash that
      // Argo Rollouts keeps in it and send users to old and new pods alike.
      // Pruning last keeps the old Deployment up until the Rollout that replaces it is healthy.
      syncOptions: ["CreateNamespace=true", "PruneLast=true", ...(gateway ? ["ApplyOutOfSyncOnly=true"] : [])],
      retry: { limit: 5, refresh: true, backoff: { duration: "10s", factor: 2, maxDuration: "3m" } },
    },
  };
}

/** The chart with the same values file as Helmfile's; from two repositories where the chart is in another one. */
function sourceOf({ name, env, chart }: App) {
  const { url: repoURL, revision: targetRevision } = env.git;
  const file = `generated/${env.name}/${name}.yaml`;
  if (chart.from === "here") {
    const path = chart.path.replace("./", "");
    const toRoot = "../".repeat(path.split("/").length);
    return { source: { repoURL, targetRevision, path, helm: { releaseName: name, valueFiles: [toRoot + file] } } };
  }
  const helm = { releaseName: name, valueFiles: [`$values/${file}`] };
  const source =
    chart.from === "git"
      ? { repoURL: chart.url, targetRevision: chart.revision, path: chart.path, helm }
      : { repoURL: chart.url, targetRevision: chart.version, chart: chart.name, helm };
  return { sources: [source, { repoURL, targetRevision, ref: "values" }] };
}
