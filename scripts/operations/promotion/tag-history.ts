import { imageTagsFile } from "../../engine/image-tags.ts";
import { parseYaml } from "../../engine/yaml-file.ts";
import { git, shortHash } from "../../outside/git.ts";
import { IssueError } from "../../problems/issue.ts";
import { didYouMean } from "../../problems/suggest.ts";
import { compareTags, shortTag } from "./set-image-tag.ts";

/** The line of an environment in the file of an app's tags. */
export interface TagLine {
  root: string;
  app: string;
  env: string;
  /** `APP in ENV`, or as messages shall call it. */
  name: string;
}

/** A tag that an app had in an environment, and the commit that gave it. */
export interface PastTag {
  tag: string;
  /** Full hash. */
  commit: string;
  /** Day of the commit. */
  date: string;
}

/** A version of the file of tags. */
interface FileVersion {
  commit: string;
  date: string;
  /** Where the file was then. */
  file: string;
}

/** The line that git prints before each version of the file. No line of JSON looks like it. */
const marker = "==version==";

/**
 * The tags that an app had in an environment according to git, newest first; the first is the current tag. Throws
 * `IssueError` if git cannot say, or if the file has changes that are not committed.
 */
export function tagHistory(line: TagLine): PastTag[] {
  requireCommitted(line);
  const versions = listVersions(line);
  const objects = versions.map(({ commit, file }) => `${commit}:./${file}\n`);
  const contents = read(line, ["cat-file", `--batch=${marker}`], objects.join(""));
  const texts = contents.split(`${marker}\n`).slice(1);
  const past = versions.flatMap(({ commit, date }, index) => {
    const tag = tagIn(texts[index] ?? "", line.env);
    return tag === undefined ? [] : [{ commit, date, tag }];
  });
  // Several commits in a row can have the same tag: the oldest of them set it.
  return past.filter(({ tag }, index) => past[index + 1]?.tag !== tag);
}

/** Whether the clone has only the newest part of the history. */
function isShallow(line: TagLine): boolean {
  return read(line, ["rev-parse", "--is-shallow-repository"]).trim() === "true";
}

function requireCommitted(line: TagLine): void {
  const file = imageTagsFile(line.app);
  const state = read(line, ["status", "--porcelain", "--", file]);
  if (state === "") return;
  const isNew = /^(\?\?|A)/.test(state);
  const problem = isNew ? "is not committed yet" : "has changes that are not committed";
  const way = isNew ? "commit it" : "commit it, or `git restore` it and `npm run gen`";
  throw new IssueError({ file, message: `${problem}, so git does not tell what was released: ${way}` });
}

/**
 * Every version of the file, newest first, also from before it was renamed or moved. Not by `git log --follow`, which also
 * takes a copy for a rename: the tags of a new app often are the same as another's.
 */
function listVersions(line: TagLine): FileVersion[] {
  const versions: FileVersion[] = [];
  let file: string | undefined = imageTagsFile(line.app);
  for (let from = "HEAD"; file !== undefined; ) {
    const found = listCommits(line, from, file);
    versions.push(...found);
    const first: FileVersion | undefined = found.at(-1);
    from = `${first?.commit}^`;
    file = first && formerName(line, first);
  }
  return versions;
}

function listCommits(line: TagLine, from: string, file: string): FileVersion[] {
  // Only the commits of the branch itself: what a merge brings is released at the merge, not when it was written.
  const how = ["--first-parent", "-m", "--no-renames", "--diff-filter=AM", "--format=%H %cs"];
  const log = read(line, ["-c", "log.showSignature=false", "log", ...how, from, "--", file]);
  return log
    .split("\n")
    .filter(Boolean)
    .map((text) => {
      const [commit = "", date = ""] = text.split(" ");
      return { commit, date, file };
    });
}

