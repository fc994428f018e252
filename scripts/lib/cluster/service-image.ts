import { spawnSync } from "node:child_process";
import { type Issue, IssueError } from "../issue.ts";
import { findOnPath, toolEnv } from "../tools/find.ts";
import type { Cluster } from "./cluster.ts";

/** The command that puts an image of the local Docker into a local cluster. Docker Desktop's reads Docker's own. */
export function loadCommand({ context, runtime }: Cluster, image: string): string[] | undefined {
  if (runtime === "kind") return ["kind", "load", "docker-image", image, "--name", context.slice("kind-".length)];
  if (runtime === "k3d") return ["k3d", "image", "import", image, "--cluster", context.slice("k3d-".length)];
  if (runtime === "minikube") return ["minikube", "image", "load", image, "--profile", context];
  return undefined;
}

/** What is missing to build the image and to load it, where that is up to us. */
export function imageProblems(cluster: Cluster, image: string): Issue[] {
  if (!cluster.runtime) return [];
  const issues: Issue[] = [];
  const docker = spawnSync("docker", ["version", "--format", "{{.Server.Version}}"], { encoding: "utf8" });
  const why = `it builds ${image} for the cluster of context ${cluster.context}`;
  if (docker.error) issues.push({ file: "docker", message: `is not on PATH: install Docker, ${why}` });
  else if (docker.status !== 0) {
    issues.push({ file: "docker", message: `${docker.stderr.trim().split("\n").at(-1)}\nstart it: ${why}` });
  }
  const loader = loadCommand(cluster, image)?.[0];
  if (loader && !findOnPath(loader, toolEnv().PATH)) {
    issues.push({ file: loader, message: `is not on PATH: install it, it puts ${image} into its cluster` });
  }
  return issues;
}

/** Sees to it that a local cluster has the image, building it from this working tree if Docker has none. */
export function provideImage(cluster: Cluster, image: string): void {
  if (!cluster.runtime) {
    process.stdout.write(`image: the nodes of context ${cluster.context} must have ${image}, or be able to pull it\n`);
    return;
  }
  const known = spawnSync("docker", ["image", "inspect", image], { stdio: "ignore" }).status === 0;
  if (!known) execute(["docker", "build", "--file", "service/Dockerfile", "--tag", image, "."]);
  const load = loadCommand(cluster, image);
  if (load) execute(load);
}

function execute(command: string[]): void {
  const [program = "", ...args] = command;
  process.stdout.write(`$ ${command.join(" ")}\n`);
  const { status, error } = spawnSync(program, args, { env: toolEnv(), stdio: "inherit" });
  if (status === 0) return;
  throw new IssueError({
    file: program,
    message: `failed${error ? ` (${error.message})` : ", see above"}: ${command.join(" ")}`,
  });
}
