import { type Issue, IssueError } from "../issue.ts";
import { type Cluster, ClusterError, currentCluster, getObjects } from "./cluster.ts";
import { releaseNamespaces } from "./find-live-app.ts";
import { toolProblems } from "./helmfile-run.ts";
import { imageProblems } from "./service-image.ts";
import { type Namespace, stuckNamespaces, stuckReleases, unsettledReleases } from "./stuck.ts";

/** The cluster to release to, or why none answers. */
export type Reached = { cluster: Cluster } | { absent: string };

/** Finds the current context's cluster and asks it for its namespaces. */
export async function reachCluster(): Promise<Reached & { namespaces?: Namespace[] }> {
  try {
    const cluster = await currentCluster();
    return { cluster, namespaces: await getObjects<Namespace>(cluster, "namespaces") };
  } catch (error) {
    const absent = error instanceof ClusterError && ["unreachable", "context", "no-kubectl"].includes(error.failure);
    if (absent) return { absent: (error as ClusterError).message };
    if (!(error instanceof IssueError)) throw error;
    // What else is missing is said as well: everything at once.
    throw new IssueError(...error.issues, ...toolProblems());
  }
}

/** Throws `IssueError` with everything that would make a release to that cluster fail. */
export async function requireReady(
  root: string,
  cluster: Cluster,
  namespaces: Namespace[],
  image: string,
): Promise<void> {
  const releases = releaseNamespaces(root);
  const tools = toolProblems();
  const helm = tools.some(({ file }) => file === "tools") ? [] : await unsettledReleases(cluster);
  const issues: Issue[] = [
    ...tools,
    ...imageProblems(cluster, image),
    ...stuckNamespaces(namespaces, releases.values()),
    ...stuckReleases(helm, releases.keys()),
  ];
  if (issues.length > 0) throw new IssueError(...issues);
}
