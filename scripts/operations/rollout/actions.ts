import type { Cluster, ConfirmedCluster } from "../../outside/cluster.ts";
import { does, pause } from "../../outside/deeds.ts";
import { ClusterError, getObjects } from "../../outside/kubectl.ts";
import { IssueError } from "../../problems/issue.ts";
import { npmRun } from "../../problems/suggest.ts";
import { findCausesOf } from "../app/find-causes.ts";
import { findLiveApp } from "../app/find-live-app.ts";
import {
  type App,
  isObserved,
  type LiveApp,
  namesOf,
  versionOf,
  type Workload,
  type WorkloadStatus,
} from "../app/live-app.ts";
import { differencesOf } from "../app/template-differences.ts";
import { changeStatus, changeWorkload, type Operation } from "./change-workload.ts";

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
  if (live.strategy === "rolling") {
    throw refusal("promote", "a rolling update has no steps: it goes on by itself, as fast as new pods get ready");
  }
  const npm = (verb: string, ...words: string[]) => npmRun(verb, words, situation.named);
  const { stable, next } = namesOf(live);
  const { step } = live;
  if (live.state === "done") return `nothing to promote: ${stable} serves everybody`;
  if (live.state === "aborted") {
    throw refusal("promote", `${next} was given up, ${stable} serves. To try ${next} again: ${retry(situation.app)}`);
  }
  if (!isObserved(live.workload))
    throw await notActed(situation, "promote", live, `${next} has not been seen by Argo Rollouts yet`);
  const blueGreen = live.workload.spec.strategy?.blueGreen;
  if (blueGreen && live.state === "paused" && !situation.full && /inconclusive/i.test(live.message ?? "")) {
    const ways = `${npm("promote-rollout", "--full")} keeps it, ${npm("abort")} gives it up`;
    throw refusal("promote", `${next} has all users, and its analysis could not tell whether it is good: ${ways}`);
  }
  const how = situation.full ? "to everybody" : step ? `past step ${step}` : "from its preview";
  const title = `promote ${next} ${how}`;
  const cluster = await situation.confirm(title);
  const written = await does(title, () => (situation.full ? promoteFully(cluster, live) : goOn(cluster, live)));
  const after = await awaitApp(situation, (now) => hasActed(now, written) && hasMoved(now, live));
  if (after.state === "done") {
    return `promoted: ${namesOf(after).stable} serves everybody. The instant way back: ${npm("undo")}`;
  }
  if (after.state === "aborted") throw refusal("promote", `${next} was given up meanwhile: ${after.message}`);
  if (!hasActed(after, written)) throw await notActed(situation, "promote", after);
  const at = after.step ? `is at step ${after.step}` : "takes over";
  return `promoted: ${next} ${at} (${after.phase}). To watch: ${npm("status")}`;
};

/** Aborts the rollout: the stable version serves everybody. */
export const abort: Action = async (live, situation) => {
  const back = npmRun("undo", [], situation.named);
  if (live.workload.kind === "Deployment") {
    throw refusal("abort", `the app is a Deployment, which nothing aborts: to go back to the version before: ${back}`);
  }
  const { stable, next } = namesOf(live);
  if (live.state === "done") throw refusal("abort", `too late, ${stable} serves everybody. To go back: ${back}`);
  // Looked for while the abort is under way, which neither waits for it nor fails with it.
  const looking = findCausesOf(situation.cluster, live).catch(() => []);
  if (live.state !== "aborted") {
    const title = `abort the rollout of ${next}`;
    const cluster = await situation.confirm(title);
    await does(title, () => changeStatus(cluster, live, { abort: true }));
  }
  const after = await awaitApp(situation, (now) => now.state === "done" || isAway(now));
  if (after.state === "done") {
    const now = namesOf(after).stable;
    throw refusal("abort", `too late, ${now} serves everybody meanwhile. To go back: ${back}`);
  }
  if (!isAway(after)) throw await notActed(situation, "abort", after);
  const when = live.state === "aborted" ? "aborted before" : "aborted";
  const share = after.newShare ?? 0;
  const rest = share > 0 ? `${share} % of the requests until its last pod has ended` : "no requests";
  return [
    `${when}: ${stable} serves, ${next} gets ${rest}.`,
    ...(await looking).map((cause) => `Why ${next} does not come up: ${cause}`),
    whatNext(versionOf(after.workload), differencesOf(after), situation),
    `To try it again:  ${retry(situation.app)}`,
  ].join("\n");
};

/** To the end, without pauses and analysis. */
export async function promoteFully(cluster: ConfirmedCluster, live: LiveApp): Promise<Workload> {
  const written = await changeStatus(cluster, live, { promoteFull: true });
  if (!live.workload.spec.paused) return written;
  return await changeWorkload(cluster, live, [{ op: "replace", path: "/spec/paused", value: false }]);
}

/**
 * Ends the step that the rollout is at, as `kubectl argo rollouts promote` does, but only if it is still at that step: the
 * pause ends, or else the next step begins.
 * https://github.com/argoproj/argo-rollouts/blob/v1.9.0/pkg/kubectl-argo-rollouts/cmd/promote/promote.go
 */
