import { readFileSync } from "node:fs";
import path from "node:path";
import type { ExitCode } from "../command.ts";
import { count, displayPath, type Issue, IssueError } from "../issue.ts";
import { environmentNames } from "../values/environments.ts";
import { generate } from "../values/generate.ts";
import { imageTagsFile, loadImageTags, withImageTag } from "../values/image-tags.ts";
import { applyChanges, type Change, planChanges } from "../values/write-tree.ts";
import { showChanges } from "./show-changes.ts";

export interface TagChange {
  /** Root of the repository. */
  root: string;
  env: string;
  tag: string;
  /** Show what would change, and write nothing. */
  check: boolean;
  /** What is wrong already; reported together with what is found here. */
  refused: Issue[];
  /** What it is about, in one line. */
  title: string;
  /** What is left to do once it is written. */
  next: (changes: Change[]) => Promise<string>;
}

/** Tags of all environments. Throws `IssueError` with all problems of the file. */
export function readImageTags(root: string): Record<string, string> {
  const { tags, issues } = loadImageTags(root, environmentNames(root));
  if (issues.length > 0) throw new IssueError(...issues);
  return tags;
}

/**
 * Writes the tag of an environment and all values that follow from it, or, on any problem, nothing. Says on stdout
 * what changed and what to do next. Throws `IssueError` with all problems.
 */
export async function setImageTag({ root, env, tag, check, refused, title, next }: TagChange): Promise<ExitCode> {
  const changes = await planTag(root, env, tag, refused);
  if (changes.length === 0) {
    process.stdout.write(`${env} has ${tag} already: nothing to do\n`);
    return 0;
  }
  const text = `${title}\n\n${await showChanges(changes, root)}`;
  if (check) {
    process.stdout.write(`${text}\n${count(changes.length, "file")} would change, nothing was written\n`);
    return 2;
  }
  const end = await next(changes);
  applyChanges(changes);
  const written = changes.map(({ file }) => `wrote ${displayPath(file, root)}\n`).join("");
  process.stdout.write(`${text}\n${written}\n${end}`);
  return 0;
}

async function planTag(root: string, env: string, tag: string, refused: Issue[]): Promise<Change[]> {
  const behind = (await generateOr(refused, { root })).map(({ file }) => ({
    file,
    message: "is not what values-src/ says: run `npm run gen`, review and commit that first",
  }));
  if (refused.length + behind.length > 0) throw new IssueError(...refused, ...behind);
  const file = path.join(root, imageTagsFile);
  const text = withImageTag(readFileSync(file, "utf8"), env, tag);
  // What does not follow from the tag is up to date, so only this environment can change.
  const values = await generateOr([], { root, env, imageTags: { [env]: tag } });
  return [...planChanges(new Map([[file, text]]), []), ...values];
}

async function generateOr(refused: Issue[], options: Parameters<typeof generate>[0]): Promise<Change[]> {
  try {
    return await generate(options);
  } catch (error) {
    throw error instanceof IssueError ? new IssueError(...refused, ...error.issues) : error;
  }
}
