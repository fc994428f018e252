import path from "node:path";
import { IssueError } from "../problems/issue.ts";
import type { Cluster, ConfirmedCluster } from "./cluster.ts";
import { does, say } from "./deeds.ts";
import { ask, run } from "./run.ts";

/** Arguments that start a cluster on this machine. Only prod's autoscaling needs an addon: the releases bring the rest. */
const starts = {
  kind: ["create", "cluster", "--name", "rollouts"],
  minikube: ["start", "--cpus", "4", "--memory", "8g", "--addons", "metrics-server"],
};

/** A command that starts a cluster on this machine. */
export type Starter = keyof typeof starts;
export const starters = Object.keys(starts) as Starter[];

/** The command line of a starter. */
export function startLine(name: Starter): string {
  return [name, ...starts[name]].join(" ");
}

/** Starts a cluster, which becomes the current context's, and shows the output. Throws `IssueError`. */
export function startCluster(name: Starter): Promise<void> {
  return does(`start a cluster of ${name}`, () => show([name, ...starts[name]]));
}

/** Why Docker cannot be used, or nothing. */
export function dockerProblem(): string | undefined {
  const { code, failure, stderr } = ask("docker", ["version", "--format", "{{.Server.Version}}"]);
  if (code === 0) return undefined;
  return failure === "not found" ? "is not on PATH: install it" : `${stderr.trim().split("\n").at(-1)}\nstart it`;
}

/** Whether the local Docker has an image. */
export function hasImage(image: string): boolean {
  return ask("docker", ["image", "inspect", image]).code === 0;
}

/** Builds an image from a folder of this working tree, and shows the output. Throws `IssueError`. */
export function buildImage(image: string, folder: string): Promise<void> {
  const command = ["docker", "build", "--file", path.join(folder, "Dockerfile"), "--tag", image, "."];
  return does(`build image ${image}`, () => show(command));
}

/** Puts an image of the local Docker into a local cluster, where that takes a command. Throws `IssueError`. */
export async function loadImage(cluster: ConfirmedCluster, image: string): Promise<void> {
  const command = loadCommand(cluster, image);
  if (command) await does(`load image ${image} into the cluster`, () => show(command));
}

/** The command that puts an image of the local Docker into a local cluster. Docker Desktop's cluster needs none. */
export function loadCommand({ context, runtime }: Cluster, image: string): string[] | undefined {
  if (runtime === "kind") return ["kind", "load", "docker-image", image, "--name", context.slice("kind-".length)];
  if (runtime === "k3d") return ["k3d", "image", "import", image, "--cluster", context.slice("k3d-".length)];
  if (runtime === "minikube") return ["minikube", "image", "load", image, "--profile", context];
  return undefined;
}

async function show([program = "", ...args]: string[]): Promise<void> {
  const line = [program, ...args].join(" ");
  say(`$ ${line}`);
  const { code, failure } = await run(program, args, { show: true, interrupt: "stop" });
  if (code === 0) return;
  const message = failure === "not found" ? "is not on PATH: install it" : `failed, see above: ${line}`;
  throw new IssueError({ file: program, message });
}
