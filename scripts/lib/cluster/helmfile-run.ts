import { spawn, spawnSync } from "node:child_process";
import type { Issue } from "../issue.ts";
import { findTool, toolEnv, toolNamed } from "../tools/find.ts";
import { explainMissing } from "../tools/missing.ts";
import type { ToolName } from "../tools/table.ts";
import type { Cluster } from "./cluster.ts";

/** What Helmfile needs and is missing, with how to get it. */
export function toolProblems(): Issue[] {
  const problems = helmProblems();
  if (problems.length > 0) return problems;
  const { stdout } = spawnSync("helm", ["plugin", "list"], { env: toolEnv(), encoding: "utf8", timeout: 20_000 });
  if (/^diff\s/m.test(stdout)) return [];
  return [
    { file: "helm-diff", message: "this plugin of Helm is missing, which helmfile apply needs: run helmfile init" },
  ];
}

/** The same for those of its commands that need no plugin: sync, destroy and template. */
export function helmProblems(): Issue[] {
  const missing = (["helm", "helmfile"] satisfies ToolName[]).flatMap((name) => {
    const tool = findTool(name) ? undefined : toolNamed(name);
    return tool ? [{ tool, reason: "not on PATH in that version, nor in .tools/bin" }] : [];
  });
  if (missing.length === 0) return [];
  return [{ file: "tools", message: `${explainMissing(missing)}\nor build them: npm run tools` }];
}

/** Runs Helmfile on a cluster with its output as it comes, and gives its exit code. */
export function runHelmfile(cluster: Cluster, env: string, ...args: string[]): Promise<number> {
  const all = ["--kube-context", cluster.context, "--environment", env, ...args];
  process.stdout.write(`$ helmfile ${all.join(" ")}\n`);
  const start = performance.now();
  // An interrupt reaches Helmfile as well, and what it was at is for it to end: dying first would hide how it went.
  const listeners = process.listeners("SIGINT");
  process.removeAllListeners("SIGINT");
  process.on("SIGINT", () => process.stderr.write("\ninterrupted: waiting for Helmfile to end\n"));
  return new Promise((resolve, reject) => {
    const child = spawn("helmfile", all, { env: toolEnv(), stdio: ["ignore", "inherit", "inherit"] });
    child.once("error", reject);
    child.once("close", (code) => {
      process.removeAllListeners("SIGINT");
      for (const listener of listeners) process.on("SIGINT", listener);
      const seconds = Math.round((performance.now() - start) / 1000);
      process.stdout.write(`helmfile ${args[0]}: ${code === 0 ? "done" : "failed"} after ${seconds} s\n`);
      resolve(code ?? 1);
    });
  });
}
