import { existsSync } from "node:fs";
import path from "node:path";
import { isScalar, parseDocument } from "yaml";
import type { Issue } from "../problems/issue.ts";
import { didYouMean } from "../problems/suggest.ts";
import { readYamlFile } from "./yaml-file.ts";

/** One tag an environment, in a file of its own so that a program can promote by editing one line. */
export const imageTagsFile = "values-src/environments/image-tags.json";

const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/** What is wrong with a tag, or nothing. */
export function imageTagProblem(tag: unknown): string | undefined {
  if (typeof tag === "string" && tagPattern.test(tag)) return undefined;
  return `must be an image tag like "1.2.3", got ${JSON.stringify(tag)}`;
}

/** Reads the tags of the environments that there are. */
export function loadImageTags(root: string, names: string[]): { tags: Record<string, string>; issues: Issue[] } {
  const file = path.join(root, imageTagsFile);
  const json = readYamlFile(file);
  if (Array.isArray(json)) return { tags: {}, issues: json };
  if (typeof json.data !== "object" || Array.isArray(json.data)) {
    return { tags: {}, issues: [{ file, message: 'must be an object like { "dev": "1.2.3" }' }] };
  }
  const tags = json.data as Record<string, unknown>;
  const at = (name: string) => ({ file, ...json.locate([name], true), path: `/${name}` });
  const issues = Object.entries(tags).flatMap(([name, tag]) => {
    if (!names.includes(name)) {
      return [{ ...at(name), message: `there is no environment "${name}"${didYouMean(name, names)}` }];
    }
    const message = imageTagProblem(tag);
    return message ? [{ ...at(name), message }] : [];
  });
  const missing = names.filter((name) => !(name in tags));
  issues.push(...missing.map((name) => ({ ...at(name), message: `no image tag for environment "${name}": add one` })));
  return { tags: tags as Record<string, string>, issues };
}

/** The text of image-tags.json with another tag for one environment, and everything else as it was. */
export function withImageTag(text: string, env: string, tag: string): string {
  const node = parseDocument(text).get(env, true);
  if (!isScalar(node) || !node.range) throw new Error(`${imageTagsFile} has no tag for ${env}`);
  const [start, end] = node.range;
  return text.slice(0, start) + JSON.stringify(tag) + text.slice(end);
}

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
