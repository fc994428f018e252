import { existsSync } from "node:fs";
import path from "node:path";
import type { Issue } from "../problems/issue.ts";
import { didYouMean } from "../problems/suggest.ts";
import { readYamlFile } from "./yaml-file.ts";

/** UIDs of the namespace `kube-system` of each environment's clusters. Throw-away clusters have none here. */
export const clustersFile = "values-src/environments/clusters.json";

const uidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Reads which clusters are whose: environment -> UIDs, without environments that have none. A missing file means none. */
export function loadClusters(root: string, names: string[]): { clusters: Record<string, string[]>; issues: Issue[] } {
  const file = path.join(root, clustersFile);
  if (!existsSync(file)) return { clusters: {}, issues: [] };
  const json = readYamlFile(file);
  if (Array.isArray(json)) return { clusters: {}, issues: json };
  const data = json.data as Record<string, unknown>;
  const issues: Issue[] = [];
  const owners = new Map<string, string>();
  for (const [name, uids] of Object.entries(data)) {
    const at = { file, ...json.locate([name], true), path: `/${name}` };
    if (!names.includes(name))
      issues.push({ ...at, message: `there is no environment "${name}"${didYouMean(name, names)}` });
    if (!Array.isArray(uids) || !uids.every((uid) => typeof uid === "string" && uidPattern.test(uid))) {
      issues.push({
        ...at,
        message: "must be a list of UIDs, as kubectl get namespace kube-system -o jsonpath={.metadata.uid} prints one",
      });
      continue;
    }
    for (const uid of uids as string[]) {
      const other = owners.get(uid);
      if (other && other !== name)
        issues.push({ ...at, message: `names the cluster ${uid}, which is ${other}'s: a cluster has one environment` });
      owners.set(uid, name);
    }
  }
  return { clusters: data as Record<string, string[]>, issues };
}

/** The text of clusters.json with one more cluster of an environment. */
export function withCluster(text: string, env: string, uid: string): string {
  const clusters = JSON.parse(text || "{}") as Record<string, string[]>;
  const added = { ...clusters, [env]: [...(clusters[env] ?? []), uid] };
  const sorted = Object.entries(added).sort(([one], [other]) => (one < other ? -1 : 1));
  return `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`;
}
