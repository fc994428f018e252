import { pause } from "../../outside/deeds.ts";
import { type Cluster, ClusterError } from "../../outside/kubectl.ts";
import { IssueError } from "../../problems/issue.ts";
import { findLiveApp } from "../app/find-live-app.ts";
import type { App, LiveApp } from "../app/live-app.ts";
import { versionOf } from "../app/workload.ts";

/** What an action needs beside the app's state, and its last question before it changes anything. */
export interface Situation {
  cluster: Cluster;
  app: App;
  /** For promote: whether to go on to the end. */
  full: boolean;
  /** For undo: the version to go back to. */
  to?: string;
  confirm(action: string): Promise<void>;
}

/** Acts on an app's rollout and returns what to tell. Throws `IssueError` when the rollout's state does not allow it. */
export type Action = (live: LiveApp, situation: Situation) => Promise<string>;

/** What is left to do in git after the cluster went back. */
export function whatNext({ environment, workload }: LiveApp): string {
  return `Only the cluster went back. Where git says ${versionOf(workload)}:  npm run rollback -- ${environment}`;
}

/** Why an action is not done. */
export function refusal(verb: string, message: string): IssueError {
  return new IssueError({ file: verb, message });
}

/**
 * Reads the app until it is as expected, at most for a time, since a controller takes a moment. Returns the last state
 * that was read. Throws `ClusterError` and `Interrupted`.
 */
export async function awaitApp(
  { cluster, app }: Situation,
  expected: (live: LiveApp) => boolean,
  milliseconds = 20_000,
): Promise<LiveApp> {
  for (const end = Date.now() + milliseconds; ; ) {
    const live = await findLiveApp(cluster, app);
    if (!live) throw new ClusterError("other", `${app.name} has gone from namespace ${app.namespace} meanwhile`);
    if (expected(live) || Date.now() > end) return live;
    await pause(500);
  }
}
