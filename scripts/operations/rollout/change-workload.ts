import type { ConfirmedCluster } from "../../outside/cluster.ts";
import { ClusterError, change } from "../../outside/kubectl.ts";
import { IssueError } from "../../problems/issue.ts";
import { findLiveApp } from "../app/find-live-app.ts";
import { type LiveApp, namesOf, type Workload, type WorkloadStatus } from "../app/live-app.ts";

/** An operation of a JSON Patch, RFC 6902. */
export interface Operation {
  op: "add" | "replace" | "remove" | "test";
  path: string;
  value?: unknown;
}

/**
 * Changes a workload only if it still has the pod template that was read, so that nothing happens to a version that nobody
 * was asked about. Returns the workload as it was written. Throws `IssueError` with what it is now if it has another
 * template or if another condition of the patch fails, and `ClusterError`.
 */
export async function changeWorkload(
  cluster: ConfirmedCluster,
  live: LiveApp,
  operations: Operation[],
  subresource?: "status",
): Promise<Workload> {
  const { app, workload } = live;
  const kind = workload.kind === "Rollout" ? "rollouts.argoproj.io" : "deployments.apps";
  const unmoved: Operation = { op: "test", path: "/spec/template", value: workload.spec.template };
  const patch = ["--type", "json", "--patch", JSON.stringify([unmoved, ...operations])];
  const of = subresource ? ["--subresource", subresource] : [];
  const where = [kind, app.name, "--namespace", app.namespace];
  try {
    return JSON.parse(await change(cluster, "patch", ...where, ...of, ...patch, "--output", "json"));
  } catch (error) {
    if (error instanceof ClusterError && /rejected our request|test failed|testing value/i.test(error.message))
      throw (await explainMove(cluster, live)) ?? error;
    throw error;
  }
}

/** Puts fields of a Rollout's status; a field that is undefined is removed. */
export function changeStatus(
  cluster: ConfirmedCluster,
  live: LiveApp,
  fields: { [Name in keyof WorkloadStatus]?: WorkloadStatus[Name] | undefined },
  conditions: Operation[] = [],
): Promise<Workload> {
  const had = live.workload.status ?? {};
  const operations = Object.entries(fields).flatMap(([name, value]): Operation[] => {
    const path = `/status/${name}`;
    if (value !== undefined) return [{ op: "add", path, value }];
    return name in had ? [{ op: "remove", path }] : [];
  });
  return changeWorkload(cluster, live, [...conditions, ...operations], "status");
}

async function explainMove(cluster: ConfirmedCluster, before: LiveApp): Promise<IssueError | undefined> {
  const now = await findLiveApp(cluster, before.app);
  if (!now) return undefined;
  const message = `moved while this command ran: it was ${describe(before)}, and is now ${describe(now)}. Nothing was done to that: look at it, and repeat the command if it is still meant`;
  return new IssueError({ file: before.app.name, message });
}

/** `0.2.0 -> 0.3.0 at step 1/4, 20 %`, or `0.3.0`. */
export function describe(live: LiveApp): string {
  const { stable, next } = namesOf(live);
  if (live.state === "done") return stable;
  return `${stable} -> ${next}${live.state === "aborted" ? ", aborted" : live.step ? ` at step ${live.step}` : ""}`;
}
