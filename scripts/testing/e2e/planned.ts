/** Holds what a scenario saw against the plan: always said, and judged where everything was asked for. */
import { expect } from "vitest";
import { deviation, type Met, mostMet } from "../against-plan.ts";

/** Fails with ALL=1 if the plan is off by more than that part of what was seen: a machine under load is late. */
export function expectPlanned(what: string, planned: number, seen: number, most: number): void {
  if (process.env.ALL !== "1") return;
  const message = `${what}: planned ${planned.toFixed(2)}, seen ${seen.toFixed(2)}, which may differ by ${100 * most} %`;
  expect(deviation(planned, seen), message).toBeLessThanOrEqual(most);
}

/**
 * Error rates of a bad version: with ALL=1 it is rolled out three times, since chance decides when Prometheus scrapes. Each is
 * written differently, and so another version: pods of the one that was just sent back may still be up, and Argo Rollouts
 * would switch to them at once.
 */
export const halfFailing = process.env.ALL === "1" ? ["0.5", "0.50", "0.500"] : ["0.5"];

/** The share that users meet is planned to a fifth. The seconds are those of the worst moment: users may meet it for less. */
export function expectMet(worst: Met, times: Met[]): void {
  if (process.env.ALL === "1") expect(times).toHaveLength(halfFailing.length);
  const most = mostMet(times);
  expectPlanned("share of the requests that fail", worst.failed, most.failed, 0.2);
  expectPlanned("seconds until it is sent back", worst.seconds, Math.max(worst.seconds, most.seconds), 0.2);
}
