import { createHash } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, realpathSync, rmdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import path from "node:path";
import { pause } from "../outside/deeds.ts";
import { isAlive } from "../outside/run.ts";
import { IssueError } from "../problems/issue.ts";

/** Who writes to a working tree. */
interface Holder {
  pid: number;
  command: string;
  user: string;
  /** ISO time. */
  since: string;
}

/**
 * Acts while no other command writes to the working tree, so that what is written follows from what was read. Waits some
 * seconds for another one; takes the lock of a process that is dead. Throws `IssueError` with who holds it, and `Interrupted`.
 */
export async function whileLocked<T>(
  root: string,
  command: string,
  act: () => Promise<T>,
  milliseconds = 10_000,
): Promise<T> {
  const file = lockFile(root);
  const holder: Holder = { pid: process.pid, command, user: userInfo().username, since: new Date().toISOString() };
  for (const end = Date.now() + milliseconds; !take(file, holder); ) {
    const other = readHolder(file);
    if (other && Date.now() > end) throw new IssueError({ file: command, message: describe(other, file) });
    // Those who wait look at different times.
    await pause(50 + 50 * Math.random());
  }
  const release = () => rmSync(file, { force: true });
  process.once("exit", release);
  try {
    return await act();
  } finally {
    release();
    process.off("exit", release);
  }
}

/** Beside the tree and not in it: no copy of the tree and no `git status` shows it. */
function lockFile(root: string): string {
  const name = createHash("sha256").update(realpathSync(root)).digest("hex").slice(0, 16);
  return path.join(tmpdir(), `k8s-observable-rollouts-${name}.lock`);
}

/** Makes the lock, with its holder in it from the first moment on: a link either is made whole or is there already. */
function take(file: string, holder: Holder): boolean {
  const own = `${file}.${holder.pid}`;
  writeFileSync(own, JSON.stringify(holder));
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    removeDead(file);
    return false;
  } finally {
    rmSync(own, { force: true });
  }
}

/** Removes the lock of a dead process. Only one does so at a time: another one might remove the lock that was just taken. */
function removeDead(file: string): void {
  const seen = readHolder(file);
  if (!seen || isAlive(seen.pid)) return;
  const guard = `${file}.removing`;
  try {
    mkdirSync(guard);
  } catch {
    // Its owner was killed within these few lines.
    const made = statSync(guard, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - made > 5000) rmdirSync(guard);
    return;
  }
  if (readHolder(file)?.pid === seen.pid) rmSync(file, { force: true });
  rmdirSync(guard);
}

function readHolder(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Holder;
  } catch {
    return undefined; // It has just gone.
  }
}

function describe({ pid, command, user, since }: Holder, file: string): string {
  const who = `npm run ${command} of ${user} (process ${pid}, since ${since.slice(11, 19)} UTC)`;
  return `${who} writes to this working tree: nothing was changed. Repeat this when it has ended; if it hangs, end it: kill ${pid} (its lock is ${file})`;
}
