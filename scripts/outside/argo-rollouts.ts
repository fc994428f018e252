import { IssueError } from "../problems/issue.ts";
import type { ConfirmedCluster } from "./cluster.ts";
import { explainMissing, findTool, toolNamed } from "./find-tool.ts";
import { ClusterError, explainKubectl } from "./kubectl.ts";
import { run } from "./run.ts";

/** A Rollout of a cluster. */
export interface RolloutPlace {
  name: string;
  namespace: string;
}

/**
 * Changes a Rollout with the plugin of Argo Rollouts; an interrupt lets the plugin finish. Throws `IssueError` when the
 * plugin is missing, and `ClusterError` when it fails.
 */
export async function changeRollout(
  cluster: ConfirmedCluster,
  place: RolloutPlace,
  verb: string,
  ...options: string[]
): Promise<void> {
  const { context } = cluster;
  const args = [verb, place.name, "--context", context, "--namespace", place.namespace, ...options];
  const { code, failure: why, stdout, stderr } = await run(requirePlugin(), args, { interrupt: "finish", timeout: 60 });
  if (code === 0) return;
  const said = why === "timed out" ? "i/o timeout after 60 s" : stderr || stdout;
  const { failure, message } = explainKubectl(said, context);
  throw new ClusterError(failure, message);
}

function requirePlugin(): string {
  const name = "kubectl-argo-rollouts";
  const file = findTool(name);
  if (file) return file;
  const tool = toolNamed(name);
  const missing = tool ? explainMissing([{ tool, reason: "not on PATH, nor in .tools/bin" }]) : name;
  throw new IssueError({ file: name, message: `${missing}\nor build it: npm run tools -- ${name}` });
}
