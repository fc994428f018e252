import { findLiveApp } from "../operations/app/find-live-app.ts";
import type { Action } from "../operations/rollout/actions.ts";
import { IssueError } from "../problems/issue.ts";
import type { Answer, Given, Option } from "./command.ts";
import { confirm, findApp, findTarget } from "./target.ts";

interface Wishes {
  app?: string | undefined;
  to?: string | undefined;
  full?: boolean;
}

/** Acts on an app's rollout in the current context's cluster, once it is known to be the environment's. */
export async function actOnRollout(
  verb: string,
  action: Action,
  given: Given<Record<string, Option>>,
  wishes: Wishes,
): Promise<Answer> {
  const app = await findApp(given.root, wishes.app);
  const { cluster, env } = await findTarget(given, given.operands[0], async (cluster) => {
    return (await findLiveApp(cluster, app))?.environment ?? "dev";
  });
  const live = await findLiveApp(cluster, app);
  if (!live) {
    const message = `context ${cluster.context} runs no ${app.name} in namespace ${app.namespace}: npm run up releases it, and kubectl config use-context NAME chooses another cluster`;
    throw new IssueError({ file: verb, message });
  }
  if (live.environment !== undefined && live.environment !== env) {
    const message = `context ${cluster.context} runs ${app.name} of ${live.environment}, not of ${env}: choose another context, or name ${live.environment}`;
    throw new IssueError({ file: verb, message });
  }
  const { to, full = false } = wishes;
  const told = await action(live, {
    cluster,
    app,
    env,
    full,
    ...(wishes.app !== undefined && { named: app.name }),
    ...(to && { to }),
    confirm: (what) => confirm(given, cluster, what),
  });
  return { code: 0, text: `${env}: ${told}`, data: { environment: env, app: app.name, outcome: told } };
}