/** What the file was called before that commit renamed it, if it did. */
function formerName(line: TagLine, { commit, file }: FileVersion): string | undefined {
  const parents = read(line, ["rev-list", "--parents", "--max-count=1", commit]).trim().split(" ");
  if (parents.length === 1) return undefined;
  const how = ["-r", "-z", "--relative", "--find-renames", "--diff-filter=R", "--name-status"];
  const words = read(line, ["diff-tree", ...how, `${commit}^`, commit]).split("\0");
  const at = words.findIndex((word, index) => index % 3 === 2 && word === file);
  return at < 0 ? undefined : words[at - 1];
}

function tagIn(text: string, env: string): string | undefined {
  const yaml = parseYaml("", text);
  // A version of the file that does not parse released nothing.
  if (Array.isArray(yaml)) return undefined;
  const tag = (yaml.data as Record<string, unknown> | null)?.[env];
  return typeof tag === "string" ? tag : undefined;
}

/** What git prints. Throws `IssueError` where git fails. */
function read(line: TagLine, args: string[], input = ""): string {
  const { code, failure, stdout, stderr } = git(line.root, args, { input });
  if (code === 0) return stdout;
  if (failure === "not found") throw notFound(line, "git is not installed, or not on PATH");
  if (stderr.includes("not a git repository")) throw notFound(line, "this directory is not in a git repository");
  throw notFound(line, `git says: ${stderr.trim().replace(/^fatal: /, "")}`);
}

function notFound({ app, env }: TagLine, reason: string): IssueError {
  const instead = `set the tag by its name: \`npm run promote -- --tag TAG ${env} --app ${app} --force\``;
  const message = `its history cannot be read, ${reason}. Without it, ${instead}`;
  return new IssueError({ file: imageTagsFile(app), message });
}

/** The tag before the current one, to go back to when none is named. Throws `IssueError` if there is none to suggest. */
export function findPrevious(line: TagLine, past: PastTag[]): PastTag {
  const [current, previous] = past;
  if (!current || !previous) {
    throw refusal(line, `${line.name} never had another tag${current ? ` than ${describeTag(current)}` : ""}`);
  }
  // The current tag may itself be a rollback: never suggest the version that it left.
  const order = compareTags(previous.tag, current.tag) ?? 0;
  const returned = order === 0 ? past.slice(2).some(({ tag }) => tag === current.tag) : order > 0;
  if (!returned) return previous;
  const tags = `${shortTag(current.tag)} by going back, from ${shortTag(previous.tag)}`;
  throw refusal(line, `${line.name} came to ${tags}: say which one with --to. ${listTags(line, past)}`);
}

/** The named tag among those that the app had there. Throws `IssueError` if it never had it. */
export function findNamed(line: TagLine, past: PastTag[], wanted: string): PastTag {
  const found = past.find(({ tag }) => tag === wanted);
  if (found) return found;
  const tags = past.map(({ tag }) => tag);
  const problem = `${line.name} never had the tag "${wanted}"${didYouMean(wanted, tags) || "."}`;
  const other = `Any other is for \`npm run promote -- --tag TAG ${line.env} --app ${line.app}\`.`;
  throw refusal(line, `${problem} ${other} ${listTags(line, past)}`);
}

function refusal(line: TagLine, problem: string): IssueError {
  const shallow = "\nThis clone has only a part of the history: `git fetch --unshallow` gets the rest.";
  return new IssueError({ file: imageTagsFile(line.app), message: `${problem}${isShallow(line) ? shallow : ""}` });
}

function listTags({ name }: TagLine, past: PastTag[]): string {
  const lines = past.map(({ tag, date, commit }) => `\n  ${tag} (since ${date}, ${shortHash(commit)})`);
  return `By git, newest first, ${name} had:${lines.join("")}`;
}

/** A tag, the day since which it was there, and the commit. */
export function describeTag(entry: PastTag | undefined): string {
  return entry ? `${shortTag(entry.tag)} (since ${entry.date}, ${shortHash(entry.commit)})` : "none";
}
