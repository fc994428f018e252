import { hash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Change } from "./write-tree.ts";

/** Trees that are remembered: some branches, each as it was lately. */
const maxKnown = 100;

/** A larger tree holds other things than this repository does, and takes longer to read than to look at again. */
const maxBytes = 512 * 1024 * 1024;

/**
 * Working trees, byte for byte, in which a command had nothing to say: gen to change, check to complain of. What commands
 * say follows from the tree alone, so in such a tree they need not look again. Only a repository that runs its own commands
 * has known trees; one that links to places outside of it has none.
 */
export class KnownTrees {
  readonly #root: string;
  readonly #known: string;
  /** Path in the tree -> hash of the file; undefined where there is no telling what belongs to it. */
  readonly #files: Map<string, string> | undefined;

  /** Reads the tree as it is now. @param command whose verdict it is. */
  constructor(root: string, command: string) {
    this.#root = root;
    this.#known = path.join(root, "node_modules/.cache/k8s-observable-rollouts", `clean-${command}`);
    const isOwn = path.resolve(import.meta.dirname, "../..") === path.resolve(root);
    this.#files = isOwn ? readTree(root) : undefined;
  }

  /** Whether the command had nothing to say in this tree. */
  get isKnown(): boolean {
    return this.#files !== undefined && this.#read().includes(digestOf(this.#root, this.#files));
  }

  /** Remembers the tree as it was read, with the changes that were made since. Without a cache the next run takes longer. */
  remember(changes: Change[] = []): void {
    if (!this.#files) return;
    const files = new Map(this.#files);
    for (const { file, after } of changes) {
      const name = path.relative(this.#root, file);
      if (after === undefined) files.delete(name);
      else files.set(name, hash("sha256", after));
    }
    const digests = new Set([digestOf(this.#root, files), ...this.#read()]);
    try {
      mkdirSync(path.dirname(this.#known), { recursive: true });
      writeFileSync(this.#known, [...digests].slice(0, maxKnown).join("\n"));
    } catch {}
  }

  #read(): string[] {
    return readIfThere(this.#known).split("\n");
  }
}

/** Hash of every file by its path, without what git, editors and npm have there. */
function readTree(root: string): Map<string, string> | undefined {
  const files = new Map<string, string>();
  let bytes = 0;
  const read = (folder: string): boolean => {
    return readdirSync(path.join(root, folder), { withFileTypes: true }).every((entry) => {
      const name = path.join(folder, entry.name);
      if (entry.isDirectory()) return isForeign(name) || read(name);
      const content = entry.isSymbolicLink() ? targetInside(root, name) : readFileSync(path.join(root, name));
      if (content === undefined) return isForeign(name);
      files.set(name, hash("sha256", content));
      bytes += content.length;
      return bytes < maxBytes;
    });
  };
  try {
    return read("") ? files : undefined;
  } catch {
    return undefined; // Something may not be read, or has just gone.
  }
}

/** Whether a folder, by its path in the tree, is not the tree's: `.git`, an editor's or npm's. */
function isForeign(name: string): boolean {
  return name.startsWith(".") || path.basename(name) === "node_modules";
}

/** Where a link leads to in the tree; undefined where it leads out of what is read, or nowhere. */
function targetInside(root: string, name: string): string | undefined {
  const target = path.relative(realpathSync(root), realpathSync(path.join(root, name)));
  return target.split(path.sep).includes("node_modules") || target.startsWith(".") ? undefined : `link to ${target}`;
}

/** Changes with each file of the tree, and with what the commands are run by. */
function digestOf(root: string, files: Map<string, string>): string {
  const packages = readIfThere(path.join(root, "node_modules/.package-lock.json"));
  const lines = [...files].sort(([one], [other]) => (one < other ? -1 : 1)).map((pair) => pair.join("\0"));
  return hash("sha256", [process.version, hash("sha256", packages), ...lines].join("\n"));
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
