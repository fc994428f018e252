import { appName } from "../cluster/find-live-app.ts";
import type { LiveApp } from "../cluster/live-app.ts";
import { type Action, refusal, whatNext } from "./action.ts";
import { argoRollouts, awaitApp, endTimedPause } from "./argo-rollouts.ts";

/** Goes on to the next step, or to the end. */
export const promote: Action = async (app, situation) => {
  requireSteps(app, "promote", "it replaces its pods one by one, as fast as new ones get ready");
  const { stable, next, step } = app;
  if (app.state === "done") return `nothing to promote: ${stable} serves everybody`;
  if (app.state === "aborted") {
    const retry = `kubectl argo rollouts retry rollout ${appName} -n ${situation.namespace}`;
    throw refusal("promote", `${next} was given up, ${stable} serves. To try ${next} again: ${retry}`);
  }
  const blueGreen = app.workload.spec.strategy?.blueGreen;
  if (blueGreen && app.state === "paused" && !situation.full && /inconclusive/i.test(app.message ?? "")) {
    const ways = "npm run promote-rollout -- --full keeps it, npm run abort gives it up";
    throw refusal("promote", `${next} has all users, and its analysis could not tell whether it is good: ${ways}`);
  }
  const how = situation.full ? "to everybody" : step ? `past step ${step}` : "from its preview";
  await situation.confirm(`promote ${next} ${how}`);
  const timed = (blueGreen?.autoPromotionSeconds ?? 0) > 0;
  if (timed && app.state === "paused" && !situation.full) await endTimedPause(situation);
  else await argoRollouts(situation, "promote", ...(situation.full ? ["--full"] : []));
  const after = await awaitApp(
    situation,
    (now) => now.state === "done" || now.step !== step || now.phase !== app.phase,
  );
  if (after.state === "done") return `promoted: ${after.stable} serves everybody. The instant way back: npm run undo`;
  if (after.state === "aborted") throw refusal("promote", `${next} was given up meanwhile: ${after.message}`);
  const at = after.step ? `is at step ${after.step}` : "takes over";
  return `promoted: ${next} ${at} (${after.phase}). To watch: npm run status`;
};

/** Gives the new version up. */
export const abort: Action = async (app, situation) => {
  requireSteps(app, "abort", "to go back to the version before: npm run undo");
  const { stable, next } = app;
  if (app.state === "done") throw refusal("abort", `too late, ${stable} serves everybody. To go back: npm run undo`);
  if (app.state !== "aborted") {
    await situation.confirm(`abort the rollout of ${next}`);
    await argoRollouts(situation, "abort");
    const after = await awaitApp(situation, (now) => now.state === "aborted");
    if (after.state !== "aborted") {
      throw refusal("abort", `asked for, but Argo Rollouts has not done it yet (${after.phase}): see npm run status`);
    }
  }
  return `${app.state === "aborted" ? "aborted before" : "aborted"}: ${stable ?? "no version"} serves, ${next} gets no requests.
${whatNext(app)}
To try it again:  kubectl argo rollouts retry rollout ${appName} -n ${situation.namespace}`;
};

function requireSteps({ workload, strategy }: LiveApp, verb: string, instead: string): void {
  if (workload.kind === "Rollout") return;
  throw refusal(verb, `the strategy is ${strategy}, and a rolling update has no steps: ${instead}`);
}
