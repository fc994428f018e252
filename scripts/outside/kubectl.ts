import { readFileSync } from "node:fs";
import { IssueError } from "../problems/issue.ts";
import { Interrupted, interrupted } from "./deeds.ts";
import { type Ended, run } from "./run.ts";

/** The current context's cluster, read once and pinned: every call names its context. */
export interface Cluster {
  context: string;
  server: string;
  /** True when it certainly runs on this machine, so that a mistake hurts nobody else. */
  local: boolean;
  /** UID of its namespace `kube-system`, which tells clusters apart; undefined where one may not read it. */
  uid?: string;
  /** What runs a local cluster, where that can be told and decides how an image gets there. */
  runtime?: Runtime;
}

type Runtime = "kind" | "k3d" | "minikube" | "docker-desktop";

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
  clusters?: { cluster: ClusterConfig }[] | null;
}

interface ClusterConfig {
  server?: string;
  "proxy-url"?: string;
  "tls-server-name"?: string;
  extensions?: { extension?: { provider?: string } }[];
}

/** Where a context leads, as far as a kubeconfig says. */
export interface Address {
  context: string;
  server: string;
  /** Nothing in the kubeconfig leads elsewhere than to the server's own address: no proxy, no tunnel's TLS name. */
  direct: boolean;
  runtime?: Runtime;
}

/** The current context, or the named one. Throws `ClusterError` when there is none. */
export async function readAddress(context?: string): Promise<Address> {
  const named = context === undefined ? [] : ["--context", context];
  return addressOf(
    JSON.parse(await call(["config", "view", "--minify", "--output", "json", ...named], context ?? "of KUBECONFIG")),
  );
}

/** What a kubeconfig that was cut down to one context says of its cluster. */
export function addressOf(config: KubeConfig): Address {
  const context = config["current-context"] ?? "";
  const cluster = config.clusters?.[0]?.cluster ?? {};
  const minikube = cluster.extensions?.some(({ extension }) => extension?.provider === "minikube.sigs.k8s.io");
  const named = /^(kind|k3d)-|^(minikube|docker-desktop)$/.exec(context);
  const runtime = (minikube ? "minikube" : (named?.[1] ?? named?.[2])) as Runtime | undefined;
  const direct = !cluster["proxy-url"] && !cluster["tls-server-name"];
  return { context, server: cluster.server ?? "", direct, ...(runtime && { runtime }) };
}

/** The current context's cluster, or the named one's. Throws `ClusterError` when there is none, or none answers. */
export async function currentCluster(named?: string): Promise<Cluster> {
  const address = await readAddress(named);
  const { context, server, direct, runtime } = address;
  const [namespace, local] = await Promise.all([
    readable(() => getObjects<{ metadata: { uid: string } }>({ context }, "namespaces", "kube-system")),
    direct ? runsHere(address) : false,
  ]);
  const uid = namespace?.[0]?.metadata.uid;
  return { context, server, local, ...(uid && { uid }), ...(local && runtime && { runtime }) };
}

/**
 * Whether a cluster certainly runs on this machine. On Linux its nodes say so: kind, k3d and minikube's containers have
 * this machine's kernel and so its boot ID, whatever the address. Elsewhere such clusters are in a virtual machine, and a
 * loopback address has to do.
 */
async function runsHere({ context, server }: Address): Promise<boolean> {
  if (process.platform !== "linux")
    return /^(localhost|127(\.\d+){3}|\[::1\]|kubernetes\.docker\.internal)$/.test(URL.parse(server)?.hostname ?? "");
  interface Node {
    status?: { nodeInfo?: { bootID?: string } };
  }
  const nodes = await readable(() => getObjects<Node>({ context }, "nodes"));
  const here = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  return nodes !== undefined && nodes.length > 0 && nodes.every(({ status }) => status?.nodeInfo?.bootID === here);
}

async function readable<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ClusterError && error.failure === "forbidden") return undefined;
    throw error;
  }
}

/** Throws `ClusterError` unless the context still leads to the cluster that was read before. */
export async function requireUnchanged(cluster: Cluster): Promise<void> {
  const { server } = await readAddress(cluster.context);
  const [namespace] =
    (await readable(() => getObjects<{ metadata: { uid: string } }>(cluster, "namespaces", "kube-system"))) ?? [];
  if (server === cluster.server && namespace?.metadata.uid === cluster.uid) return;
  const message = `context ${cluster.context} now leads to another cluster (${server}) than the one you were asked about (${cluster.server}): nothing was changed, run it again`;
  throw new ClusterError("context", message);
}

type Pinned = Pick<Cluster, "context">;

/** Asks kubectl something of that cluster. Throws `ClusterError`. */
export function kubectl(cluster: Pinned, ...args: string[]): Promise<string> {
  return call([...target(cluster), ...args], cluster.context);
}

/** Changes something in that cluster with kubectl, which an interrupt leaves to end. Throws `ClusterError`. */
export function change(cluster: Pinned, ...args: string[]): Promise<string> {
  return call([...target(cluster), ...args], cluster.context, { interrupt: "finish" });
}

/** Asks kubectl something about objects, or parts of them, which it reads as its `--filename -`. Throws `ClusterError`. */
export function kubectlWith(cluster: Pinned, objects: unknown[], ...args: string[]): Promise<string> {
  return call([...target(cluster), ...args, "--filename", "-"], cluster.context, { input: toList(objects) });
}

