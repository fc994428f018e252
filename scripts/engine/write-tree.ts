import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { did } from "../outside/deeds.ts";
import { isAlive } from "../outside/run.ts";
import { count, type Issue, IssueError } from "../problems/issue.ts";

/** One file to bring about: its text now (`undefined`: there is none) and as it should be. */
export interface Change {
  /** Absolute path. */
  file: string;
  before: string | undefined;
  readonly after: string | undefined;
}

/** The text of a file, or what puts it together when it is needed: those of 2,000 environments are large. */
export type Text = string | (() => string);

/** Compares wanted files, by absolute path, and files to be gone with the disk; what is right already is left out. */
export function planChanges(wanted: Map<string, Text>, unwanted: string[]): Change[] {
  const changes: Change[] = [];
  for (const [file, text] of wanted) {
    const before = readIfFile(file);
    const change: Change = {
      file,
      before,
      get after() {
        return typeof text === "string" ? text : text();
      },
    };
    if (before === undefined || before !== change.after) changes.push(change);
  }
  for (const file of unwanted) {
    const before = readIfFile(file);
    if (before !== undefined) changes.push({ file, before, after: undefined });
  }
  return changes;
}

/**
 * Brings about all changes or none: every text is first written beside its target, where a full disk or a missing
 * permission shows, then all are renamed into place, which needs no room. A folder that gets empty goes too. It is
 * synchronous, so that an interrupt waits for it; after a kill every file is old or new. Throws `IssueError` with nothing
 * changed, also where a file has become another since it was read.
 */
export function applyChanges(changes: Change[]): void {
  const moved = changes.filter(({ file, before }) => readIfFile(file) !== before);
  if (moved.length > 0) {
    const message = "was changed by somebody else in the meantime. Nothing was changed: repeat this";
    throw new IssueError(...moved.map(({ file }) => ({ file, message })));
  }
  const staged: { temporary: string; file: string; isRemoval: boolean }[] = [];
  const made: string[] = [];
  try {
    for (const { file, after } of changes) {
      const there = statSync(file, { throwIfNoEntry: false });
      if (there && !there.isFile()) throw new Error(`${file} is in the way and is not a file`);
      const first = there ? undefined : mkdirSync(path.dirname(file), { recursive: true });
      if (first) made.push(first);
      const temporary = temporaryFor(file);
      staged.push({ temporary, file, isRemoval: after === undefined });
      writeFileSync(temporary, after ?? "");
    }
  } catch (error) {
    for (const { temporary } of staged) rmSync(temporary, { force: true });
    for (const directory of made) rmSync(directory, { recursive: true, force: true });
    throw new IssueError(toIssue(error, staged.at(-1)?.file ?? changes[0]?.file ?? "."));
  }
  for (const { temporary, file, isRemoval } of staged) {
    if (isRemoval) {
      rmSync(temporary);
      rmSync(file);
      if (readdirSync(path.dirname(file)).length === 0) rmdirSync(path.dirname(file));
    } else renameSync(temporary, file);
  }
  if (changes.length > 0) did(`${count(changes.length, "file")} written or removed`);
}

const reasons: Record<string, string> = {
  ENOSPC: "no space left on the disk",
  EROFS: "the file system is read-only",
  EACCES: "permission denied",
  ENOTDIR: "a parent of it is not a directory",
  EEXIST: "a parent of it is not a directory",
};

function toIssue(error: unknown, file: string): Issue {
  const { code = "", message } = error as NodeJS.ErrnoException;
  const reason = reasons[code] ?? reasons[whyNoDirectory(path.dirname(file))] ?? message;
  return { file, message: `cannot be written: ${reason}. Nothing was changed.` };
}

/** Node calls a directory that cannot be made "no such file" (ENOENT); the parent that refuses it knows why. */
function whyNoDirectory(directory: string): string {
  const parent = existsSync(directory) ? directory : path.dirname(directory);
  if (!existsSync(parent)) return whyNoDirectory(parent);
  try {
    accessSync(parent, constants.W_OK);
    return "";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? "";
  }
}

function readIfFile(file: string): string | undefined {
  return existsSync(file) && statSync(file).isFile() ? readFileSync(file, "utf8") : undefined;
}

function temporaryFor(file: string): string {
  return path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}.tmp`);
}

/** What runs that were killed have left beside the files of these folders. */
export function leftTemporaries(folders: Iterable<string>): string[] {
  return [...folders].flatMap((folder) => {
    return listFolder(folder).filter((file) => {
      const pid = /^\..+\.(\d+)\.tmp$/.exec(path.basename(file))?.[1];
      return pid !== undefined && !isAlive(Number(pid));
    });
  });
}

/** Problems where a symbolic link below that folder is on the way to a file: gen writes and removes through none. */
export function linkProblems(folder: string, files: Iterable<string>): Issue[] {
  const onTheWay = new Set<string>();
  for (const file of files) {
    const names = path.relative(folder, file).split(path.sep);
    let place = folder;
    for (const name of names) {
      place += path.sep + name;
      onTheWay.add(place);
    }
  }
  const links = [...onTheWay].filter((place) => entryAt(place)?.isSymbolicLink());
  const message =
    "is a symbolic link, and what is generated is written through none: put a folder or a file in its place";
  return links.map((file) => ({ file, message }));
}

/** The files of a folder itself, absolute, sorted; none where there is no such folder. Symbolic links are left out. */
export function listFolder(folder: string): string[] {
  return entriesOf(folder)
    .filter((entry) => entry.isFile())
    .map(({ name }) => path.join(folder, name))
    .sort();
}

/** The files of a folder and of the folders in it, and no deeper; absolute, sorted. Symbolic links are left out. */
export function listFiles(folder: string): string[] {
  const inner = entriesOf(folder).filter((entry) => entry.isDirectory());
  return [...listFolder(folder), ...inner.flatMap(({ name }) => listFolder(path.join(folder, name)))].sort();
}

/** The values files in `generated/`, or those of one release. */
export function valuesFiles(root: string, release?: string): string[] {
  const files = listFiles(path.join(root, "generated")).filter((file) => path.basename(file) !== "environment.yaml");
  return release ? files.filter((file) => path.basename(file) === `${release}.yaml`) : files;
}

/** What is there itself, where it is a link too; undefined where nothing is, or a file is in the way. */
function entryAt(place: string) {
  try {
    return lstatSync(place);
  } catch {
    return undefined;
  }
}

function entriesOf(folder: string) {
  const isFolder = entryAt(folder)?.isDirectory() ?? false;
  return isFolder ? readdirSync(folder, { withFileTypes: true }) : [];
}
