import { parse } from "yaml";
import { imageTagsFile } from "../../engine/environment-data.ts";
import { git, shortHash } from "../../outside/git.ts";
import { IssueError } from "../../problems/issue.ts";
import { didYouMean } from "../../problems/suggest.ts";
import { compareTags } from "./set-image-tag.ts";

/** A tag that an environment had, and the commit that gave it. */
export interface PastTag {
  tag: string;
  /** Full hash. */
  commit: string;
  /** Day of the commit. */
  date: string;
}

/** The line that git prints before each version of the file. No line of JSON looks like it. */
const marker = "==version==";

/**
 * The tags that an environment had according to git, newest first; the first is the current tag. Throws `IssueError` if
 * git cannot say, or if the file has changes that are not committed.
 */
export function tagHistory(root: string, env: string): PastTag[] {
  const commits = listCommits(root);
  const objects = commits.map(({ commit }) => `${commit}:./${imageTagsFile}\n`);
  const contents = read(root, ["cat-file", `--batch=${marker}`], objects.join(""));
  const versions = contents.split(`${marker}\n`).slice(1);
  const past = commits.flatMap((commit, index) => {
    const tag = tagIn(versions[index] ?? "", env);
    return tag === undefined ? [] : [{ ...commit, tag }];
  });
  // Several commits in a row can have the same tag: the oldest of them set it.
  return past.filter(({ tag }, index) => past[index + 1]?.tag !== tag);
}

/** Whether the clone has only the newest part of the history. */
function isShallow(root: string): boolean {
  return read(root, ["rev-parse", "--is-shallow-repository"]).trim() === "true";
}

function listCommits(root: string): { commit: string; date: string }[] {
  const state = read(root, ["status", "--porcelain", "--", imageTagsFile]);
  if (state !== "") {
    const isNew = /^(\?\?|A)/.test(state);
    const problem = isNew ? "is not committed yet" : "has changes that are not committed";
    const way = isNew ? "commit it" : "commit it, or `git restore` it and `npm run gen`";
    const message = `${problem}, so git does not tell what was released: ${way}`;
    throw new IssueError({ file: imageTagsFile, message });
  }
  // Only the commits of the branch itself: what a merge brings is released at the merge, not when it was written.
  const log = ["log", "--first-parent", "-m", "--diff-filter=AM", "--format=%H %cs", "--", imageTagsFile];
  const lines = read(root, ["-c", "log.showSignature=false", ...log]).split("\n");
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
    return undefined; // A version of the file that does not parse released nothing.
  }
}

/** What git prints. Throws `IssueError` where git fails. */
function read(root: string, args: string[], input = ""): string {
  const { code, failure, stdout, stderr } = git(root, args, { input });
  if (code === 0) return stdout;
  if (failure === "not found") throw notFound("git is not installed, or not on PATH");
  if (stderr.includes("not a git repository")) throw notFound("this directory is not in a git repository");
  throw notFound(`git says: ${stderr.trim().replace(/^fatal: /, "")}`);
}

function notFound(reason: string): IssueError {
  const instead = "set the tag by its name: `npm run promote -- --tag TAG ENV --force`";
  const message = `its history cannot be read, ${reason}. Without it, ${instead}`;
  return new IssueError({ file: imageTagsFile, message });
}

/** The tag before the current one, to go back to when none is named. Throws `IssueError` if there is none to suggest. */
export function findPrevious(root: string, env: string, past: PastTag[]): PastTag {
  const [current, previous] = past;
  if (!current || !previous) {
    throw refusal(root, `${env} never had another tag${current ? ` than ${describeTag(current)}` : ""}`);
  }
  // The current tag may itself be a rollback: never suggest the version that it left.
  const order = compareTags(previous.tag, current.tag);
  const returned = order === undefined ? past.slice(2).some(({ tag }) => tag === current.tag) : order > 0;
  if (!returned) return previous;
  const problem = `${env} came to ${current.tag} by going back, from ${previous.tag}: say which one with --to`;
  throw refusal(root, `${problem}. ${listTags(env, past)}`);
}

/** The named tag among those that the environment had. Throws `IssueError` if it never had it. */
export function findNamed(root: string, env: string, past: PastTag[], wanted: string): PastTag {
  const found = past.find(({ tag }) => tag === wanted);
  if (found) return found;
  const tags = past.map(({ tag }) => tag);
  const problem = `${env} never had the tag "${wanted}"${didYouMean(wanted, tags) || "."}`;
  const other = `Any other is for \`npm run promote -- --tag TAG ${env}\`.`;
  throw refusal(root, `${problem} ${other} ${listTags(env, past)}`);
}

function refusal(root: string, problem: string): IssueError {
  const shallow = "\nThis clone has only a part of the history: `git fetch --unshallow` gets the rest.";
  return new IssueError({ file: imageTagsFile, message: `${problem}${isShallow(root) ? shallow : ""}` });
}

function listTags(env: string, past: PastTag[]): string {
  return `By git, newest first, ${env} had:${past.map((entry) => `\n  ${describeTag(entry)}`).join("")}`;
}

/** A tag, the day since which the environment had it, and the commit. */
export function describeTag(entry: PastTag | undefined): string {
  return entry ? `${entry.tag} (since ${entry.date}, ${shortHash(entry.commit)})` : "none";
}
