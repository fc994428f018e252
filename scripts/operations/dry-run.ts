import type { Cluster, ConfirmedCluster } from "../outside/cluster.ts";
import { does } from "../outside/deeds.ts";
import { changeWith, judge, kubectl } from "../outside/kubectl.ts";
import { count } from "../problems/issue.ts";

/** What the API server said of a set of objects. */
export interface DryRunResult {
  /** How many it would accept. */
  accepted: number;
  /** Its messages on the others. */
  refused: string[];
}

/** Namespaces and CRDs that objects need and a cluster lacks. */
export interface MissingObjects {
  /** Names of the namespaces. */
  namespaces: string[];
  /** The CRDs by name, as YAML. */
  definitions: Map<string, string>;
}

/** Looks which namespaces and CRDs the objects need and the cluster lacks. Throws `ClusterError`. */
export async function missingObjects(cluster: Cluster, documents: string[]): Promise<MissingObjects> {
  const namespaces = new Set(documents.flatMap((document) => /^ {2}namespace: "?([\w-]+)/m.exec(document)?.[1] ?? []));
  const definitions = documents.flatMap((document): [string, string][] => {
    if (!/^kind: CustomResourceDefinition$/m.test(document)) return [];
    const name = /^ {2}name: "?([\w.-]+)/m.exec(document)?.[1];
    return name ? [[name, document]] : [];
  });
  const knownNamespaces = await namesOf(cluster, "namespaces");
  const knownDefinitions = await namesOf(cluster, "customresourcedefinitions");
  return {
    namespaces: [...namespaces].filter((name) => !knownNamespaces.has(name)),
    definitions: new Map(definitions.filter(([name]) => !knownDefinitions.has(name))),
  };
}

async function namesOf(cluster: Cluster, kind: string): Promise<Set<string>> {
  const lines = (await kubectl(cluster, "get", kind, "--output", "name")).split("\n").filter(Boolean);
  return new Set(lines.map((line) => line.slice(line.indexOf("/") + 1)));
}

/** `create 2 namespaces and 30 CRDs`; nothing where nothing is missing. */
export function describeMissing({ namespaces, definitions }: MissingObjects): string | undefined {
  const parts = [
    ...(namespaces.length > 0 ? [count(namespaces.length, "namespace")] : []),
    ...(definitions.size > 0 ? [count(definitions.size, "CRD")] : []),
  ];
  return parts.length > 0 ? `create ${parts.join(" and ")}` : undefined;
}

/** Creates what is missing, and leaves what exists as it is. Throws `ClusterError`. */
export async function prepareCluster(cluster: ConfirmedCluster, missing: MissingObjects): Promise<void> {
  const title = describeMissing(missing);
  if (title === undefined) return;
  const { namespaces, definitions } = missing;
  await does(title, async () => {
    const objects = namespaces.map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } }));
    if (objects.length > 0) await changeWith(cluster, objects, "create");
    if (definitions.size === 0) return;
    await changeWith(cluster, [...definitions.values()].join("\n---\n"), "create");
    // Below the time limit of a request, which would end the wait.
    await kubectl(cluster, "wait", "--for=condition=Established", "--timeout=14s", "crd", ...definitions.keys());
  });
}

/**
 * Sends every object to the API server as a dry run with strict validation of its fields: nothing is changed. Throws
 * `ClusterError` when kubectl cannot be run.
 */
export async function dryRun(cluster: Cluster, documents: string[]): Promise<DryRunResult> {
  const options = ["--server-side", "--dry-run=server", "--validate=strict", "--force-conflicts"];
  const { stdout, stderr } = await judge(cluster, documents, "apply", ...options);
  const accepted = stdout.split("\n").filter((line) => line.endsWith("(server dry run)")).length;
  const refused = stderr.split("\n").filter((line) => line && !line.startsWith("Warning:"));
  return { accepted, refused };
}
