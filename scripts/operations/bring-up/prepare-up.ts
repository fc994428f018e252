import type { DeclaredRelease } from "../../engine/releases.ts";
import { toolProblems } from "../../outside/helmfile.ts";
import { type Cluster, ClusterError, currentCluster, getObjects } from "../../outside/kubectl.ts";
import { type Issue, IssueError } from "../../problems/issue.ts";
import { releaseNamespaces } from "../app/find-live-app.ts";
import { imageProblems } from "./service-image.ts";
import { type Namespace, stuckNamespaces, stuckReleases, unsettledReleases } from "./stuck.ts";

/** The cluster to release to, or why none answers. */
export type Reached = { cluster: Cluster } | { absent: string };

/** Finds the current context's cluster. Throws `IssueError` where it answers with a refusal. */
export async function reachCluster(): Promise<Reached> {
  try {
    return { cluster: await currentCluster() };
  } catch (error) {
    if (!(error instanceof IssueError)) throw error;
    const absent = error instanceof ClusterError && ["unreachable", "context", "no-kubectl"].includes(error.failure);
    if (absent) return { absent: error.message };
    // Missing tools are said at the same time, so that one run shows every problem.
    throw new IssueError(...error.issues, ...toolProblems());
  }
}

/** Throws `IssueError` with everything that would make a release to that cluster fail. */
export async function requireReady(releases: DeclaredRelease[], cluster: Cluster, images: string[]): Promise<void> {
  const namespaces = releaseNamespaces(releases);
  const tools = toolProblems();
  const hasHelm = !tools.some(({ file }) => file === "tools");
  const issues: Issue[] = [
    ...tools,
    ...images.flatMap((image) => imageProblems(cluster, image)),
    ...stuckNamespaces(await getObjects<Namespace>(cluster, "namespaces"), namespaces.values()),
    ...stuckReleases(hasHelm ? await unsettledReleases(cluster) : [], namespaces.keys()),
  ];
  if (issues.length > 0) throw new IssueError(...issues);
}
