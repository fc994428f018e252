import { spawnSync } from "node:child_process";
import { IssueError } from "../issue.ts";

/** Throws `IssueError` unless files of the working tree are those of a commit. */
export function requireSame(root: string, revision: string, files: string[]): void {
  const options = { cwd: root, encoding: "utf8" } as const;
  const { status, stdout, stderr } = spawnSync("git", ["diff", "--stat", revision, "--", ...files], options);
  if (status === 0 && stdout === "") return;
  const why =
    status === 0
      ? `differs from ${revision}, which the cluster runs:\n${stdout.trimEnd()}\ncommit and push yours and let it be rolled out, or check that commit out`
      : `cannot be compared with ${revision}, which the cluster runs: git fetch first (${stderr?.trim() || "git is not on PATH"})`;
  throw new IssueError({ file: "working tree", message: why });
}
