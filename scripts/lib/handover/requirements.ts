import { readFileSync } from "node:fs";
import type { Cluster } from "../cluster/cluster.ts";
import { appName, findLiveApp } from "../cluster/find-live-app.ts";
import type { LiveApp } from "../cluster/live-app.ts";
import { readRow } from "../cluster/status-rows.ts";
import { type HelmRelease, stuckReleases, unsettledReleases } from "../cluster/stuck.ts";
import { displayPath, type Issue, IssueError } from "../issue.ts";
import { environmentFile } from "../values/environments.ts";

/** What is to be done first: the environment's facts and what was generated from them say who the owner is. */
export function ownerProblems(root: string, env: string, to: string): Issue[] {
  const row = readRow(root, env);
  if (Array.isArray(row)) return row;
  if (row.owner === to) return [];
  const file = displayPath(environmentFile(root, env), root);
  const line = readFileSync(file, "utf8")
    .split("\n")
    .findIndex((text) => text.includes("owner:"));
  const message = [
    `${env}'s app belongs to ${row.owner}. Change that first:`,
    `  app: { owner: "${to}" }`,
    `  npm run gen && git commit -am "Hand the app of ${env} over to ${to}" && git push`,
    `then repeat npm run handover -- --env ${env}${to === "argocd" ? "" : ` --to ${to}`}`,
  ].join("\n");
  return [{ file, ...(line >= 0 && { line: line + 1 }), message }];
}

/** Throws `IssueError` unless one version of the app serves everybody, and Helm is at rest. */
export async function requireSettled(cluster: Cluster, namespace: string, env: string): Promise<void> {
  const problems = [
    ...appProblems(await findLiveApp(cluster, namespace), env, cluster.context),
    ...stuckIn(await unsettledReleases(cluster), namespace),
  ];
  if (problems.length > 0) throw new IssueError(...problems);
}

function appProblems(app: LiveApp | undefined, env: string, context: string): Issue[] {
  if (!app) {
    const message = `context ${context} runs no ${appName}: npm run up -- --env ${env} releases it, by its new owner at once`;
    return [{ file: "cluster", message }];
  }
  if (app.environment !== env) {
    const message = `context ${context} runs the app of ${app.environment}, not of ${env}: choose another context`;
    return [{ file: "cluster", message }];
  }
  if (app.state === "done") return [];
  const message = `${app.next} is being rolled out (${app.phase}): let that end, npm run status, or npm run promote-rollout, abort, undo`;
  return [{ file: "cluster", message }];
}

/** Releases that an interrupted Helm has left half-way. */
function stuckIn(releases: HelmRelease[], namespace: string): Issue[] {
  const isApp = ({ name, status }: HelmRelease) => name === appName && status === "pending-install";
  const others = releases.filter((release) => !isApp(release));
  if (others.length === releases.length) return stuckReleases(releases, [appName, "argocd-apps"]);
  // What else would be said, to uninstall it, would take the running app away.
  const record = `kubectl delete secret --namespace ${namespace} --selector owner=helm,name=${appName},status=pending-install`;
  const message = `is in pending-install: another Helm is at work, or one was interrupted. If it was, take its record away:\n${record}`;
  return [{ file: `release ${appName}`, message }, ...stuckReleases(others, ["argocd-apps"])];
}
