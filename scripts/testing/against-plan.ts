/** What users met of a new version under load, beside what `npm run plan` says of it. */
import { percent, type Second, total } from "../operations/load.ts";
import type { Plan, PlannedWorstCase } from "../operations/plan/plan-of.ts";

/** What users met of a version while it answered some of their requests. */
export interface Met {
  /** Share of all users' requests that failed, in the whole seconds in which it answered: 1 is all. */
  failed: number;
  /** For how long it answered; in its first second and its last, a part of a second. */
  seconds: number;
}

/**
 * Each time that users met the version, from the seconds of a steady load of which it got the same share until it was sent
 * back. Less than three seconds say nothing, and are left out.
 */
export function timesMet(seconds: Second[], version: string): Met[] {
  const stretches: Second[][] = [];
  let isMet = false;
  for (const second of seconds) {
    const answers = total([second], version).requests > 0;
    if (answers && !isMet) stretches.push([]);
    if (answers) stretches.at(-1)?.push(second);
    isMet = answers;
  }
  return stretches.filter(({ length }) => length > 2).map((stretch) => met(stretch, version));
}

function met(stretch: Second[], version: string): Met {
  const whole = stretch.slice(1, -1);
  const all = total(whole);
  const perSecond = total(whole, version).requests / whole.length;
  return { failed: all.failed / all.requests, seconds: total(stretch, version).requests / perSecond };
}

/** The most of each that users met. */
export function mostMet(times: Met[]): Met {
  return {
    failed: Math.max(...times.map(({ failed }) => failed)),
    seconds: Math.max(...times.map(({ seconds }) => seconds)),
  };
}

/** The plan's worst case of a version that fails such a share of its requests, with requests enough to judge it. */
export function worstOf({ worst }: Plan, failing: number): PlannedWorstCase {
  const found = worst.find((one) => one.failing === failing && one.traffic === "many");
  if (!found) throw new Error(`the plan says nothing of a version that fails ${percent(failing)}`);
  return found;
}

/** "planned at worst 10.0 % of the requests for 10.0 s, seen 9.8 % for 9.1 s, 9.9 % for 8.2 s". */
export function describeMet(worst: PlannedWorstCase, times: Met[]): string {
  const describe = ({ failed, seconds }: Met, of = "") => `${percent(failed)}${of} for ${seconds.toFixed(1)} s`;
  return `planned at worst ${describe(worst, " of the requests")}, seen ${times.map((one) => describe(one)).join(", ") || "too little"}`;
}

/** By how much a plan differs from what was seen: 0.1 is a tenth of it. */
export function deviation(planned: number, seen: number): number {
  return Math.abs(planned - seen) / seen;
}
