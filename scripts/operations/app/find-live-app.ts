import { loadDeclaredApps } from "../../engine/apps.ts";
import type { DeclaredRelease } from "../../engine/releases.ts";
import type { Cluster } from "../../outside/cluster.ts";
import { getObjects } from "../../outside/kubectl.ts";
import { type App, type LiveApp, readLiveApp, type Workload } from "./live-app.ts";

/** The apps, each with its namespace. Throws `IssueError` with all problems of `values-src/apps/`. */
export async function loadApps(root: string): Promise<App[]> {
  return (await loadDeclaredApps(root)).map(({ name, namespace }) => ({ name, namespace }));
}

/** Namespaces by the name of the release. */
export function releaseNamespaces(releases: DeclaredRelease[]): Map<string, string> {
  return new Map(releases.map(({ name, namespace }) => [name, namespace]));
}

/** What the cluster runs of an app, or undefined when it does not run it. Throws `ClusterError`. */
export async function findLiveApp(cluster: Pick<Cluster, "context">, app: App): Promise<LiveApp | undefined> {
  const where = ["--namespace", app.namespace, "--selector", `app.kubernetes.io/instance=${app.name}`];
  const [rollouts, others] = await Promise.all([
    getObjects<Workload>(cluster, "rollouts.argoproj.io", ...where),
    getObjects<Workload>(cluster, "deployments.apps,replicasets.apps", ...where),
  ]);
  const deployments = others.filter(({ kind }) => kind === "Deployment");
  // A change of strategy can have both for a while: the Rollout is then the one that stays.
  const workload = [...rollouts, ...deployments].find(({ metadata }) => metadata.name === app.name);
  if (!workload) return undefined;
  const replicaSets = others.filter(({ kind }) => kind === "ReplicaSet");
  return readLiveApp(app, workload, replicaSets);
}
