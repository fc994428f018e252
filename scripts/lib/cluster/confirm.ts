import { createInterface } from "node:readline/promises";
import { IssueError } from "../issue.ts";
import type { Cluster } from "./cluster.ts";

/** Asks before something is done to a cluster that is not local. Throws `IssueError` unless the answer is yes. */
export async function confirmUnlessLocal(cluster: Cluster, action: string, yes: boolean): Promise<void> {
  if (!cluster.local) await confirm(cluster, action, yes);
}

/** Asks before something is done to any cluster. Throws `IssueError` unless the answer, or `yes`, is yes. */
export async function confirm(cluster: Cluster, action: string, yes: boolean): Promise<void> {
  if (yes) return;
  const where = `context ${cluster.context} (${cluster.server})`;
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    const message = `would ${action} in ${where}, and there is nobody to ask: if it is meant, repeat it with --yes`;
    throw new IssueError({ file: "--yes", message });
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${action} in ${where}? [y/N] `);
    if (/^y(es)?$/i.test(answer.trim())) return;
  } finally {
    terminal.close();
  }
  throw new IssueError({ file: "answer", message: "was not yes: nothing was done" });
}
