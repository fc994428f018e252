import { readFileSync } from "node:fs";
import { ClusterError, type Confirmed, getObjects, readConfig } from "./kubectl.ts";

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

/** A cluster that the user agreed to change. */
export type ConfirmedCluster = Cluster & Confirmed;

type Runtime = "kind" | "k3d" | "minikube" | "docker-desktop";

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
  return addressOf(JSON.parse(await readConfig(context)));
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
