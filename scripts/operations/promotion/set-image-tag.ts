import { readFileSync } from "node:fs";
import path from "node:path";
import semver from "semver";
import { generate } from "../../engine/generate.ts";
import { imageTagsFile, withImageTag } from "../../engine/image-tags.ts";
import { applyChanges, type Change, planChanges } from "../../engine/write-tree.ts";
import { count, displayPath, type Issue, IssueError } from "../../problems/issue.ts";
import { showChanges } from "./next-steps.ts";

/** A change of image tags in one environment. */
export interface TagChange {
  /** Root of the repository. */
  root: string;
  env: string;
  /** The new tags: app -> tag. */
  tags: Record<string, string>;
  /** Show what would change, and write nothing. */
  check: boolean;
  /** Problems that are known already; they are reported together with those found here. */
  refused: Issue[];
  /** The change, in one line or as a table. */
  title: string;
  /** What to say where every app has its tag already. */
  nothing: string;
  /** What is left to do once the files are written. */
  next: (changes: Change[]) => Promise<string>;
}

/** How a change of tags ended: an exit code, text for people, data for programs. */
export interface TagOutcome {
  /** 2: something would change, and `check` kept it from being written. */
  code: 0 | 2;
  text: string;
  data: { environment: string; tags: Record<string, string>; files: string[] };
}

/**
 * Writes the tags of apps in an environment and all values that follow from them, or, on any problem, nothing. Says what
 * changed and what to do next. Throws `IssueError` with all problems.
 */
export async function setImageTags(change: TagChange): Promise<TagOutcome> {
  const { root, env, tags, check, title, next } = change;
  const changes = await planTags(change);
  const files = changes.map(({ file }) => displayPath(file, root));
  const data = { environment: env, tags, files };
  if (changes.length === 0) return { code: 0, text: change.nothing, data };
  if (check) {
    const differ = `${count(changes.length, "file")} would change, nothing was written`;
    return { code: 2, text: `${title}\n\n${await showChanges(changes, root)}\n${differ}`, data };
  }
  // The table of many apps says what changes; `git diff` shows the rest.
  const diff = Object.keys(tags).length === 1 ? `${await showChanges(changes, root)}\n` : "";
  const end = await next(changes);
  applyChanges(changes);
  const written = files.map((file) => `wrote ${file}\n`).join("");
  return { code: 0, text: `${title}\n\n${diff}${written}\n${end.trimEnd()}`, data };
}

async function planTags({ root, env, tags, refused }: TagChange): Promise<Change[]> {
  const behind = (await generateOr(refused, { root })).map(({ file }) => ({
    file,
    message: "is not what values-src/ says: run `npm run gen`, review and commit that first",
  }));
  if (refused.length + behind.length > 0) throw new IssueError(...refused, ...behind);
  const texts = Object.entries(tags).map(([app, tag]): [string, string] => {
    const file = path.join(root, imageTagsFile(app));
    return [file, withImageTag(readFileSync(file, "utf8"), env, tag)];
  });
  const imageTags = Object.fromEntries(Object.entries(tags).map(([app, tag]) => [app, { [env]: tag }]));
  // Everything else is up to date, as was checked above, so only this environment can change.
  const values = await generateOr([], { root, env, imageTags });
  return [...planChanges(new Map(texts), []), ...values];
}

async function generateOr(refused: Issue[], options: Parameters<typeof generate>[0]): Promise<Change[]> {
  try {
    return (await generate(options)).changes;
  } catch (error) {
    throw error instanceof IssueError ? new IssueError(...refused, ...error.issues) : error;
  }
}

/**
 * Below 0 if the first tag is the older version, above 0 if it is the newer one, 0 if both are the same version, whatever
 * their digests. Undefined where semver cannot read one of two different tags, such as a git hash or a date.
 */
export function compareTags(first: string, second: string): number | undefined {
  const [one, other] = [withoutDigest(first), withoutDigest(second)];
  if (one === other) return 0;
  const version = readVersion(one);
  const otherVersion = readVersion(other);
  return version && otherVersion ? semver.compare(version, otherVersion) : undefined;
}

/** Reads `1.2.3`, `v1.2.3-rc.1`, and `v1.2` as 1.2.0. */
function readVersion(tag: string): semver.SemVer | null {
  return semver.parse(tag.replace(/^v?(\d+\.\d+)(?=-|$)/, "$1.0"));
}

/** The tag alone of `TAG@sha256:DIGEST`. */
export function withoutDigest(tag: string): string {
  return tag.split("@")[0] ?? "";
}

/** A tag as people read it: of a digest, enough to tell it from another. */
export function shortTag(tag: string): string {
  return tag.replace(/(@sha256:[0-9a-f]{12})[0-9a-f]+$/, "$1…");
}
