import type { App } from "../../../values-src/app.ts";
import type { Cluster } from "../../outside/cluster.ts";
import { pause, say } from "../../outside/deeds.ts";
import { type Issue, IssueError } from "../../problems/issue.ts";
import { npmRun } from "../../problems/suggest.ts";
import { findCauses } from "../app/find-causes.ts";
import { findLiveApps, isAmong } from "../app/find-live-app.ts";
import { currentSetOf, isHealthy, type LiveApp, namesOf } from "../app/live-app.ts";

/** How an app does: `waiting` while its new version has no pod that takes requests. */
type Condition = "serves" | "under way" | "failed" | "waiting";

/**
 * Waits until every app serves, or its new version is up and goes through the strategy's steps; says what it waits for
 * whenever that changes. Returns a line for each app. Throws `IssueError` with why, for each app that is Degraded, and for
 * each that has no pod ready after that time.
 */
export async function awaitApps(cluster: Cluster, env: string, apps: App[], milliseconds = 300_000): Promise<string[]> {
  const told = new Set<string>();
  for (const end = Date.now() + milliseconds; ; ) {
    const found = await findLiveApps(cluster, apps);
    const seen = apps.map((app) => ({ app, live: found.find((live) => isAmong(live.app, [app])) }));
    // The workload of a chart of its own may have another name.
    const known = seen.filter(({ app, live }) => live !== undefined || app.facts.chart === undefined);
    const unwell = known.filter(({ live }) => ["failed", "waiting"].includes(conditionOf(live)));
    const causes = await findCauses(
      cluster,
      unwell.flatMap(({ live }) => live ?? []),
    );
    for (const { app, live } of unwell) {
      const line = `waiting for ${app.name}: ${describeUnwell(app, live, causes)}`;
      if (!told.has(line)) say(line);
      told.add(line);
    }
    const waiting = unwell.some(({ live }) => conditionOf(live) === "waiting");
    if (!waiting || Date.now() > end) {
      const issues = unwell.map(({ app, live }) => toIssue(env, app, live, causes));
      if (issues.length > 0) throw new IssueError(...issues);
      return known.flatMap(({ live }) => (live ? describeWell(live) : []));
    }
    await pause(2000);
  }
}

/** How an app does; `waiting` where the cluster does not run it. */
export function conditionOf(live: LiveApp | undefined): Condition {
  if (!live) return "waiting";
  if (live.phase === "Degraded" || live.state === "aborted") return "failed";
  if (isHealthy(live)) return "serves";
  if (live.state === "done") return "waiting";
  const ready = currentSetOf(live)?.status?.availableReplicas ?? 0;
  return live.stable !== undefined && ready > 0 ? "under way" : "waiting";
}

function describeUnwell(app: App, live: LiveApp | undefined, causes: Map<LiveApp, string[]>): string {
  if (!live) return app.owner === "argocd" ? "Argo CD has not released it yet" : "it does not run yet";
  return describeState(live, causes.get(live));
}

/** The state of the version that is being rolled out, and why it does not come up. */
export function describeState(live: LiveApp, causes: string[] = []): string {
  const said = live.message ? `${live.phase}, ${live.message}` : live.phase;
  return [`${namesOf(live).next} is ${said}`, ...causes].join("\n  ");
}

function toIssue(env: string, app: App, live: LiveApp | undefined, causes: Map<LiveApp, string[]>): Issue {
  const way = live?.state === "aborted" ? `, or go back in git: ${npmRun("rollback", [env], app.name)}` : "";
  const message = `is released, and does not serve as it should: ${describeUnwell(app, live, causes)}
mend it and release it again${way}; to see how it does: npm run status -- ${env} --app ${app.name}`;
  return { file: app.name, message };
}

function describeWell(live: LiveApp): string {
  const { stable, next } = namesOf(live);
  if (live.state === "done") return `${live.app.name}: ${stable} serves`;
  return `${live.app.name}: ${next} is rolled out (${live.step ?? live.phase}), ${stable} serves`;
}
