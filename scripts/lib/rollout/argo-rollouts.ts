import { execFile } from "node:child_process";
import { setTimeout } from "node:timers/promises";
import { type Cluster, ClusterError, kubectl } from "../cluster/cluster.ts";
import { explainKubectl } from "../cluster/explain-kubectl.ts";
import { appName, findLiveApp } from "../cluster/find-live-app.ts";
import type { LiveApp } from "../cluster/live-app.ts";
import { IssueError } from "../issue.ts";
import { findTool, toolEnv, toolNamed } from "../tools/find.ts";
import { explainMissing } from "../tools/missing.ts";

/** Where the app is. */
export interface Target {
  cluster: Cluster;
  namespace: string;
}

/** Calls the plugin of Argo Rollouts on the app. Throws `IssueError` when it is missing or fails. */
export function argoRollouts({ cluster, namespace }: Target, verb: string, ...options: string[]): Promise<void> {
  const file = requirePlugin();
  const args = [verb, appName, "--context", cluster.context, "--namespace", namespace, ...options];
  return new Promise((resolve, reject) => {
    execFile(file, args, { env: toolEnv(), timeout: 60_000 }, (error, _stdout, stderr) => {
      if (!error) return resolve();
      const { failure, message } = explainKubectl(stderr || error.message, cluster.context);
      reject(new ClusterError(failure, message));
    });
  });
}

/**
 * Ends the pause of a blue/green rollout that would promote itself in time. The plugin's `promote` only starts such a pause
 * anew (Argo Rollouts 1.9), and with `--full` the analysis after the switch is left out: so the pause began long ago.
 */
export async function endTimedPause({ cluster, namespace }: Target): Promise<void> {
  const status = { pauseConditions: [{ reason: "BlueGreenPause", startTime: "2000-01-01T00:00:00Z" }] };
  const patch = ["--subresource", "status", "--type", "merge", "--patch", JSON.stringify({ status })];
  await kubectl(cluster, "patch", "rollouts.argoproj.io", appName, "--namespace", namespace, ...patch);
}

function requirePlugin(): string {
  const name = "kubectl-argo-rollouts";
  const [file, tool] = [findTool(name), toolNamed(name)];
  if (file) return file;
  const missing = tool ? explainMissing([{ tool, reason: "not on PATH, nor in .tools/bin" }]) : name;
  throw new IssueError({ file: name, message: `${missing}\nor build it: npm run tools -- ${name}` });
}

/** Reads the app until it is as expected, or as it is after a while: a controller takes a moment. */
export async function awaitApp(target: Target, expected: (app: LiveApp) => boolean, ms = 20_000): Promise<LiveApp> {
  for (const end = Date.now() + ms; ; ) {
    const app = await findLiveApp(target.cluster, target.namespace);
    if (!app) throw new ClusterError("other", `${appName} has gone from namespace ${target.namespace} meanwhile`);
    if (expected(app) || Date.now() > end) return app;
    await setTimeout(500);
  }
}
