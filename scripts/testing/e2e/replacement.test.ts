/** Blue/green and rolling under load. */
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, expect, test } from "vitest";
import { type Load, startLoad, total } from "../../operations/load.ts";
import type { App, Changes, Note, Status } from "./app.ts";
import { report } from "./results.ts";
import { atEnd, describeFailures, expectNoFailures, good, mark, next, prepareApps, startScene } from "./scenario.ts";
import { environment } from "./subject.ts";

const previewHost = `preview.e2e-blue-green.${environment.domain}`;
const blueGreen = { type: "blueGreen", previewHost, autoPromotionSeconds: 15, scaleDownDelaySeconds: 60 } as const;
const apps = {
  "blue-green": { values: { strategy: blueGreen } },
  rolling: {
    values: { strategy: { type: "rolling", workload: "Rollout", maxSurge: 1, maxUnavailable: 0 }, replicaCount: 2 },
  },
} satisfies Record<string, Changes>;

beforeAll(() => prepareApps(apps));

test("blueGreen: previewed, switched and switched back", async (context) => {
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
  report(context, `back in one step, ${back.seconds.toFixed(1)} s after the command; ${describeFailures(all)}`);
  const { requests, failed } = total(all);
  // The time depends on the machine; that it is a single step does not.
  expect(back.selectors).toEqual([before]);
  const alone = all.findLastIndex((second) => total([second], next).requests > 0);
  expect(total(all.slice(alone + 1), good).requests).toBe(total(all.slice(alone + 1)).requests);
  expect(failed).toBe(0);
  expect(requests).toBeGreaterThan(10_000);
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
