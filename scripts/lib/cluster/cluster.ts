import { execFile } from "node:child_process";
import { isIPv4 } from "node:net";
import { IssueError } from "../issue.ts";
import { toolEnv } from "../tools/find.ts";
import { explainKubectl, type KubectlFailure } from "./explain-kubectl.ts";

/** The cluster of the current context, chosen once: a context switched meanwhile does not change what is acted on. */
export interface Cluster {
  context: string;
  server: string;
  /** True when a mistake hurts nobody but whoever makes it: on this machine, or a lab. */
  local: boolean;
  /** What runs it, where that can be told and decides how an image gets there. */
  runtime?: "kind" | "k3d" | "minikube" | "docker-desktop";
}

/** A failed call of kubectl. */
export class ClusterError extends IssueError {
  readonly failure: KubectlFailure;
  constructor(failure: KubectlFailure, message: string) {
    super({ file: "kubectl", message });
    this.failure = failure;
  }
}

/** What of `kubectl config view` is read. */
interface KubeConfig {
  "current-context"?: string;
  clusters?: { cluster: { server?: string; extensions?: { extension?: { provider?: string } }[] } }[] | null;
}

/** The current context's cluster, which need not answer. Throws `ClusterError` when there is none. */
export async function currentCluster(): Promise<Cluster> {
  return clusterOf(JSON.parse(await run(["config", "view", "--minify", "--output", "json"], "of KUBECONFIG")));
}

/** What a kubeconfig that was cut down to the current context says of its cluster. */
export function clusterOf(config: KubeConfig): Cluster {
  const context = config["current-context"] ?? "";
  const { server = "", extensions = [] } = config.clusters?.[0]?.cluster ?? {};
  const minikube = extensions.some(({ extension }) => extension?.provider === "minikube.sigs.k8s.io");
  const named = /^(kind|k3d)-|^(minikube|docker-desktop)$/.exec(context);
  const runtime = (minikube ? "minikube" : (named?.[1] ?? named?.[2])) as Cluster["runtime"];
  return { context, server, local: runtime !== undefined || isLocalServer(server), ...(runtime && { runtime }) };
}

function isLocalServer(server: string): boolean {
  const host = URL.parse(server)?.hostname ?? "";
  if (host === "localhost" || host === "[::1]") return true;
  // 198.18.0.0/15 is set aside for test networks and never routed.
  return isIPv4(host) && /^(127\.|198\.1[89]\.)/.test(host);
}

/** Calls kubectl on that cluster. Throws `ClusterError`. */
export function kubectl(cluster: Cluster, ...args: string[]): Promise<string> {
  return run([...target(cluster), ...args], cluster.context);
}

/** Calls kubectl on that cluster with objects, or parts of them, as its `--filename -`. Throws `ClusterError`. */
export function kubectlWith(cluster: Cluster, objects: unknown[], ...args: string[]): Promise<string> {
  const list = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
  return run([...target(cluster), ...args, "--filename", "-"], cluster.context, list);
}

/** `kubectl get`, as objects; none where the cluster does not know the kind. Throws `ClusterError`. */
export async function getObjects<T>(cluster: Cluster, ...args: string[]): Promise<T[]> {
  try {
    const text = await kubectl(cluster, "get", "--ignore-not-found", "--output", "json", ...args);
    return objectsIn<T>(text);
  } catch (error) {
    if (error instanceof ClusterError && error.failure === "no-such-kind") return [];
    throw error;
  }
}

function target({ context }: Cluster): string[] {
  return ["--context", context, "--request-timeout", "15s"];
}

/** The objects that `kubectl get --output json` prints: a list, one, or nothing. */
export function objectsIn<T>(text: string): T[] {
  if (text.trim() === "") return [];
  const found = JSON.parse(text) as T & { items?: T[] };
  return found.items ?? [found];
}

function run(args: string[], context: string, input = ""): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { env: toolEnv(), maxBuffer: 2 ** 28, timeout: 60_000 };
    const child = execFile("kubectl", args, options, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      if (error.code === "ENOENT") return reject(new ClusterError("no-kubectl", "kubectl is not on PATH: install it"));
      const { failure, message } = explainKubectl(error.killed ? "i/o timeout after 60 s" : stderr, context);
      reject(new ClusterError(failure, message));
    });
    // One that could not be started, or did not read it, fails with the error above.
    child.stdin?.on("error", () => undefined).end(input);
  });
}