async function goOn(cluster: ConfirmedCluster, live: LiveApp): Promise<Workload> {
  const { status = {}, spec } = live.workload;
  if (spec.paused) {
    // Somebody has paused the rollout as a whole: it goes on at the step that it was at.
    return await changeWorkload(cluster, live, [{ op: "replace", path: "/spec/paused", value: false }]);
  }
  const { currentStepIndex: index, pauseConditions = [] } = status;
  const stillThere: Operation[] =
    index === undefined ? [] : [{ op: "test", path: "/status/currentStepIndex", value: index }];
  const nextStep = Math.min((index ?? 0) + 1, spec.strategy?.canary?.steps?.length ?? 0);
  if (spec.strategy?.blueGreen?.autoPromotionSeconds && pauseConditions.length > 0) {
    // Without its pause condition, a pause that ends by itself would begin anew: so it began long ago.
    const longAgo = pauseConditions.map((one) => ({ ...one, startTime: "2000-01-01T00:00:00Z" }));
    return changeStatus(cluster, live, { pauseConditions: longAgo }, stillThere);
  }
  if (pauseConditions.length === 0) return changeStatus(cluster, live, { currentStepIndex: nextStep }, stillThere);
  const unsure = status.canary?.currentStepAnalysisRunStatus?.status === "Inconclusive" && status.controllerPause;
  const past = unsure ? { controllerPause: false, currentStepIndex: nextStep } : {};
  return changeStatus(cluster, live, { pauseConditions: undefined, ...past }, stillThere);
}

/** Whether Argo Rollouts has written the status since, and not only we or somebody else who asks it for something. */
function hasActed({ workload }: LiveApp, written: Workload): boolean {
  return JSON.stringify(withoutAsked(workload.status)) !== JSON.stringify(withoutAsked(written.status));
}

/** A status without the fields by which people ask Argo Rollouts for something. */
function withoutAsked(status: WorkloadStatus = {}): WorkloadStatus {
  const { abort: _, promoteFull, currentStepIndex, pauseConditions, controllerPause, ...said } = status;
  return said;
}

function hasMoved(now: LiveApp, before: LiveApp): boolean {
  return now.state === "done" || now.state === "aborted" || now.step !== before.step || now.phase !== before.phase;
}

/** Whether Argo Rollouts has acted on an abort: the new version gets no requests any more, or its pods are replaced. */
function isAway({ state, strategy, workload: { status = {} }, newShare }: LiveApp): boolean {
  return state === "aborted" && status.abortedAt !== undefined && (newShare === 0 || strategy === "rolling");
}

/** What users get while Argo Rollouts does not act on what it was asked for, and where to look. */
export async function notActed(
  { cluster, named }: Pick<Situation, "cluster" | "named">,
  verb: string,
  live: LiveApp,
  what = "asked for, but Argo Rollouts has not acted on it yet",
): Promise<IssueError> {
  const { stable, next } = namesOf(live);
  const share =
    live.newShare === undefined
      ? ""
      : `; meanwhile ${next} gets ${live.newShare} % of the requests, ${stable} the others`;
  const lines = [
    `${what}${share}`,
    ...(await describeController(cluster)),
    `It acts on it as soon as it is back. To see whether it has: ${npmRun("status", [], named)}`,
  ];
  return refusal(verb, lines.join("\n"));
}

/** How many pods of Argo Rollouts are ready, where one may look. */
async function describeController(cluster: Cluster): Promise<string[]> {
  const selector = ["--all-namespaces", "--selector", "app.kubernetes.io/name=argo-rollouts"];
  try {
    const controllers = await getObjects<Workload>(cluster, "deployments.apps", ...selector);
    if (controllers.length === 0)
      return ["No Deployment of Argo Rollouts is found in the cluster: npm run up releases it."];
    return controllers.map(({ metadata: { name, namespace }, spec, status }) => {
      const ready = `${status?.availableReplicas ?? 0} of ${spec.replicas ?? 1} pods ready`;
      return `Argo Rollouts: deployment ${name} in namespace ${namespace} has ${ready}; kubectl -n ${namespace} get pods`;
    });
  } catch (error) {
    if (error instanceof ClusterError && error.failure === "forbidden") return [];
    throw error;
  }
}

function retry({ name, namespace }: App): string {
  return `kubectl argo rollouts retry rollout ${name} -n ${namespace}`;
}

/** What is left to do in git after the cluster went back from a version, which may differ in these places alone. */
export function whatNext(from: string, differences: string[], { env, named }: Situation): string {
  if (differences.length === 0) {
    return `Only the cluster went back. Where git says ${from}:  ${npmRun("rollback", [env], named)}`;
  }
  const advice =
    "Only the cluster went back, and the tag is the same: the configuration differs. Take it back with git revert:";
  return [advice, ...differences.map((line) => `  ${line}`)].join("\n");
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
  { cluster, app }: Pick<Situation, "cluster" | "app">,
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
