import { loadApps } from "../../engine/apps.ts";
import { loadReleases } from "../../engine/releases.ts";
import { loadPlatformSchemas } from "../../engine/schemas.ts";
import type { Cluster } from "../../outside/cluster.ts";
import { getObjects } from "../../outside/kubectl.ts";
import { together } from "../../problems/issue.ts";
import { type App, type LiveApp, readLiveApp, type Workload } from "./live-app.ts";

/** The label of every object of the apps' chart (`http-service.labels`), by which apps are found that have left the facts. */
export const partOf = { key: "app.kubernetes.io/part-of", value: "k8s-observable-rollouts" } as const;

const instance = "app.kubernetes.io/instance";

/** Namespaces by the name of the release, the apps among them. Throws `IssueError` with all problems of their facts. */
export async function releaseNamespaces(root: string): Promise<Map<string, string>> {
  const schemas = await loadPlatformSchemas(root);
  const [releases, apps] = await together(loadReleases(root, schemas), loadApps(root, schemas));
  return new Map([...releases, ...apps].map(({ name, namespace }) => [name, namespace]));
}

/** What the cluster runs of an app, or undefined when it does not run it. Throws `ClusterError`. */
export async function findLiveApp(cluster: Pick<Cluster, "context">, app: App): Promise<LiveApp | undefined> {
  const where = ["--namespace", app.namespace, "--selector", `${instance}=${app.name}`];
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

/**
 * What the cluster runs of these apps, and of any app of this repository's that is not among them: in three calls of
 * kubectl, however many there are. Throws `ClusterError`.
 */
export async function findLiveApps(cluster: Pick<Cluster, "context">, apps: App[]): Promise<LiveApp[]> {
  const everywhere = (kind: string, selector: string) =>
    getObjects<Workload>(cluster, kind, "--all-namespaces", "--selector", selector);
  const [rollouts, deployments] = await Promise.all([
    everywhere("rollouts.argoproj.io", instance),
    everywhere("deployments.apps", instance),
  ]);
  const workloads = new Map<string, Workload>();
  for (const workload of [...rollouts, ...deployments]) {
    const place = placeOf(workload);
    // A change of strategy can have both for a while: the Rollout is then the one that stays.
    if (isApp(workload, apps) && !workloads.has(place)) workloads.set(place, workload);
  }
  if (workloads.size === 0) return [];
  const names = new Set([...workloads.values()].map(({ metadata }) => metadata.name));
  const sets = await everywhere("replicasets.apps", `${instance} in (${[...names].join(",")})`);
  const setsByNamespace = Map.groupBy(sets, ({ metadata }) => metadata.namespace);
  return [...workloads.values()].map((workload) => {
    const { name, namespace = name } = workload.metadata;
    return readLiveApp({ name, namespace }, workload, setsByNamespace.get(workload.metadata.namespace) ?? []);
  });
}

function placeOf({ metadata: { name, namespace } }: Workload): string {
  return `${namespace}/${name}`;
}

function isApp({ metadata: { name, namespace = name, labels } }: Workload, apps: App[]): boolean {
  if (labels?.[partOf.key] === partOf.value) return labels[instance] === name;
  return isAmong({ name, namespace }, apps);
}

/** Whether it is one of these apps, in its own namespace. */
export function isAmong({ name, namespace }: App, apps: App[]): boolean {
  return apps.some((app) => app.name === name && app.namespace === namespace);
}
