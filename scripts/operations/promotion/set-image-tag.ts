import { readFileSync } from "node:fs";
import path from "node:path";
import semver from "semver";
import { imageTagsFile, loadImageTags, withImageTag } from "../../engine/environment-data.ts";
import { environmentNames } from "../../engine/environments.ts";
import { generate } from "../../engine/generate.ts";
import { applyChanges, type Change, planChanges } from "../../engine/write-tree.ts";
import { count, displayPath, type Issue, IssueError } from "../../problems/issue.ts";
import { showChanges } from "./next-steps.ts";

/** A change of the tag of an environment. */
export interface TagChange {
  /** Root of the repository. */
  root: string;
  env: string;
  tag: string;
  /** Show what would change, and write nothing. */
  check: boolean;
  /** Problems that are known already; they are reported together with those found here. */
  refused: Issue[];
  /** The change in one line. */
  title: string;
  /** What is left to do once the files are written. */
  next: (changes: Change[]) => Promise<string>;
}

/** Tags of all environments. Throws `IssueError` with all problems of the file. */
export function readImageTags(root: string): Record<string, string> {
  const { tags, issues } = loadImageTags(root, environmentNames(root));
  if (issues.length > 0) throw new IssueError(...issues);
  return tags;
}

/** How a change of a tag ended: an exit code, text for people, data for programs. */
export interface TagOutcome {
  /** 2: something would change, and `check` kept it from being written. */
  code: 0 | 2;
  text: string;
  data: { environment: string; tag: string; files: string[] };
}

/**
 * Writes the tag of an environment and all values that follow from it, or, on any problem, nothing. Says what changed and
 * what to do next. Throws `IssueError` with all problems.
 */
export async function setImageTag({ root, env, tag, check, refused, title, next }: TagChange): Promise<TagOutcome> {
  const changes = await planTag(root, env, tag, refused);
  const files = changes.map(({ file }) => displayPath(file, root));
  const data = { environment: env, tag, files };
  if (changes.length === 0) return { code: 0, text: `${env} has ${tag} already: nothing to do`, data };
  const text = `${title}\n\n${await showChanges(changes, root)}`;
  if (check) {
    return { code: 2, text: `${text}\n${count(changes.length, "file")} would change, nothing was written`, data };
  }
  const end = await next(changes);
  applyChanges(changes);
  const written = files.map((file) => `wrote ${file}\n`).join("");
  return { code: 0, text: `${text}\n${written}\n${end.trimEnd()}`, data };
}

async function planTag(root: string, env: string, tag: string, refused: Issue[]): Promise<Change[]> {
  const behind = (await generateOr(refused, { root })).map(({ file }) => ({
    file,
    message: "is not what values-src/ says: run `npm run gen`, review and commit that first",
  }));
  if (refused.length + behind.length > 0) throw new IssueError(...refused, ...behind);
  const file = path.join(root, imageTagsFile);
  const text = withImageTag(readFileSync(file, "utf8"), env, tag);
  // Everything else is up to date, as was checked above, so only this environment can change.
  const values = await generateOr([], { root, env, imageTags: { [env]: tag } });
  return [...planChanges(new Map([[file, text]]), []), ...values];
}

async function generateOr(refused: Issue[], options: Parameters<typeof generate>[0]): Promise<Change[]> {
  try {
    return (await generate(options)).changes;
  } catch (error) {
    throw error instanceof IssueError ? new IssueError(...refused, ...error.issues) : error;
  }
}

/**
 * Below 0 if the first tag is the older version, above 0 if it is the newer one, 0 if both are the same version.
 * Undefined where semver cannot read one of the tags, such as a git hash or a date.
 */
export function compareTags(first: string, second: string): number | undefined {
  const one = readVersion(first);
  const other = readVersion(second);
  return one && other ? semver.compare(one, other) : undefined;
}

/** Reads `1.2.3`, `v1.2.3-rc.1`, and `v1.2` as 1.2.0. */
function readVersion(tag: string): semver.SemVer | null {
  return semver.parse(tag.replace(/^v?(\d+\.\d+)(?=-|$)/, "$1.0"));
}
