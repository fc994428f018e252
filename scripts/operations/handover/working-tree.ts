import { git, isCommitHash, shortHash } from "../../outside/git.ts";
import { IssueError } from "../../problems/issue.ts";

/** Throws `IssueError` unless these files of the working tree are the same as at a commit, given by its full hash. */
export function requireSame(root: string, revision: string, files: string[]): void {
  if (!isCommitHash(revision)) {
    const message = `cannot be compared: the cluster says that it runs the revision "${revision}", which is no full commit hash`;
    throw new IssueError({ file: "working tree", message });
  }
  const { code, stdout, stderr } = git(root, ["diff", "--stat", "--end-of-options", revision, "--", ...files]);
  if (code === 0 && stdout === "") return;
  const commit = `${shortHash(revision)}, which the cluster runs`;
  const message =
    code === 0
      ? `differs from ${commit}:\n${stdout.trimEnd()}\ncommit and push yours and let it be rolled out, or check that commit out`
      : `cannot be compared with ${commit}: git fetch first (${stderr.trim()})`;
  throw new IssueError({ file: "working tree", message });
}
