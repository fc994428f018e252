import { readdirSync } from "node:fs";
import path from "node:path";
import type { Release } from "../../../values-src/release.ts";
import { readYamlFile } from "../yaml-file.ts";
import { type Cluster, getObjects } from "./cluster.ts";
import { type LiveApp, readLiveApp } from "./live-app.ts";
import type { Workload } from "./workload.ts";

/** Name of the app's release, and of what the chart renders for it. */
export const appName = "sample-app";

/** The namespace of every release, as `releases/` says. What cannot be read there is for gen to complain of. */
export function releaseNamespaces(root: string): Map<string, string> {
  const directory = path.join(root, "releases");
  const files = readdirSync(directory).filter((file) => /\.ya?ml$/.test(file));
  return new Map(
    files.flatMap((file): [string, string][] => {
      const yaml = readYamlFile(path.join(directory, file));
      return Array.isArray(yaml) ? [] : [[path.parse(file).name, (yaml.data as Release).namespace]];
    }),
  );
}

/** The app's namespace. */
export function appNamespace(root: string): string {
  return releaseNamespaces(root).get(appName) ?? appName;
}

/** What the cluster runs of the app, or undefined when it does not run it. Throws `ClusterError`. */
export async function findLiveApp(cluster: Cluster, namespace: string): Promise<LiveApp | undefined> {
  const get = (kinds: string) =>
    getObjects<Workload>(
      cluster,
      kinds,
      "--namespace",
      namespace,
      "--selector",
      `app.kubernetes.io/instance=${appName}`,
    );
  const [rollouts, others] = await Promise.all([get("rollouts.argoproj.io"), get("deployments.apps,replicasets.apps")]);
  // Both are there while a change of strategy replaces the Deployment: the Rollout is what comes.
  const workload = [...rollouts, ...others.filter(({ kind }) => kind === "Deployment")].find(
    ({ metadata }) => metadata.name === appName,
  );
  if (!workload) return undefined;
  return readLiveApp(
    workload,
    others.filter(({ kind }) => kind === "ReplicaSet"),
  );
}
