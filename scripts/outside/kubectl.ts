import { IssueError } from "../problems/issue.ts";
import { Interrupted, interrupted } from "./deeds.ts";
import { type Ended, run } from "./run.ts";

/** A failed call of kubectl. */
export class ClusterError extends IssueError {
  readonly failure: KubectlFailure;
  constructor(failure: KubectlFailure, message: string) {
    super({ file: "kubectl", message });
    this.failure = failure;
  }
}

/** The context that a call names, so that it goes to the cluster that was meant. */
interface Pinned {
  context: string;
}

declare const confirmed: unique symbol;

/**
 * A cluster that may be changed. Only `confirm` of the frame returns one, and every function that changes a cluster asks
 * for one, so a command that forgets to ask does not compile.
 */
export type Confirmed = Pinned & { readonly [confirmed]: true };

/** The kubeconfig cut down to the named context, or the current one, as JSON. Throws `ClusterError` if there is none. */
export function readConfig(context?: string): Promise<string> {
  const named = context === undefined ? [] : ["--context", context];
  return call(["config", "view", "--minify", "--output", "json", ...named], context ?? "of KUBECONFIG");
}

/** Asks kubectl something of that cluster. Throws `ClusterError`. */
export function kubectl(cluster: Pinned, ...args: string[]): Promise<string> {
  return call([...target(cluster), ...args], cluster.context);
}

/** Changes something in that cluster with kubectl, which an interrupt leaves to end. Throws `ClusterError`. */
export function change(cluster: Confirmed, ...args: string[]): Promise<string> {
  return call([...target(cluster), ...args], cluster.context, { interrupt: "finish" });
}

/** Asks kubectl something about objects, or parts of them, which it reads as its `--filename -`. Throws `ClusterError`. */
export function kubectlWith(cluster: Pinned, objects: unknown[], ...args: string[]): Promise<string> {
  return call([...target(cluster), ...args, "--filename", "-"], cluster.context, { input: toList(objects) });
}

/** Changes something with objects, or parts of them, or with YAML documents, as `--filename -`. Throws `ClusterError`. */
export function changeWith(cluster: Confirmed, objects: unknown[] | string, ...args: string[]): Promise<string> {
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

/** The same; nothing where one may not read them. Throws `ClusterError`. */
export async function getReadable<T>(cluster: Pinned, ...args: string[]): Promise<T[]> {
  try {
    return await getObjects<T>(cluster, ...args);
  } catch (error) {
    if (error instanceof ClusterError && error.failure === "forbidden") return [];
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
  const plugin = /exec: executable (\S+) not found/.exec(stderr)?.[1];
  if (plugin) {
    const message = `context ${context} signs in with the command ${plugin}, which is not on PATH: install it`;
    return { failure: "credentials", message };
  }
  // client-go's log lines repeat what the last line says.
  const lines = stderr.split("\n").filter((line) => line.trim() && !/^[EIWF]\d{4} /.test(line));
  const said =
    [...new Set(lines)].slice(-3).join("\n").trim() ||
    stderr.trim().split("\n").at(-1) ||
    "kubectl failed and printed nothing";
  const found = explanations.find(({ pattern }) => pattern.test(said));
  return { failure: found?.failure ?? "other", message: found ? `${said}\n${found.advice(context)}` : said };
}
