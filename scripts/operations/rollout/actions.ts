import { changeRollout } from "../../outside/argo-rollouts.ts";
import type { Cluster, ConfirmedCluster } from "../../outside/cluster.ts";
import { does, pause } from "../../outside/deeds.ts";
import { ClusterError, change } from "../../outside/kubectl.ts";
import { IssueError } from "../../problems/issue.ts";
import { npmRun } from "../../problems/suggest.ts";
import { findLiveApp } from "../app/find-live-app.ts";
import { type App, type LiveApp, versionOf } from "../app/live-app.ts";

/** What an action needs beside the app's state. */
export interface Situation {
  cluster: Cluster;
  app: App;
  env: string;
  /** The app's name where the user had to say it: messages then say it too. */
  named?: string;
  /** For promote: whether to go on to the end. */
  full: boolean;
  /** For undo: the version to go back to. */
  to?: string;
  /** The last question before anything is changed. */
  confirm(action: string): Promise<ConfirmedCluster>;
}

/** Acts on an app's rollout and returns what to tell. Throws `IssueError` when the rollout's state does not allow it. */
export type Action = (live: LiveApp, situation: Situation) => Promise<string>;

/** Lets the rollout go on to the next step, or to the end. */
export const promote: Action = async (live, situation) => {
  requireSteps(live, "promote", "it replaces its pods one by one, as fast as new ones get ready");
  const npm = (verb: string, ...words: string[]) => npmRun(verb, words, situation.named);
  const { stable, next, step } = live;
  if (live.state === "done") return `nothing to promote: ${stable} serves everybody`;
  if (live.state === "aborted") {
    throw refusal("promote", `${next} was given up, ${stable} serves. To try ${next} again: ${retry(situation.app)}`);
  }
  const blueGreen = live.workload.spec.strategy?.blueGreen;
  if (blueGreen && live.state === "paused" && !situation.full && /inconclusive/i.test(live.message ?? "")) {
    const ways = `${npm("promote-rollout", "--full")} keeps it, ${npm("abort")} gives it up`;
    throw refusal("promote", `${next} has all users, and its analysis could not tell whether it is good: ${ways}`);
  }
  const how = situation.full ? "to everybody" : step ? `past step ${step}` : "from its preview";
  const title = `promote ${next} ${how}`;
  const cluster = await situation.confirm(title);
  const timed = (blueGreen?.autoPromotionSeconds ?? 0) > 0;
  await does(title, async () => {
    if (timed && live.state === "paused" && !situation.full) await endTimedPause(cluster, situation.app);
    else await changeRollout(cluster, situation.app, "promote", ...(situation.full ? ["--full"] : []));
  });
  const moved = (now: LiveApp) => now.state === "done" || now.step !== step || now.phase !== live.phase;
  const after = await awaitApp(situation, moved);
  if (after.state === "done") return `promoted: ${after.stable} serves everybody. The instant way back: ${npm("undo")}`;
  if (after.state === "aborted") throw refusal("promote", `${next} was given up meanwhile: ${after.message}`);
  const at = after.step ? `is at step ${after.step}` : "takes over";
  return `promoted: ${next} ${at} (${after.phase}). To watch: ${npm("status")}`;
};

/** Aborts the rollout: the stable version serves everybody. */
export const abort: Action = async (live, situation) => {
  const back = npmRun("undo", [], situation.named);
  requireSteps(live, "abort", `to go back to the version before: ${back}`);
  const { stable, next } = live;
  if (live.state === "done") throw refusal("abort", `too late, ${stable} serves everybody. To go back: ${back}`);
  if (live.state !== "aborted") {
    const title = `abort the rollout of ${next}`;
    const cluster = await situation.confirm(title);
    await does(title, () => changeRollout(cluster, situation.app, "abort"));
    const after = await awaitApp(situation, (now) => now.state === "aborted");
    if (after.state !== "aborted") {
      const look = npmRun("status", [], situation.named);
      throw refusal("abort", `asked for, but Argo Rollouts has not done it yet (${after.phase}): see ${look}`);
    }
  }
  const when = live.state === "aborted" ? "aborted before" : "aborted";
  return [
    `${when}: ${stable ?? "no version"} serves, ${next} gets no requests.`,
    whatNext(live, situation),
    `To try it again:  ${retry(situation.app)}`,
  ].join("\n");
};

/**
 * Ends the pause of a blue/green rollout that promotes itself after a time. The plugin's `promote` only starts such a
 * pause anew (Argo Rollouts 1.9), and its `--full` leaves out the analysis after the switch. So the start of the pause is
 * set to a time long ago.
 */
async function endTimedPause(cluster: ConfirmedCluster, app: App): Promise<void> {
  const status = { pauseConditions: [{ reason: "BlueGreenPause", startTime: "2000-01-01T00:00:00Z" }] };
  const patch = ["--subresource", "status", "--type", "merge", "--patch", JSON.stringify({ status })];
  await change(cluster, "patch", "rollouts.argoproj.io", app.name, "--namespace", app.namespace, ...patch);
}

function retry({ name, namespace }: App): string {
  return `kubectl argo rollouts retry rollout ${name} -n ${namespace}`;
}

function requireSteps({ workload, strategy }: LiveApp, verb: string, instead: string): void {
  if (workload.kind === "Rollout") return;
  throw refusal(verb, `the strategy is ${strategy}, and a rolling update has no steps: ${instead}`);
}

/** What is left to do in git after the cluster went back. */
export function whatNext({ workload }: LiveApp, { env, named }: Situation): string {
  const rollback = npmRun("rollback", [env], named);
  return `Only the cluster went back. Where git says ${versionOf(workload)}:  ${rollback}`;
}

/** Why an action is refused. */
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
