import { createInterface } from "node:readline/promises";
import { type DeclaredApp, loadDeclaredApps } from "../engine/apps.ts";
import { loadClusters } from "../engine/clusters.ts";
import { environmentNames } from "../engine/environments.ts";
import { findLiveApps, isAmong } from "../operations/app/find-live-app.ts";
import { type Cluster, type ConfirmedCluster, currentCluster, requireUnchanged } from "../outside/cluster.ts";
import { interrupted } from "../outside/deeds.ts";
import { IssueError } from "../problems/issue.ts";
import { unknownName } from "../problems/suggest.ts";
import type { Given, Target } from "./command.ts";

/** How a cluster and an environment stand to each other. */
export type Match = "its own" | "not known";

/**
 * The current context's cluster and the environment that is meant: the one named, else the one whose cluster it is, else,
 * on this machine, the fallback. Throws `IssueError` where the cluster is another environment's, and `ClusterError`.
 */
export async function findTarget(
  { root }: Given,
  named: string | undefined,
  fallback?: (cluster: Cluster) => Promise<string | undefined>,
): Promise<Target & { match: Match }> {
  const cluster = await currentCluster();
  const owner = environmentOf(root, cluster);
  const env = named ?? owner ?? (cluster.local ? await fallback?.(cluster) : undefined);
  if (env === undefined) {
    const message = `is missing: context ${cluster.context} (${cluster.server}) is not on this machine, so there is no default`;
    throw new IssueError({ file: "ENV", message });
  }
  return { cluster, env, match: matchCluster(root, env, cluster) };
}

/** Throws `IssueError` where an environment's facts name other clusters, or another environment's name this one. */
export function matchCluster(root: string, env: string, { uid, context, server }: Cluster): Match {
  const clusters = readClusters(root);
  const own = clusters[env] ?? [];
  if (uid !== undefined && own.includes(uid)) return "its own";
  const where = `context ${context} (${server})`;
  const choose = "choose another context: kubectl config use-context NAME";
  if (uid === undefined && Object.values(clusters).flat().length > 0) {
    const message = `${where} does not let you read namespace kube-system, whose UID says which environment's cluster it is: ask for the permission, or use another context`;
    throw new IssueError({ file: "cluster", message });
  }
  const owner = Object.entries(clusters).find(([, uids]) => uid !== undefined && uids.includes(uid))?.[0];
  if (owner)
    throw new IssueError({ file: "cluster", message: `${where} is ${owner}'s cluster, not ${env}'s: ${choose}` });
  if (own.length === 0) return "not known";
  const add = `if it was made anew, or is one more: write its UID ${uid} down in values-src/environments/clusters.json, and run npm run gen`;
  throw new IssueError({ file: "cluster", message: `${where} is none of ${env}'s clusters: ${choose}\n${add}` });
}

/** The environment whose facts name the cluster. */
export function environmentOf(root: string, { uid }: Cluster): string | undefined {
  if (uid === undefined) return undefined;
  return Object.entries(readClusters(root)).find(([, uids]) => uids.includes(uid))?.[0];
}

/** UIDs of each environment's clusters. Throws `IssueError` with all problems of the file. */
function readClusters(root: string): Record<string, string[]> {
  const { clusters, issues } = loadClusters(root, environmentNames(root));
  if (issues.length > 0) throw new IssueError(...issues);
  return clusters;
}

/**
 * Asks before something is done to a cluster: to one that is not certainly on this machine, or with `always` to any. What
 * was confirmed is read again afterwards. This alone makes a cluster one that may be changed. Throws `IssueError` unless the
 * answer, or `--yes`, is yes.
 */
export async function confirm(
  { yes }: Pick<Given, "yes">,
  cluster: Cluster,
  action: string,
  { always = false } = {},
): Promise<ConfirmedCluster> {
  const confirmed = cluster as ConfirmedCluster;
  if (yes || (cluster.local && !always)) return confirmed;
  const where = `context ${cluster.context} (${cluster.server})`;
  if (!canAsk()) {
    const message = `would ${action} in ${where}, and there is nobody to ask: if it is meant, repeat it with --yes`;
    throw new IssueError({ file: "--yes", message });
  }
  if (!(await askYesNo(`${action} in ${where}? [y/N] `))) {
    throw new IssueError({ file: "answer", message: "was not yes: nothing was changed" });
  }
  await requireUnchanged(cluster);
  return confirmed;
}

/** Whether somebody sits at a terminal. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** Whether the answer to a question is yes. */
export async function askYesNo(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // Readline takes Ctrl-C for itself.
  terminal.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  try {
    return /^y(es)?$/i.test((await terminal.question(question, { signal: interrupted })).trim());
  } finally {
    terminal.close();
  }
}

/** The app that `--app` names, or the only one that there is. Throws `IssueError`. */
export async function findApp(root: string, name: string | undefined): Promise<DeclaredApp> {
  return chooseApp(await loadDeclaredApps(root), name);
}

/** The app of that name, or the only one that there is. Throws `IssueError`. */
export function chooseApp(apps: DeclaredApp[], name: string | undefined): DeclaredApp {
  const names = apps.map((app) => app.name);
  if (name === undefined && apps[0] && apps.length === 1) return apps[0];
  const found = apps.find((app) => app.name === name);
  if (found) return found;
  const message =
    name === undefined ? `is missing: one of ${names.join(", ") || "none"}` : unknownName("app", name, names);
  throw new IssueError({ file: "--app", message });
}

/**
 * Throws `IssueError` where a cluster that is not certainly on this machine runs an app of another environment: it is that
 * environment's, whether its UID is written down or not.
 */
export async function requireOwnApps(root: string, cluster: Cluster, env: string): Promise<void> {
  if (cluster.local) return;
  const apps = await loadDeclaredApps(root);
  const live = (await findLiveApps(cluster, apps)).filter(({ app }) => isAmong(app, apps));
  const foreign = live.find(({ environment }) => environment !== undefined && environment !== env);
  if (!foreign) return;
  const message = `context ${cluster.context} (${cluster.server}) runs ${foreign.app.name} of ${foreign.environment}, not of ${env}: choose another context: kubectl config use-context NAME`;
  throw new IssueError({ file: "cluster", message });
}
