/** What users of the app get from the strategies that replace a version as a whole: blue/green and rolling. */
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, expect, test } from "vitest";
import type { Values } from "../../values-src/charts/sample-app.ts";
import { type Load, startLoad, total } from "../lib/cluster/load.ts";
import type { App, Note } from "./app.ts";
import { report } from "./results.ts";
import { atEnd, describeFailures, good, mark, next, prepareApps, startScene } from "./scenario.ts";

const previewHost = "preview.e2e-blue-green.ci.example.com";
const apps = {
  "blue-green": { strategy: { type: "blueGreen", previewHost, autoPromotionSeconds: 15, scaleDownDelaySeconds: 60 } },
  rolling: { strategy: { type: "rolling", maxSurge: 1, maxUnavailable: 0 }, replicaCount: 2 },
} satisfies Record<string, Partial<Values>>;

beforeAll(() => prepareApps(apps));

test("blueGreen: looked at, switched and switched back", async (context) => {
  const { app, load, note, target } = await startScene("blue-green", apps["blue-green"]);
  const finish = mark(load);
  const before = (await app.status()).blueGreen?.activeSelector;
  await app.release(next);
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
  const back = await switchBack(app, load, note);
  await sleep(15_000); // until 10,000 requests are sent, and the ends of pods are seen
  const all = await finish();
  report(context, `back ${back.toFixed(1)} s after the command; ${describeFailures(all)}`);
  const { requests, failed } = total(all);
  expect(back).toBeLessThan(2);
  expect(failed).toBe(0);
  expect(requests).toBeGreaterThan(10_000);
});

/** Seconds from the command until the active Service is back on the old pods. */
async function switchBack(app: App, load: Load, note: Note): Promise<number> {
  const { activeSelector } = (await app.status()).blueGreen ?? {};
  const start = performance.now();
  await app.release(good);
  await app.until("switched back", ({ blueGreen }) => blueGreen?.activeSelector !== activeSelector, 60, note);
  const taken = (performance.now() - start) / 1000;
  note(`switched back after ${taken.toFixed(1)} s`);
  await expect.poll(() => onlyVersion(load, good), { timeout: 20_000, interval: 100 }).toBe(true);
  return taken;
}

function onlyVersion(load: Load, version: string): boolean {
  const last = load.seconds().slice(-2, -1);
  return total(last).requests > 0 && total(last, version).requests === total(last).requests;
}

test("rolling: a good version", async (context) => {
  const { app, load, note } = await startScene("rolling", apps.rolling);
  const finish = mark(load);
  await app.release(next);
  await app.rolledOut();
  note(`${next} is rolled out`);
  await sleep(10_000); // so that the ends of the old pods are seen
  const seconds = await finish();
  report(context, describeFailures(seconds));
  expect(total(seconds).failed).toBe(0);
  expect(total(seconds, next).requests).toBeGreaterThan(0);
});
