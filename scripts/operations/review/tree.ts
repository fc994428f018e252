import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { environmentNames } from "../../engine/environments.ts";
import type { Generated } from "../../engine/generate.ts";
import { git, shortHash } from "../../outside/git.ts";
import { ask } from "../../outside/run.ts";
import { IssueError } from "../../problems/issue.ts";

/** A state of the repository. */
export interface Tree {
  /** As people call it. */
  name: string;
  /** Folder that holds its charts. */
  root: string;
  environments: string[];
  /** Text of a file, by its path in the repository; undefined where there is none. */
  read(file: string): string | undefined;
  /** Values of a release, where they are at hand and need not be parsed. */
  values(env: string, release: string): unknown;
}

/** The working tree, with what gen would change in it. */
export function workingTree(root: string, { changes, releases }: Generated): Tree {
  const pending = new Map(changes.map(({ file, after }) => [path.relative(root, file), after]));
  const read = (file: string) => (pending.has(file) ? pending.get(file) : textOf(path.join(root, file)));
  const all = new Map(releases.map(({ env, name, values }) => [`${env.name}/${name}`, values]));
  const values = (env: string, release: string) => all.get(`${env}/${release}`);
  return { name: "the working tree", root, environments: environmentNames(root), read, values };
}

/** Folders that hold neither facts nor charts. */
const needless = ["docs", "schemas", "scripts", ".github"];

/**
 * The files of a commit, in a folder that lives as long as the process. What it releases is what its `generated/` says: of its
 * code only the facts are run. Throws `IssueError` where git cannot give it.
 */
export function committedTree(root: string, commit: string): Tree {
  const folder = mkdtempSync(path.join(tmpdir(), "rollouts-base-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const archive = path.join(folder, ".archive.tar");
  const paths = [".", ...needless.map((name) => `:(exclude)${name}`)];
  const made = git(root, ["archive", `--output=${archive}`, "--end-of-options", commit, ...paths]);
  const unpacked = made.code === 0 ? ask("tar", ["-xf", archive, "-C", folder]) : made;
  if (unpacked.code !== 0) throw new IssueError({ file: "git archive", message: unpacked.stderr.trim() });
  rmSync(archive);
  const generated = path.join(folder, "generated");
  const names = existsSync(generated) ? readdirSync(generated) : [];
  const environments = names.filter((name) => existsSync(path.join(generated, name, "environment.yaml")));
  const read = (file: string) => textOf(path.join(folder, file));
  return { name: shortHash(commit), root: folder, environments, read, values: () => undefined };
}

/** Branches that changes are merged into, the likeliest first. */
const targets = ["origin/HEAD", "origin/main", "main"];

/**
 * Full hash of the commit to compare with: where this branch left the one that is named, or else the first of `targets` that
 * is there; HEAD where that is the same. Throws `IssueError` where there is no such commit, or a merge is under way.
 */
export function findBase(root: string, named?: string): string {
  const ask = (...args: string[]) => {
    const { code, stdout } = git(root, args);
    return code === 0 ? stdout.trim() : undefined;
  };
  const commitOf = (name: string) => ask("rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`);
  const refuse = (message: string): never => {
    throw new IssueError({ file: "--base", message });
  };
  const head = commitOf("HEAD") ?? refuse("there is no commit to compare with: commit something first");
  const conflicts = ask("ls-files", "--unmerged") ?? "";
  if (conflicts !== "") {
    const [file] = conflicts.split("\n").map((line) => line.split("\t")[1]);
    refuse(`${file} has conflicts of a merge: resolve them first`);
  }
  const refuseBase = (message: string): never => {
    const shallow = ask("rev-parse", "--is-shallow-repository") === "true";
    return refuse(`${message}${shallow ? "; this clone has only the newest commits: git fetch --unshallow" : ""}`);
  };
  for (const name of named === undefined ? targets : [named]) {
    const commit = commitOf(name);
    if (commit === undefined) continue;
    if (commit === head) return head;
    return ask("merge-base", head, commit) ?? refuseBase(`HEAD and ${name} have no commit in common`);
  }
  if (named === undefined) return head;
  return refuseBase(`there is no commit "${named}": name a branch, tag or commit that git rev-parse knows`);
}

function textOf(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}
