/** What users of the app get from a canary: each scenario has an app of its own and a steady load on it. */
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, expect, type TestContext, test } from "vitest";
import { total, worstWindow } from "../../operations/load.ts";
import { describeMet, timesMet, worstOf } from "../against-plan.ts";
import { App, type Status, timeline } from "./app.ts";
import { expectMet, expectPlanned, halfFailing } from "./planned.ts";
import { report } from "./results.ts";
import {
  atEnd,
  describeFailures,
  describeWorst,
  expectNoFailures,
  good,
  mark,
  next,
  prepareApps,
  promotedByWeights,
  startScene,
  watch,
} from "./scenario.ts";

beforeAll(() =>
  prepareApps({
    "canary-good": {},
    "canary-errors": {},
    "canary-slow": {},
    "canary-not-ready": {},
    "canary-crash": {},
    "no-traffic-inconclusive": { slo: { onNoData: "inconclusive" } },
    "no-traffic-fail": { slo: { onNoData: "fail" } },
    "no-traffic-pass": { slo: { onNoData: "pass" } },
  }),
);

test("canary: a good version", async (context) => {
  const { app, load, note } = await startScene("canary-good");
  const finish = mark(load);
  await app.release(next);
  await app.until("at its first weight", ({ canary }) => (canary?.weights?.canary.weight ?? 0) > 0, 120, note);
  const start = performance.now();
  const sharesIn = await promotedByWeights(app, load, note);
  const took = (performance.now() - start) / 1000;
  await sleep(2000); // of the new version alone
  const seconds = await finish();
  const shares = sharesIn(seconds);
  const weights = shares.map(({ weight, share }) => `at weight ${weight} % it gets ${share.toFixed(1)} %`).join(", ");
  note(weights);
  const planned = app.plan().seconds;
  const time = `planned ${planned} s after the wait for its pods, seen ${took.toFixed(1)} s`;
  report(context, `${weights}; ${time}; ${describeFailures(seconds)}`);
  expect(shares.map(({ weight }) => weight)).toEqual([20, 50]);
  for (const { weight, share } of shares) expect(Math.abs(share - weight)).toBeLessThan(3);
  expectNoFailures(seconds);
  expectPlanned("seconds after the wait for its pods", planned, took, 0.1);
});

test("canary: a version that fails half of its requests", async (context) => {
  const faults = halfFailing.map((rate) => ({ FAULT_ERROR_RATE: rate }));
  const { app, seconds, highestWeight, outcome } = await abortFaulty(context, "canary-errors", ...faults);
  const worst = worstOf(app.plan(), 0.5);
  const met = timesMet(seconds, next);
  report(context, `${outcome}; ${describeMet(worst, met)}`);
  expect(highestWeight).toBe(20);
  // A tenth, and chance.
  expect(worstWindow(seconds, 10)).toBeLessThan(0.12);
  expect(total(seconds, "(none)").failed).toBe(0);
  expectMet(worst, met);
});

test("canary: a version that is slow", async (context) => {
  const { seconds, highestWeight } = await abortFaulty(context, "canary-slow", { FAULT_LATENCY_MS: "1000" });
  expect(highestWeight).toBe(20);
  expectNoFailures(seconds);
});

test("canary: a version that never gets ready", async (context) => {
  const { seconds } = await abortFaulty(context, "canary-not-ready", { FAULT_NOT_READY: "true" });
  expect(total(seconds, next).requests).toBe(0);
  expectNoFailures(seconds);
});

test("canary: a version that crashes", async (context) => {
  const { seconds } = await abortFaulty(context, "canary-crash", { FAULT_CRASH_AFTER_REQUESTS: "200" });
  expect(worstWindow(seconds, 10)).toBeLessThan(0.25);
});

/**
 * Releases a faulty version under load and waits until it is aborted, once for each of these faults. Returns the load, and the
 * weight that it reached.
 */
async function abortFaulty(context: TestContext, name: string, ...faults: Record<string, string>[]) {
  const { app, load, note } = await startScene(name);
  const finish = mark(load);
  let highestWeight = 0;
  const degraded = ({ phase, canary }: Status) => {
    highestWeight = Math.max(highestWeight, canary?.weights?.canary.weight ?? 0);
    return phase === "Degraded";
  };
  const after: number[] = [];
  for (const fault of faults) {
    if (after.length > 0) {
      await app.release(good);
      await app.healthy(60, note);
    }
    const start = performance.now();
    await app.release(next, fault);
    await app.until("aborted", degraded, 180, note);
    after.push((performance.now() - start) / 1000);
    await sleep(5000); // so that what happens after it is seen too
  }
  const seconds = await finish();
  const ofStable = total(seconds, good).failed;
  const times = after.map((aborted) => aborted.toFixed(1)).join(" and ");
  const outcome = `aborted after ${times} s; ${describeWorst(seconds)}, ${ofStable} by the stable version`;
  note(outcome);
  report(context, outcome);
  expect(ofStable).toBe(0);
  return { app, seconds, highestWeight, outcome };
}

test("canary, zero traffic: what onNoData says", async (context) => {
  const endings = [
    ["inconclusive", "Paused", "paused until somebody decides"],
    ["fail", "Degraded", "aborted"],
    ["pass", "Healthy", "promoted"],
  ] as const;
  const note = timeline("no traffic");
  await Promise.all(
    endings.map(async ([onNoData, ending]) => {
      const app = new App(`no-traffic-${onNoData}`, { slo: { onNoData } });
      watch(app.namespace);
      atEnd(() => app.remove());
      await app.healthy();
      await app.release(next);
      await app.until(
        ending,
        ({ phase, message, currentPodHash, stableRS }) => {
          if (ending === "Paused") return phase === ending && /inconclusive/i.test(message ?? "");
          return phase === ending && (currentPodHash === stableRS) === (ending === "Healthy");
        },
        180,
        (line) => note(`${onNoData}: ${line}`),
      );
    }),
  );
  report(context, endings.map(([onNoData, , outcome]) => `${onNoData}: ${outcome}`).join("; "));
});
