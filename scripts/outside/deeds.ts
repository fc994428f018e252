import { setTimeout } from "node:timers/promises";
import { printable } from "../problems/printable.ts";

/** Something that changes files or a cluster. */
interface Deed {
  title: string;
  state: "open" | "under way" | "done" | "failed";
  /** Why it failed. It may quote what a cluster says. */
  problem?: string;
}

/** Thrown when an interrupted command must not go on. */
export class Interrupted extends Error {}

const interruption = new AbortController();
let deeds: Deed[] = [];
let hint = "repeat the command";
let progress: NodeJS.WriteStream & { fd: number } = process.stdout;

/** Aborted by the first SIGINT or SIGTERM: every wait ends, and no new deed starts. */
export const interrupted = interruption.signal;

/** Interrupts the command. Returns the title of the deed that is running, if any: the caller lets it finish. */
export function interrupt(signal: NodeJS.Signals): string | undefined {
  interruption.abort(signal);
  return deeds.find(({ state }) => state === "under way")?.title;
}

/** Announces deeds in their order, and what to do after an interrupt, so that `describeInterrupt` can name those not done. */
export function planDeeds(titles: string[], howToGoOn: string): void {
  const started = deeds.filter(({ state }) => state !== "open");
  deeds = [...started, ...titles.map((title): Deed => ({ title, state: "open" }))];
  hint = howToGoOn;
}

/** Does something that changes files or a cluster, and records how it ended. Throws `Interrupted`. */
export async function does<T>(title: string, act: () => Promise<T>): Promise<T> {
  if (interrupted.aborted) throw new Interrupted();
  const deed = deeds.find((one) => one.title === title && one.state === "open") ?? { title, state: "open" };
  if (!deeds.includes(deed)) deeds.push(deed);
  deed.state = "under way";
  try {
    const result = await act();
    deed.state = "done";
    return result;
  } catch (error) {
    // An interrupted wait says nothing about the deed: it may still succeed.
    if (!(error instanceof Interrupted)) {
      deed.state = "failed";
      deed.problem = error instanceof Error ? error.message : String(error);
    }
    throw error;
  } finally {
    // biome-ignore lint/correctness/noUnsafeFinally: what failed is told with the deeds
    if (interrupted.aborted) throw new Interrupted();
  }
}

/** Records a deed that is already done. */
export function did(title: string): void {
  deeds.push({ title, state: "done" });
}

/** Waits. Throws `Interrupted` as soon as the command is interrupted. */
export async function pause(milliseconds: number): Promise<void> {
  try {
    await setTimeout(milliseconds, undefined, { signal: interrupted });
  } catch {
    throw new Interrupted();
  }
}

/** Whether anything was changed, or may have been. */
export function hasBegun(): boolean {
  return deeds.some(({ state }) => state !== "open");
}

/** What an interrupted command did, what it may have done, what it did not do, and how to go on. */
export function describeInterrupt(): string {
  if (!hasBegun()) return "interrupted: nothing was changed";
  const named: [Deed["state"], string][] = [
    ["done", "done:"],
    ["under way", "started, result unknown:"],
    ["failed", "failed:"],
    ["open", "not done:"],
  ];
  const lines = named.flatMap(([state, words]) => {
    return deeds
      .filter((deed) => deed.state === state)
      .map(({ title, problem }) => {
        return `  ${words} ${title}${problem ? `\n${printable(problem)}`.replaceAll("\n", "\n    ") : ""}`;
      });
  });
  return ["interrupted", ...lines, `To go on: ${hint}`].join("\n");
}

/** Prints a line of progress for people. A command's answer is not printed here: the command returns it. */
export function say(text: string): void {
  progress.write(printable(text.endsWith("\n") ? text : `${text}\n`));
}

/** Sends progress to stderr, so that stdout holds only the answer that a program reads. */
export function sayOnStderr(): void {
  progress = process.stderr;
}

/** File descriptor for the output of a tool that people watch. */
export function descriptorOfSay(): number {
  return progress.fd;
}