/** Changes something with objects, or parts of them, or with YAML documents, as `--filename -`. Throws `ClusterError`. */
export function changeWith(cluster: Pinned, objects: unknown[] | string, ...args: string[]): Promise<string> {
  const input = typeof objects === "string" ? objects : toList(objects);
  return call([...target(cluster), ...args, "--filename", "-"], cluster.context, { input, interrupt: "finish" });
}

/**
 * Asks kubectl something about YAML documents, and gives what it said of each, also where some made it fail. Throws
 * `ClusterError` only when kubectl is missing or is still not done after ten minutes.
 */
export async function judge(cluster: Pinned, documents: string[], ...args: string[]): Promise<Ended> {
  const options = { input: documents.join("\n---\n"), timeout: 600 };
  const ended = await run("kubectl", [...target(cluster), ...args, "--filename", "-"], options);
  if (ended.failure) throw toError(ended, cluster.context, options.timeout);
  return ended;
}

function toList(items: unknown[]): string {
  return JSON.stringify({ apiVersion: "v1", kind: "List", items });
}

/** `kubectl get`, as objects; none where the cluster does not know the kind. Throws `ClusterError`. */
export async function getObjects<T>(cluster: Pinned, ...args: string[]): Promise<T[]> {
  try {
    const text = await kubectl(cluster, "get", "--ignore-not-found", "--output", "json", ...args);
    return objectsIn<T>(text);
  } catch (error) {
    if (error instanceof ClusterError && error.failure === "no-such-kind") return [];
    throw error;
  }
}

function target({ context }: Pinned): string[] {
  return ["--context", context, "--request-timeout", "15s"];
}

/** The objects that `kubectl get --output json` prints: a list, one, or nothing. */
export function objectsIn<T>(text: string): T[] {
  if (text.trim() === "") return [];
  const found = JSON.parse(text) as T & { items?: T[] };
  return found.items ?? [found];
}

async function call(
  args: string[],
  context: string,
  options: { input?: string; interrupt?: "finish" } = {},
): Promise<string> {
  const timeout = 60;
  const ended = await run("kubectl", args, { ...options, timeout });
  if (ended.code === 0) return ended.stdout;
  throw toError(ended, context, timeout);
}

function toError({ stderr, failure: why }: Ended, context: string, timeout: number): Error {
  // Ctrl-C ends a question too, which says nothing about the cluster.
  if (why === "killed" && interrupted.aborted) return new Interrupted();
  if (why === "not found") return new ClusterError("no-kubectl", "kubectl is not on PATH: install it");
  const said = why === "timed out" ? `i/o timeout after ${timeout} s` : stderr;
  const { failure, message } = explainKubectl(said, context);
  return new ClusterError(failure, message);
}

/** Why a call of kubectl failed, as far as what to do differs. */
export type KubectlFailure =
  | "unreachable"
  | "context"
  | "credentials"
  | "forbidden"
  | "no-such-kind"
  | "no-kubectl"
  | "other";

interface Explanation {
  failure: KubectlFailure;
  pattern: RegExp;
  advice(context: string): string;
}

const look = "kubectl config get-contexts lists them, kubectl config use-context NAME chooses one";

/** The first that fits; what a server says of an object may quote anything, so the causes nearest to us come first. */
const explanations: Explanation[] = [
  {
    failure: "context",
    pattern: /error loading config file|invalid configuration|cannot unmarshal/i,
    advice: () => "the kubeconfig cannot be read: mend that file, or set KUBECONFIG to another",
  },
  {
    failure: "context",
    pattern:
      /current-context must exist|context was not found|cannot locate context|(cluster|user) "?\S+"? does not exist/i,
    advice: () => `there is no such context: ${look}`,
  },
  {
    failure: "credentials",
    pattern: /Unauthorized|must be logged in|provide credentials|getting credentials|certificate has expired/i,
    advice: (context) =>
      `the credentials of context ${context} are expired or wrong: sign in again as your cluster asks`,
  },
  {
    failure: "credentials",
    pattern: /x509:|failed to verify certificate/,
    advice: (context) => `the server is not the one that context ${context} trusts: get its kubeconfig anew`,
  },
  {
    failure: "forbidden",
    pattern: /\(Forbidden\)|is forbidden: User/,
    advice: (context) =>
      `your user of context ${context} may not do that: ask for the permission, or use another context`,
  },
  {
    failure: "no-such-kind",
    pattern: /doesn't have a resource type|no matches for kind/,
    advice: () => "the cluster does not know that kind: npm run up installs what brings it",
  },
  {
    failure: "unreachable",
    pattern:
      /was refused|Unable to connect|dial tcp|i\/o timeout|deadline exceeded|Client\.Timeout|connection reset|no route|unreachable|ServiceUnavailable|the server is currently unable|unexpected EOF/i,
    advice: (context) => `no cluster answers in context ${context}: start it, or choose another; ${look}`,
  },
];

/** Turns kubectl's stderr into its cause, what it said and what to do, in two lines. */
export function explainKubectl(stderr: string, context: string): { failure: KubectlFailure; message: string } {
  // client-go's log lines say five times over what the last line says.
  const lines = stderr.split("\n").filter((line) => line.trim() && !/^[EIWF]\d{4} /.test(line));
  const said =
    [...new Set(lines)].slice(-3).join("\n").trim() ||
    stderr.trim().split("\n").at(-1) ||
    "kubectl failed without a word";
  const found = explanations.find(({ pattern }) => pattern.test(said));
  return { failure: found?.failure ?? "other", message: found ? `${said}\n${found.advice(context)}` : said };
}
