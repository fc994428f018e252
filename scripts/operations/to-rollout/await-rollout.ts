import type { ConfirmedCluster } from "../../outside/cluster.ts";
import { pause, say } from "../../outside/deeds.ts";
import { IssueError } from "../../problems/issue.ts";
import { npmRun } from "../../problems/suggest.ts";
import { findCausesOf } from "../app/find-causes.ts";
import { findLiveApp } from "../app/find-live-app.ts";
import type { App } from "../app/live-app.ts";
import { conditionOf, describeState } from "../bring-up/await-apps.ts";
import { findDeployment, replicasOf, scaleRollout } from "./move.ts";

/**
 * Waits until the app's Rollout serves with as many pods as its Deployment, which an HPA may scale meanwhile; says what it
 * waits for whenever that changes. Returns the number of pods. Throws `IssueError` with the causes when the Rollout is
 * Degraded, or not there after that time.
 */
export async function awaitRollout(
  cluster: ConfirmedCluster,
  env: string,
  app: App,
  milliseconds: number,
): Promise<number> {
  let told = "";
  for (const end = Date.now() + milliseconds; ; ) {
    const [deployment, live] = await Promise.all([findDeployment(cluster, app), findLiveApp(cluster, app)]);
    if (live?.workload.kind !== "Rollout") {
      const message = `its Rollout was deleted meanwhile: repeat ${npmRun("to-rollout", [env], app.name)}`;
      throw new IssueError({ file: app.name, message });
    }
    const { workload } = live;
    const wanted = Math.max(replicasOf(workload), deployment ? replicasOf(deployment) : 0);
    if (wanted > replicasOf(workload)) {
      await scaleRollout(cluster, app, wanted);
      say(`${app.name}: the Deployment has ${wanted} pods by now, and so gets the Rollout`);
    }
    const condition = conditionOf(live);
    const available = workload.status?.availableReplicas ?? 0;
    const isUp = condition === "serves" || condition === "under way";
    if (isUp && available >= wanted) return available;
    const why = isUp ? "" : `: ${describeState(live, await findCausesOf(cluster, live))}`;
    const line = `${available} of ${wanted} pods of its Rollout are available${why}`;
    if (condition === "failed" || Date.now() > end) {
      const message = `${line}
its Deployment was not touched; mend the cause, then repeat ${npmRun("to-rollout", [env], app.name)}`;
      throw new IssueError({ file: app.name, message });
    }
    if (line !== told) say(`waiting for ${app.name}: ${line}`);
    told = line;
    await pause(2000);
  }
}
