import { imageTagsFile } from "../../engine/environment-data.ts";
import { shortHash } from "../../outside/git.ts";
import { IssueError } from "../../problems/issue.ts";
import { didYouMean } from "../../problems/suggest.ts";
import { compareTags } from "./compare-tags.ts";
import { isShallow, type PastTag } from "./tag-history.ts";

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
