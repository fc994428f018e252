import { readFileSync } from "node:fs";
import type { Environment, Owner } from "../../../values-src/environment.ts";
import type { DeclaredApp } from "../../engine/apps.ts";
import { environmentFile } from "../../engine/environments.ts";
import type { Cluster } from "../../outside/cluster.ts";
import { git, isCommitHash, shortHash } from "../../outside/git.ts";
import type { HelmRelease } from "../../outside/helmfile.ts";
import { displayPath, type Issue, IssueError } from "../../problems/issue.ts";
import { npmRun } from "../../problems/suggest.ts";
import { findLiveApp } from "../app/find-live-app.ts";
import type { App, LiveApp } from "../app/live-app.ts";
import { stuckReleases, unsettledReleases } from "../bring-up/stuck.ts";

/**
 * Problems where the facts do not name the new owner yet: the app's departure from the environment, or else the
 * environment's `owner`, which is every app's.
 */
export function ownerProblems(root: string, env: Environment, declared: DeclaredApp, to: Owner): Issue[] {
  const { name, file, facts } = declared;
  const app = declared.in(env);
  if (!app) return [{ file, message: `says that ${name} is not in ${env.name}` }];
  if (app.owner === to) return [];
  const departure = facts.environments?.[env.name];
  const departs = typeof departure === "object" && departure.owner !== undefined;
  const said = departs ? file : environmentFile(root, env.name);
  const words = [env.name, ...(to === "argocd" ? [] : ["--to", to])];
  const message = [
    `in ${env.name}, ${name} belongs to ${app.owner}${departs ? "" : ", as every app does by default"}. Change that first, in ${displayPath(file, root)}:`,
    `  environments: { ${env.name}: { owner: "${to}" } }`,
    `  npm run gen && git commit -am "Hand ${name} of ${env.name} over to ${to}" && git push`,
    `then repeat ${npmRun("handover", words, name)}`,
  ].join("\n");
  const line = readFileSync(said, "utf8")
    .split("\n")
    .findIndex((text) => text.includes("owner:"));
  return [{ file: said, ...(line >= 0 && { line: line + 1 }), message }];
}

/** Throws `IssueError` unless one version of the app serves everybody and no release of Helm is under way. */
export async function requireSettled(cluster: Cluster, app: App, env: string): Promise<void> {
  const problems = [...(await servingProblems(cluster, app, env)), ...(await unfinishedProblems(cluster, app))];
  if (problems.length > 0) throw new IssueError(...problems);
}

/** Problems where a release of the app, or that of the Applications, is under way or was left half-way. */
export async function unfinishedProblems(cluster: Cluster, app: App): Promise<Issue[]> {
  return stuckIn(await unsettledReleases(cluster), app);
}

/** Problems where not one version of the app serves everybody. */
export async function servingProblems(cluster: Cluster, app: App, env: string): Promise<Issue[]> {
  return appProblems(app, await findLiveApp(cluster, app), env, cluster.context);
}

function appProblems({ name }: App, live: LiveApp | undefined, env: string, context: string): Issue[] {
  if (!live) {
    const message = `context ${context} runs no ${name}: npm run up -- ${env} releases it, by its new owner at once`;
    return [{ file: "cluster", message }];
  }
  if (live.environment !== undefined && live.environment !== env) {
    const message = `context ${context} runs ${name} of ${live.environment}, not of ${env}: choose another context`;
    return [{ file: "cluster", message }];
  }
  if (live.state === "done") return [];
  const message = `${live.next} is being rolled out (${live.phase}): let that end, npm run status, or npm run promote-rollout, abort, undo`;
  return [{ file: "cluster", message }];
}

/** Problems with releases that an interrupted Helm has left unfinished. */
function stuckIn(releases: HelmRelease[], app: App): Issue[] {
  const isApp = ({ name, status }: HelmRelease) => name === app.name && status === "pending-install";
  const others = releases.filter((release) => !isApp(release));
  if (others.length === releases.length) return stuckReleases(releases, [app.name, "argocd-apps"]);
  // The usual advice, helm uninstall, would delete the running app.
  const record = `kubectl delete secret --namespace ${app.namespace} --selector owner=helm,name=${app.name},status=pending-install`;
  const message = `is in pending-install: another Helm is at work, or one was interrupted. If it was, delete its record:\n${record}`;
  return [{ file: `release ${app.name}`, message }, ...stuckReleases(others, ["argocd-apps"])];
}

/** Throws `IssueError` unless these files of the working tree are the same as at a commit, given by its full hash. */
export function requireSame(root: string, revision: string, files: string[]): void {
  if (!isCommitHash(revision)) {
    const message = `cannot be compared: the cluster says that it runs the revision "${revision}", which is no full commit hash`;
    throw new IssueError({ file: "working tree", message });
  }
  const { code, stdout, stderr } = git(root, ["diff", "--stat", "--end-of-options", revision, "--", ...files]);
  // Helm renders a template whether git knows it or not, also one that git ignores.
  const untracked = git(root, ["ls-files", "--others", "--", ...files]);
  const comparable = code === 0 && untracked.code === 0;
  if (comparable && stdout === "" && untracked.stdout === "") return;
  const commit = `${shortHash(revision)}, which the cluster runs`;
  const unknown = untracked.stdout.split("\n").filter(Boolean);
  const differences = [stdout.trimEnd(), ...unknown.map((file) => ` ${file} (not in git)`)].filter(Boolean).join("\n");
  const message = comparable
    ? `differs from ${commit}:\n${differences}\ncommit and push yours and let it be rolled out, or check that commit out`
    : `cannot be compared with ${commit}: git fetch first (${(stderr || untracked.stderr).trim()})`;
  throw new IssueError({ file: "working tree", message });
}
