import { say } from "../../outside/deeds.ts";
import { buildImage, dockerProblem, hasImage, loadCommand, loadImage } from "../../outside/docker.ts";
import { findOnPath } from "../../outside/find-tool.ts";
import type { Cluster } from "../../outside/kubectl.ts";
import { toolEnv } from "../../outside/run.ts";
import type { Issue } from "../../problems/issue.ts";

/** What is missing to build the image and to load it into a local cluster. */
export function imageProblems(cluster: Cluster, image: string): Issue[] {
  if (!cluster.runtime) return [];
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
 * Puts the image into a local cluster, and builds it from this working tree if Docker has none of that tag. Throws
 * `IssueError`.
 */
export async function provideImage(cluster: Cluster, image: string): Promise<void> {
  if (!cluster.runtime) {
    say(`image: the nodes of context ${cluster.context} must have ${image}, or be able to pull it`);
    return;
  }
  if (!hasImage(image)) await buildImage(image);
  await loadImage(cluster, image);
}
