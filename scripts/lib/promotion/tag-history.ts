import { spawnSync } from "node:child_process";
import { parse } from "yaml";
import { IssueError } from "../issue.ts";
import { imageTagsFile } from "../values/image-tags.ts";

/** A tag that an environment had, and the commit that gave it. */
export interface PastTag {
  tag: string;
  commit: string;
  /** Day of the commit. */
  date: string;
}

/** Stands before each version of the file in git's answer; no line of JSON looks like it. */
const marker = "==version==";

/**
 * The tags that an environment had according to git, the newest, which it has now, first. Throws `IssueError` if git
 * does not tell, or if the file holds what git does not know.
 */
export function tagHistory(root: string, env: string): PastTag[] {
  const commits = listCommits(root);
  const contents = git(
    root,
    ["cat-file", `--batch=${marker}`],
    commits.map(({ commit }) => `${commit}:./${imageTagsFile}\n`),
  );
  const versions = contents.split(`${marker}\n`).slice(1);
  const past = commits.flatMap((commit, index) => {
    const tag = tagIn(versions[index] ?? "", env);
    return tag === undefined ? [] : [{ ...commit, tag }];
  });
  // Of commits that left the tag as it was, the oldest one is what gave it.
  return past.filter(({ tag }, index) => past[index + 1]?.tag !== tag);
}

/** Whether the clone has only the newest part of the history. */
export function isShallow(root: string): boolean {
  return git(root, ["rev-parse", "--is-shallow-repository"]).trim() === "true";
}

function listCommits(root: string): { commit: string; date: string }[] {
  const state = git(root, ["status", "--porcelain", "--", imageTagsFile]);
  if (state !== "") {
    const [problem, way] = /^(\?\?|A)/.test(state)
      ? ["is not committed yet", "commit it"]
      : ["has changes that are not committed", "commit it, or `git restore` it and `npm run gen`"];
    const message = `${problem}, so git does not tell what was released: ${way}`;
    throw new IssueError({ file: imageTagsFile, message });
  }
  // Along the branch itself: what a merge brought counts from the merge on, which is when it was released.
  const log = ["log", "--first-parent", "-m", "--diff-filter=AM", "--format=%h %cs", "--", imageTagsFile];
  const lines = git(root, ["-c", "log.showSignature=false", ...log]).split("\n");
  return lines.filter(Boolean).map((line) => {
    const [commit = "", date = ""] = line.split(" ");
    return { commit, date };
  });
}

function tagIn(text: string, env: string): string | undefined {
  try {
    const tag: unknown = parse(text)?.[env];
    return typeof tag === "string" ? tag : undefined;
  } catch {
    return undefined; // A version that was broken released nothing.
  }
}

/** Runs git without a shell. */
function git(root: string, args: string[], input: string[] = []): string {
  const env = { ...process.env, LC_ALL: "C" };
  const options = { cwd: root, env, encoding: "utf8", input: input.join(""), maxBuffer: 2 ** 28 } as const;
  const { status, stdout, stderr, error } = spawnSync("git", args, options);
  if (status === 0) return stdout;
  if (error && "code" in error && error.code === "ENOENT") throw notFound("git is not installed, or not on PATH");
  if (stderr.includes("not a git repository")) throw notFound("this directory is not in a git repository");
  throw notFound(`git says: ${error?.message ?? stderr.trim().replace(/^fatal: /, "")}`);
}

function notFound(reason: string): IssueError {
  const instead = "set the tag by its name: `npm run promote -- --tag TAG ENV --force`";
  return new IssueError({
    file: imageTagsFile,
    message: `its history cannot be read, ${reason}. Either way, ${instead}`,
  });
}
