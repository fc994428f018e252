import { ask, type Ended } from "./run.ts";

/**
 * Runs git in the repository, with its messages in English. Pass revisions and files that a cluster or a user named after
 * `--end-of-options`, so that git takes none of them for an option.
 */
export function git(root: string, args: string[], { input = "" } = {}): Ended {
  return ask("git", args, { cwd: root, env: { ...process.env, LC_ALL: "C" }, input });
}

/** Whether text is a full commit hash, as opposed to a branch, a tag or a part of a hash. */
export function isCommitHash(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}

/** A commit hash as people read it. */
export function shortHash(hash: string): string {
  return hash.slice(0, 7);
}
