import { changeRollout } from "../../outside/argo-rollouts.ts";
import type { ConfirmedCluster } from "../../outside/cluster.ts";
import { does, planDeeds } from "../../outside/deeds.ts";
import { change, getObjects } from "../../outside/kubectl.ts";
import { npmRun } from "../../problems/suggest.ts";
import { hashOf, type LiveApp, revisionOf, versionOf, type Workload } from "../app/live-app.ts";
import { type Action, awaitApp, refusal, type Situation, whatNext } from "./actions.ts";

/** Brings the version before back, without waiting for the strategy's steps. */
export const undo: Action = async (live, situation) => {
  const npm = (verb: string, ...words: string[]) => npmRun(verb, words, situation.named);
  if (live.owner === "argocd") {
    const how = `go back in git, ${npm("rollback", situation.env)}`;
    const now = live.state === "done" ? "" : `, and ${npm("abort")} stops what is going on`;
    throw refusal("undo", `Argo CD owns the app and would put ${versionOf(live.workload)} back: ${how}${now}`);
  }
  const { cluster, app } = situation;
  const selector = ["--namespace", app.namespace, "--selector", `app.kubernetes.io/instance=${app.name}`];
  const runs = await getObjects<AnalysisRun>(cluster, "analysisruns.argoproj.io", ...selector);
  const target = undoTarget(live, runs, situation.to);
  if (!target) {
    const known = [...new Set(olderSets(live).map(versionOf))].join(", ") || "none";
    const wanted = situation.to ?? "version before whose analysis has not failed";
    throw refusal("undo", `there is no ${wanted} to go back to. Known to the cluster: ${known} (--to VERSION)`);
  }
  const from = versionOf(live.workload);
  const to = versionOf(target.set);
  const revision = revisionOf(target.set);
  const confirmed = { ...situation, cluster: await situation.confirm(`go back from ${from} to ${to}`) };
  const goingBack = `go back to ${to}, revision ${revision}`;
  const settling = `let ${to} serve everybody`;
  planDeeds(
    [goingBack, settling],
    `${npm("status")}; where it shows ${to} as the new version, ${npm("promote-rollout", "--full")}, else repeat this`,
  );
  await does(goingBack, () => goBack(live, confirmed, revision));
  const after = await does(settling, () => settle(live, confirmed));
  const skipped = target.skipped.length > 0 ? ` (not to ${target.skipped.join(", ")}, whose analysis failed)` : "";
  const outcome = after.state === "done" ? `${to} serves everybody` : `${to} is on its way (${after.phase})`;
  return `back from ${from} to ${to}, revision ${revision}${skipped}: ${outcome}.\n${whatNext(live, situation)}`;
};

interface Confirmed extends Situation {
  cluster: ConfirmedCluster;
}

async function goBack({ workload }: LiveApp, { cluster, app }: Confirmed, revision: number): Promise<void> {
  const to = `--to-revision=${revision}`;
  if (workload.kind === "Rollout") return changeRollout(cluster, app, "undo", to);
  await change(cluster, "rollout", "undo", `deployment/${app.name}`, "--namespace", app.namespace, to);
}

/**
 * Waits until the old version serves everybody, and promotes it fully: to Argo Rollouts it is a new version, which would
 * go up step by step. The controller can overwrite that promotion with its own view of the rollout, so it is repeated.
 */
async function settle({ workload }: LiveApp, situation: Confirmed): Promise<LiveApp> {
  const generation = workload.metadata.generation ?? 0;
  const isDone = (now: LiveApp) => now.state === "done";
  let live = await awaitApp(situation, (now) => isSeen(now, generation));
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    const before = live;
    const { kind, status } = before.workload;
    if (kind === "Rollout" && !isDone(before) && !status?.promoteFull) {
      await changeRollout(situation.cluster, situation.app, "promote", "--full");
    }
    live = await awaitApp(situation, isDone, 3000);
    if (isDone(live) && isDone(before)) break;
  }
  return live;
}

/** Whether the controller has seen a change that was made after that generation. */
function isSeen({ workload: { metadata, status } }: LiveApp, generation: number): boolean {
  const now = metadata.generation ?? 0;
  return now > generation && Number(status?.observedGeneration) >= now;
}

/** An analysis of a version's traffic, as far as it is read here. */
export interface AnalysisRun {
  metadata: { labels?: Record<string, string> };
  status?: { phase?: string };
}

/** Where `undo` leads: the revision, and the newer versions that are skipped because their analysis failed. */
export interface UndoTarget {
  set: Workload;
  skipped: string[];
}

/**
 * The revision to go back to. With a version named: its newest revision. While a version is being rolled out or was given
 * up: the stable revision. Otherwise: the newest older revision whose analysis has not failed. The plugin alone would take
 * the revision before, which may be one that was aborted for good reason.
 */
export function undoTarget(live: LiveApp, runs: AnalysisRun[], version?: string): UndoTarget | undefined {
  const { status = {} } = live.workload;
  const older = olderSets(live);
  if (version !== undefined) {
    const named = older.find((set) => versionOf(set) === version);
    return named && { set: named, skipped: [] };
  }
  if (live.state !== "done" && status.stableRS) {
    const stable = older.find((set) => hashOf(set) === status.stableRS);
    if (stable) return { set: stable, skipped: [] };
  }
  const failed = new Set(
    runs
      .filter(({ status }) => status?.phase === "Failed" || status?.phase === "Error")
      .map(({ metadata }) => metadata.labels?.["rollouts-pod-template-hash"]),
  );
  const set = older.find((set) => !failed.has(hashOf(set)));
  if (!set) return undefined;
  return { set, skipped: older.slice(0, older.indexOf(set)).map(versionOf) };
}

/** The versions that the cluster can still go back to, newest first. */
function olderSets({ workload, history }: LiveApp): Workload[] {
  return history.filter((set) => revisionOf(set) < revisionOf(workload));
}
