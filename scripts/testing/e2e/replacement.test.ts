/** Blue/green and rolling under load. */
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, expect, test } from "vitest";
import { type Load, startLoad, total } from "../../operations/load.ts";
import { describeMet, timesMet, worstOf } from "../against-plan.ts";
import type { App, Changes, Note, Status } from "./app.ts";
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
  startScene,
} from "./scenario.ts";
import { environment } from "./subject.ts";

const previewHost = `preview.e2e-blue-green.${environment.domain}`;
const blueGreen = { type: "blueGreen", autoPromotionSeconds: 15, scaleDownDelaySeconds: 60 } as const;
const apps = {
  "blue-green": { values: { strategy: { ...blueGreen, previewHost } } },
  rolling: {
    values: { strategy: { type: "rolling", workload: "Rollout", maxSurge: 1, maxUnavailable: 0 }, replicaCount: 2 },
  },
} satisfies Record<string, Changes>;
const faulty = { "blue-green-errors": { values: { strategy: blueGreen } } } satisfies Record<string, Changes>;

const isAll = process.env.ALL === "1";

beforeAll(() => prepareApps<string>(isAll ? { ...apps, ...faulty } : apps));

test("blueGreen: previewed, switched and switched back", async (context) => {
  const { app, load, note, target } = await startScene("blue-green", apps["blue-green"]);
  const finish = mark(load);
  const before = (await app.status()).blueGreen?.activeSelector;
  await app.release(next);
  await app.until("up beside the old version", ({ phase }) => phase === "Paused", 60, note);
  const up = performance.now();
  const preview = startLoad({ ...target, host: previewHost }, 10);
  atEnd(() => preview.stop());
  await expect.poll(() => total(preview.seconds(), next).requests, { timeout: 60_000 }).toBeGreaterThan(0);
  expect((await app.status()).blueGreen?.activeSelector).toBe(before);
  expect(total(load.seconds(), next).requests).toBe(0);
  note(`${next} answers on the preview host, ${good} to users`);
  await preview.stop();
  await app.until("switched", ({ blueGreen }) => blueGreen?.activeSelector !== before, 120, note);
  note("switched");
  await expect.poll(() => onlyVersion(load, next), { timeout: 20_000, interval: 100 }).toBe(true);
  await app.healthy(120, note);
  const took = (performance.now() - up) / 1000;
  const back = await switchBack(app, load, note);
  await sleep(15_000); // until 10,000 requests are sent, and the ends of pods are seen
  const all = await finish();
  const planned = app.plan().seconds;
  const time = `planned ${planned} s after the wait for its pods, seen ${took.toFixed(1)} s`;
  report(
    context,
    `${time}; back in one step, ${back.seconds.toFixed(1)} s after the command; ${describeFailures(all)}`,
  );
  const { requests, failed } = total(all);
  // The time depends on the machine; that it is a single step does not.
  expect(back.selectors).toEqual([before]);
  const alone = all.findLastIndex((second) => total([second], next).requests > 0);
  expect(total(all.slice(alone + 1), good).requests).toBe(total(all.slice(alone + 1)).requests);
  expect(failed).toBe(0);
  expect(requests).toBeGreaterThan(10_000);
  expectPlanned("seconds after the wait for its pods", planned, took, 0.1);
});

/** Seconds from the command until the active Service is back on the old pods, and every version it selected after the new. */
async function switchBack(app: App, load: Load, note: Note): Promise<{ seconds: number; selectors: string[] }> {
  const { activeSelector } = (await app.status()).blueGreen ?? {};
  const selectors = new Set<string>();
  const see = ({ blueGreen }: Status) => {
    if (blueGreen?.activeSelector && blueGreen.activeSelector !== activeSelector)
      selectors.add(blueGreen.activeSelector);
    return selectors.size > 0;
  };
  const start = performance.now();
  await app.release(good);
  await app.until("switched back", see, 60, note);
  const seconds = (performance.now() - start) / 1000;
  note(`switched back after ${seconds.toFixed(1)} s`);
  await expect.poll(() => onlyVersion(load, good), { timeout: 20_000, interval: 100 }).toBe(true);
  see(await app.healthy(60, note));
  return { seconds, selectors: [...selectors] };
}

function onlyVersion(load: Load, version: string): boolean {
  const last = load.seconds().slice(-2, -1);
  return total(last).requests > 0 && total(last, version).requests === total(last).requests;
}

test("blueGreen: a version that fails half of its requests once users meet it", async (context) => {
  if (!isAll) return context.skip("it takes three minutes: ALL=1 npm run e2e -- replacement");
  const { app, load, note } = await startScene("blue-green-errors", faulty["blue-green-errors"]);
  const finish = mark(load);
  for (const rate of halfFailing) {
    await app.release(next, { FAULT_ERROR_RATE: rate });
    await app.until("switched back", ({ phase }) => phase === "Degraded", 180, note);
    await expect.poll(() => onlyVersion(load, good), { timeout: 20_000, interval: 100 }).toBe(true);
    await sleep(5000); // so that what happens after it is seen too
    await app.release(good);
    await app.healthy(60, note);
  }
  const seconds = await finish();
  const worst = worstOf(app.plan(), 0.5);
  const met = timesMet(seconds, next);
  const ofStable = total(seconds, good).failed;
  report(context, `${describeMet(worst, met)}; ${describeWorst(seconds)}, ${ofStable} by the stable version`);
  expect(ofStable).toBe(0);
  expect(total(seconds, "(none)").failed).toBe(0);
  expectMet(worst, met);
});

test("rolling: a good version", async (context) => {
  const { app, load, note } = await startScene("rolling", apps.rolling);
  const finish = mark(load);
  await app.release(next);
  await app.healthy(120, note);
  note(`${next} is rolled out`);
  await sleep(10_000); // so that the ends of the old pods are seen
  const seconds = await finish();
  report(context, describeFailures(seconds));
  expectNoFailures(seconds);
  expect(total(seconds, next).requests).toBeGreaterThan(0);
});
