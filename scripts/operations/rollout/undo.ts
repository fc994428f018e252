import type { ConfirmedCluster } from "../../outside/cluster.ts";
import { does, planDeeds } from "../../outside/deeds.ts";
import { getObjects } from "../../outside/kubectl.ts";
import { npmRun } from "../../problems/suggest.ts";
import type { AnalysisRun } from "../app/causes.ts";
import {
  currentSetOf,
  hashOf,
  isObserved,
  type LiveApp,
  revisionOf,
  stableSetOf,
  templateOf,
  versionOf,
  type Workload,
} from "../app/live-app.ts";
import { differencesBetween } from "../app/template-differences.ts";
import { type Action, abort, awaitApp, notActed, promoteFully, refusal, type Situation, whatNext } from "./actions.ts";
import { changeWorkload, describe } from "./change-workload.ts";

/** Brings the version before back, without waiting for the strategy's steps. */
export const undo: Action = async (live, situation) => {
  const npm = (verb: string, ...words: string[]) => npmRun(verb, words, situation.named);
  if (leadsToStable(live, situation.to)) return await abort(live, situation);
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
  const current = currentSetOf(live);
  const differences = differencesBetween(target.set, current);
  const name = (set: Workload) => `${versionOf(set)}${differences.length > 0 ? ` of revision ${revisionOf(set)}` : ""}`;
  const [from, to] = [name(live.workload), name(target.set)];
  const revision = revisionOf(target.set);
  const confirmed = { ...situation, cluster: await situation.confirm(`go back from ${from} to ${to}`) };
  const goingBack = `go back to ${to}, revision ${revision}`;
  const settling = `let ${to} serve everybody`;
  planDeeds(
    [goingBack, settling],
    `${npm("status")}; where it shows ${to} as the new version, ${npm("promote-rollout", "--full")}, else repeat this`,
  );
  const written = await does(goingBack, () => goBack(live, confirmed, target.set));
  const after = await does(settling, () => settle(written, live, confirmed));
  if (after.state !== "done") {
    const how = `${to} is on its way (${after.phase}), and does not serve everybody yet`;
    throw await notActed(situation, "undo", after, how);
  }
  const skipped = target.skipped.length > 0 ? ` (not to ${target.skipped.join(", ")}, whose analysis failed)` : "";
  return [
    `back from ${from} to ${to}, revision ${revision}${skipped}: ${to} serves everybody.`,
    whatNext(from, differences, situation),
    `To roll ${from} out again:  ${forward(live, situation)}`,
  ].join("\n");
};

/**
 * What brings the version back by the strategy's steps while git still has it. `helmfile apply` does nothing then, since the
 * diff is empty, and to `sync` nothing of a Rollout has changed either: Helm compares its own records of it: https://helm.sh/docs/faq/changes_since_helm2/#improved-upgrade-strategy-3-way-strategic-merge-patches
 */
function forward({ workload }: LiveApp, { env, app: { name, namespace } }: Situation): string {
  if (workload.kind === "Deployment") return `helmfile -e ${env} sync --selector name=${name}`;
  return `kubectl argo rollouts undo ${name} -n ${namespace} --to-revision=${revisionOf(workload)}`;
}

interface Confirmed extends Situation {
  cluster: ConfirmedCluster;
}

/** In the midst of a rollout the stable version serves as soon as the rollout is aborted, and nothing has to be put back. */
function leadsToStable(live: LiveApp, wanted: string | undefined): boolean {
  if (live.workload.kind !== "Rollout" || live.state === "done" || live.stable === undefined) return false;
  return wanted === undefined || (wanted === live.stable && wanted !== live.next);
}

/** Puts the revision's pod template back, exactly as it was: then Argo Rollouts takes its ReplicaSet, and makes no new one. */
function goBack(live: LiveApp, { cluster }: Confirmed, set: Workload): Promise<Workload> {
  return changeWorkload(cluster, live, [{ op: "replace", path: "/spec/template", value: templateOf(set) }]);
}

/**
 * Waits until the old version serves everybody, and promotes it fully: to Argo Rollouts it is a new version, which would
 * go up step by step. The controller can overwrite that promotion with its own view of the rollout, so it is repeated.
 * Throws `IssueError` as soon as another version appears.
 */
async function settle(written: Workload, before: LiveApp, situation: Confirmed): Promise<LiveApp> {
  const isOurs = (now: LiveApp) => JSON.stringify(now.workload.spec.template) === JSON.stringify(written.spec.template);
  const isDone = (now: LiveApp) => now.state === "done";
  const isSeen = ({ workload }: LiveApp) => isObserved(workload);
  const look = async (expected: (now: LiveApp) => boolean, milliseconds: number) => {
    const now = await awaitApp(situation, (now) => !isOurs(now) || expected(now), milliseconds);
    if (isOurs(now)) return now;
    const message = `${versionOf(written)} was put back, and then something else put ${describe(now)} in its place: nothing was done to that. It was ${describe(before)} before; look at it, and repeat this if it is still meant`;
    throw refusal("undo", message);
  };
  let live = await look(isSeen, 20_000);
  if (!isSeen(live)) return live;
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    const last = live;
    const { kind, status } = last.workload;
    if (kind === "Rollout" && !isDone(last) && !status?.promoteFull) await promoteFully(situation.cluster, last);
    live = await look(isDone, 3000);
    if (isDone(live) && isDone(last)) break;
  }
  return live;
}

/** Where `undo` leads: the revision, and the newer versions that are skipped because their analysis failed. */
export interface UndoTarget {
  set: Workload;
  skipped: string[];
}

/**
 * The revision to go back to. With a version named: its newest revision. Where the version that is being rolled out has no
 * stable one before it that can be told, and after a rollout has ended: the newest older revision whose analysis has not
 * failed. Argo Rollouts' own `undo` would take the revision before, which may be one that was aborted for good reason.
 */
export function undoTarget(live: LiveApp, runs: AnalysisRun[], version?: string): UndoTarget | undefined {
  const older = olderSets(live);
  if (version !== undefined) {
    const named = older.find((set) => versionOf(set) === version);
    return named && { set: named, skipped: [] };
  }
  if (live.state !== "done") {
    const stable = stableSetOf(live);
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
