import { setTimeout } from "node:timers/promises";

/** Something that changes files or a cluster. */
interface Deed {
  title: string;
  state: "open" | "under way" | "done" | "failed";
}

/** Thrown where an interrupted run may not go on. */
export class Interrupted extends Error {}

const interruption = new AbortController();
let deeds: Deed[] = [];
let hint = "repeat the command";

/** Ends every wait, and lets no further deed begin. */
export const interrupted = interruption.signal;

/** Interrupts the run. Returns the title of the deed that is under way, which is left to end by itself. */
export function interrupt(signal: NodeJS.Signals): string | undefined {
  interruption.abort(signal);
  return deeds.find(({ state }) => state === "under way")?.title;
}

/** Says beforehand what will be done, in this order, and how to go on after an interrupt. */
export function planDeeds(titles: string[], howToGoOn: string): void {
  deeds = [
    ...deeds.filter(({ state }) => state !== "open"),
    ...titles.map((title): Deed => ({ title, state: "open" })),
  ];
  hint = howToGoOn;
}

/** Does something that changes files or a cluster, so that an interrupt can say whether it was done. Throws `Interrupted`. */
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
    // What a wait was for may have happened all the same.
    if (!(error instanceof Interrupted)) deed.state = "failed";
    throw error;
  } finally {
    // biome-ignore lint/correctness/noUnsafeFinally: an interrupt goes before whatever it has caused
    if (interrupted.aborted) throw new Interrupted();
  }
}

/** Notes something that is done. */
export function did(title: string): void {
  deeds.push({ title, state: "done" });
}

/** Waits; an interrupt ends the wait. Throws `Interrupted`. */
export async function pause(milliseconds: number): Promise<void> {
  try {
    await setTimeout(milliseconds, undefined, { signal: interrupted });
  } catch {
    throw new Interrupted();
  }
}

/** What an interrupted run has done, what it may have done and what it has not, and how to go on. */
export function describeInterrupt(): string {
  if (deeds.every(({ state }) => state === "open")) return "interrupted: nothing was changed";
  const named: [Deed["state"], string][] = [
    ["done", "done:"],
    ["under way", "begun, and its end was not awaited:"],
    ["failed", "failed:"],
    ["open", "not done:"],
  ];
  const lines = named.flatMap(([state, words]) => {
    return deeds.filter((deed) => deed.state === state).map(({ title }) => `  ${words} ${title}`);
  });
  return ["interrupted", ...lines, `To go on: ${hint}`].join("\n");
}
