import { getObjects, kubectl } from "../cluster/cluster.ts";
import { appName } from "../cluster/find-live-app.ts";
import type { LiveApp } from "../cluster/live-app.ts";
import { revisionOf, versionOf } from "../cluster/workload.ts";
import { type Action, refusal, type Situation, whatNext } from "./action.ts";
import { argoRollouts, awaitApp } from "./argo-rollouts.ts";
import { type AnalysisRun, olderSets, undoTarget } from "./undo-target.ts";

/** Goes back to the version before, at once. */
export const undo: Action = async (app, situation) => {
  if (app.owner === "argocd") {
    const how = `go back in git, npm run rollback -- ${app.environment}`;
    const now = app.state === "done" ? "" : ", and npm run abort stops what is going on";
    throw refusal("undo", `Argo CD owns the app and would put ${versionOf(app.workload)} back: ${how}${now}`);
  }
  const selector = ["--namespace", situation.namespace, "--selector", `app.kubernetes.io/instance=${appName}`];
  const runs = await getObjects<AnalysisRun>(situation.cluster, "analysisruns.argoproj.io", ...selector);
  const target = undoTarget(app, runs, situation.to);
  if (!target) {
    const known = [...new Set(olderSets(app).map(versionOf))].join(", ") || "none";
    const wanted = situation.to ?? "version before whose analysis has not failed";
    throw refusal("undo", `there is no ${wanted} to go back to. Known to the cluster: ${known} (--to VERSION)`);
  }
  const [from, to, revision] = [versionOf(app.workload), versionOf(target.set), revisionOf(target.set)];
  await situation.confirm(`go back from ${from} to ${to}`);
  const after = await goBack(app, situation, revision);
  const skipped = target.skipped.length > 0 ? ` (not to ${target.skipped.join(", ")}, whose analysis failed)` : "";
  const outcome = after.state === "done" ? `${to} serves everybody` : `${to} is on its way (${after.phase})`;
  return `back from ${from} to ${to}, revision ${revision}${skipped}: ${outcome}.\n${whatNext(app)}`;
};

async function goBack(app: LiveApp, situation: Situation, revision: number): Promise<LiveApp> {
  const { cluster, namespace } = situation;
  if (app.workload.kind === "Deployment") {
    const to = `--to-revision=${revision}`;
    await kubectl(cluster, "rollout", "undo", `deployment/${appName}`, "--namespace", namespace, to);
  } else {
    await argoRollouts(situation, "undo", `--to-revision=${revision}`);
  }
  const generation = app.workload.metadata.generation ?? 0;
  const seen = ({ workload: { metadata, status } }: LiveApp) =>
    (metadata.generation ?? 0) > generation && Number(status?.observedGeneration) >= (metadata.generation ?? 0);
  return settle(situation, await awaitApp(situation, seen));
}

/**
 * Sees to it that the old version serves everybody. It is a new one to Argo Rollouts, and would go up step by step; and
 * a full promotion is lost when the controller writes its own view of the rollout at the same moment.
 */
async function settle(situation: Situation, seen: LiveApp): Promise<LiveApp> {
  let app = seen;
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    const { kind, status } = app.workload;
    if (kind === "Rollout" && app.state !== "done" && !status?.promoteFull) {
      await argoRollouts(situation, "promote", "--full");
    }
    const [before, settled] = [app, (now: LiveApp) => now.state === "done"];
    app = await awaitApp(situation, settled, 3000);
    if (app.state === "done" && before.state === "done") break;
  }
  return app;
}
