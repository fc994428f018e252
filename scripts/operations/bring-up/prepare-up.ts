import { type Cluster, type ConfirmedCluster, currentCluster } from "../../outside/cluster.ts";
import { say } from "../../outside/deeds.ts";
import {
  buildImage,
  dockerProblem,
  hasImage,
  loadCommand,
  loadImage,
  starters,
  startLine,
} from "../../outside/docker.ts";
import { findOnPath } from "../../outside/find-tool.ts";
import { helmProblems, renderEnvironment, toolProblems } from "../../outside/helmfile.ts";
import { ClusterError, getObjects } from "../../outside/kubectl.ts";
import { toolEnv } from "../../outside/run.ts";
import { count, formatIssues, type Issue, IssueError } from "../../problems/issue.ts";
import { type Namespace, stuckNamespaces, stuckReleases, unsettledReleases } from "./stuck.ts";

/** The cluster to release to, or why none answers. */
export type Reached = { cluster: Cluster } | { absent: string };

/** Finds the current context's cluster. Throws `IssueError` where it answers with a refusal. */
export async function reachCluster(): Promise<Reached> {
  try {
    return { cluster: await currentCluster() };
  } catch (error) {
    if (!(error instanceof IssueError)) throw error;
    const absent = error instanceof ClusterError && ["unreachable", "context", "no-kubectl"].includes(error.failure);
    if (absent) return { absent: error.message };
    // Missing tools are said at the same time, so that one run shows every problem.
    throw new IssueError(...error.issues, ...toolProblems());
  }
}

/**
 * Throws `IssueError` with everything that would make a release to that cluster fail. Namespaces are by the name of the
 * release or app.
 */
export async function requireReady(namespaces: Map<string, string>, cluster: Cluster, images: Image[]): Promise<void> {
  const tools = toolProblems();
  const hasHelm = !tools.some(({ file }) => file === "tools");
  const issues: Issue[] = [
    ...tools,
    ...images.flatMap((image) => imageProblems(cluster, image)),
    ...stuckNamespaces(await getObjects<Namespace>(cluster, "namespaces"), namespaces.values()),
    ...stuckReleases(hasHelm ? await unsettledReleases(cluster) : [], namespaces.keys()),
  ];
  if (issues.length > 0) throw new IssueError(...issues);
}

/** An image of an app, and the folder of this repository that it can be built from. */
export interface Image {
  name: string;
  folder?: string | undefined;
}

/** What is missing to build the image and to load it into a local cluster. */
function imageProblems(cluster: Cluster, { name: image, folder }: Image): Issue[] {
  if (!cluster.runtime || folder === undefined) return [];
  const issues: Issue[] = [];
  const docker = dockerProblem();
  if (docker) {
    const message = `${docker}: Docker builds ${image} for the cluster of context ${cluster.context}`;
    issues.push({ file: "docker", message });
  }
  const loader = loadCommand(cluster, image)?.[0];
  if (loader && !findOnPath(loader, toolEnv().PATH)) {
    issues.push({ file: loader, message: `is not on PATH: install it, it puts ${image} into its cluster` });
  }
  return issues;
}

/**
 * Puts the image into a local cluster, if it is built from this working tree; builds it if Docker has none of that tag.
 * Throws `IssueError`.
 */
export async function provideImage(cluster: ConfirmedCluster, { name, folder }: Image): Promise<void> {
  if (!cluster.runtime || folder === undefined) {
    say(`image: the nodes of context ${cluster.context} must have ${name}, or be able to pull it`);
    return;
  }
  if (!hasImage(name)) await buildImage(name, folder);
  await loadImage(cluster, name);
}

/** How to get a cluster. */
export function howToStart(env: string): string {
  const lines = starters.map((name) => `  npm run up -- ${env} --start ${name.padEnd(9)} # ${startLine(name)}`);
  return `To start a cluster on this machine and release to it, one of:\n${lines.join("\n")}`;
}

/** Renders every object that would be released, the named apps' too, which takes no cluster. Returns what to tell. */
export async function renderInstead(env: string, apps: string[]): Promise<string> {
  const missing = helmProblems();
  const generated = `The values of ${env} are in generated/${env}/, generated and validated.`;
  if (missing.length > 0) {
    return `${generated} To render the charts with them:\n${formatIssues(missing, process.cwd())}`;
  }
  try {
    const objects = count((await renderEnvironment(env, apps)).length, "object");
    return `${generated} The charts render with them to ${objects}; to see them: helmfile -e ${env} template`;
  } catch (error) {
    if (!(error instanceof IssueError)) throw error;
    return `${generated} The charts could not be rendered:\n${error.message.split("\n").slice(-8).join("\n")}`;
  }
}
