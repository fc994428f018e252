import { findLiveApp, loadApps } from "../operations/app/find-live-app.ts";
import type { Cluster } from "../outside/kubectl.ts";
import { IssueError } from "../problems/issue.ts";

/**
 * Throws `IssueError` where a cluster that is not certainly on this machine runs an app of another environment: it is that
 * environment's, whether its UID is written down or not.
 */
export async function requireOwnApps(root: string, cluster: Cluster, env: string): Promise<void> {
  if (cluster.local) return;
  const live = await Promise.all((await loadApps(root)).map((app) => findLiveApp(cluster, app)));
  const foreign = live.find((app) => app !== undefined && app.environment !== env);
  if (!foreign) return;
  const message = `context ${cluster.context} (${cluster.server}) runs ${foreign.app.name} of ${foreign.environment}, not of ${env}: choose another context: kubectl config use-context NAME`;
  throw new IssueError({ file: "cluster", message });
}
