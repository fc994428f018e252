import { type Issue, IssueError } from "../problems/issue.ts";
import type { Cluster, ConfirmedCluster } from "./cluster.ts";
import { Interrupted, interrupted, say } from "./deeds.ts";
import { explainMissing, findTool, toolNamed } from "./find-tool.ts";
import { ask, type Ended, run } from "./run.ts";
import type { ToolName } from "./tool-table.ts";

/** What `helmfile apply` and `helmfile diff` need and is missing, with how to get it. */
export function toolProblems(): Issue[] {
  const problems = helmProblems();
  if (problems.length > 0) return problems;
  const { stdout } = ask("helm", ["plugin", "list"], { timeout: 20 });
  if (/^diff\s/m.test(stdout)) return [];
  return [
    { file: "helm-diff", message: "this plugin of Helm is missing, which helmfile apply needs: run helmfile init" },
  ];
}

/** What `helmfile sync`, `destroy` and `template` need and is missing: they work without the plugin. */
export function helmProblems(): Issue[] {
  const missing = (["helm", "helmfile"] satisfies ToolName[]).flatMap((name) => {
    const tool = findTool(name) ? undefined : toolNamed(name);
    return tool ? [{ tool, reason: "not on PATH in that version, nor in .tools/bin" }] : [];
  });
  if (missing.length === 0) return [];
  return [{ file: "tools", message: `${explainMissing(missing)}\nor build them: npm run tools` }];
}

/** Runs Helmfile on a cluster, shows its output, and gives its exit code. An interrupt is passed on to it. */
export async function runHelmfile(cluster: ConfirmedCluster, env: string, ...args: string[]): Promise<number> {
  const all = ["--kube-context", cluster.context, "--environment", env, ...args];
  say(`$ helmfile ${all.join(" ")}`);
  const start = performance.now();
  const { code = 1 } = await run("helmfile", all, { show: true, interrupt: "stop" });
  const seconds = Math.round((performance.now() - start) / 1000);
  say(`helmfile ${args[0]}: ${code === 0 ? "done" : "failed"} after ${seconds} s`);
  return code;
}

/**
 * YAML documents of every release of an environment, or of one. The named apps are rendered also where Argo CD releases
 * them. Throws `IssueError` with Helmfile's message.
 */
export async function renderEnvironment(env: string, apps: string[], release?: string): Promise<string[]> {
  const only = release ? ["--selector", `name=${release}`] : [];
  const enabled = apps.flatMap((app) => ["--state-values-set", `${app}.enabled=true`]);
  const options = ["--include-crds", "--skip-tests", ...enabled];
  const args = ["--quiet", "--environment", env, ...only, "template", ...options];
  const { code, failure, stdout, stderr } = await run("helmfile", args);
  if (code === 0) return documentsIn(stdout);
  if (failure === "killed" && interrupted.aborted) throw new Interrupted();
  if (failure === "not found")
    throw new IssueError({ file: "helmfile", message: "is not on PATH: run `npm run tools`" });
  throw new IssueError({ file: "helmfile.yaml", environments: [env], message: stderr.trim() || stdout.trim() });
}

/** The objects in what a chart renders, as YAML; documents without an object are left out. */
export function documentsIn(text: string): string[] {
  return text.split(/^---.*$/m).filter((document) => /^kind:/m.test(document));
}

/** Asks Helm something about a cluster, and gives how it ended. Throws `Interrupted`. */
export async function helm({ context }: Cluster, ...args: string[]): Promise<Ended> {
  const ended = await run("helm", ["--kube-context", context, ...args], { timeout: 120 });
  if (ended.failure === "killed" && interrupted.aborted) throw new Interrupted();
  return ended;
}

/** A line of `helm list --output json`. */
export interface HelmRelease {
  name: string;
  namespace: string;
  revision: string;
  status: string;
  /** When it was last written. */
  updated?: string;
}

/** Helm's releases of any namespace, by options of `helm list`. Throws `IssueError` with what to do. */
export async function listReleases(cluster: Cluster, ...options: string[]): Promise<HelmRelease[]> {
  const args = ["list", "--all-namespaces", ...options, "--output", "json"];
  const { code, stdout, stderr } = await helm(cluster, ...args);
  if (code !== 0) {
    const advice = /forbidden/i.test(stderr)
      ? "\nHelm keeps its releases in Secrets: ask for the permission to list those of all namespaces, or use another context"
      : "";
    throw new IssueError({ file: "helm list", message: `${stderr.trim() || "failed without a message"}${advice}` });
  }
  try {
    return (JSON.parse(stdout || "[]") as HelmRelease[] | null) ?? [];
  } catch {
    const [line = ""] = stdout.trim().split("\n");
    const message = `printed what is no JSON: ${line.slice(0, 200)}. Is ${"`helm`"} on PATH Helm itself?`;
    throw new IssueError({ file: "helm list", message });
  }
}

/** Changes something in a cluster with Helm, which an interrupt leaves to end. Throws `IssueError` with Helm's message. */
export async function changeHelm({ context }: ConfirmedCluster, ...args: string[]): Promise<void> {
  const { code, stderr } = await run("helm", ["--kube-context", context, ...args], {
    interrupt: "finish",
    timeout: 600,
  });
  if (code !== 0) throw new IssueError({ file: "helm", message: stderr.trim() || "failed without a message" });
}
