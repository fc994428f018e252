/** A version that gets ready and fails the app's tests: no user meets it, whatever the strategy. */
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, expect, test } from "vitest";
import type { Test } from "../../../values-src/app.ts";
import { total } from "../../operations/load.ts";
import type { Changes } from "./app.ts";
import { report } from "./results.ts";
import { describeFailures, expectNoFailures, mark, next, prepareApps, startScene } from "./scenario.ts";

const tests: Test[] = [
  { name: "ready", path: "/health/ready" },
  { name: "version", path: "/version", contains: '"version":"{version}"' },
];
const blueGreen = { type: "blueGreen", autoPromotionSeconds: 15, scaleDownDelaySeconds: 30 } as const;
const apps = {
  "tests-canary": { facts: { tests } },
  "tests-blue-green": { facts: { tests }, values: { strategy: blueGreen } },
} satisfies Record<string, Changes>;

beforeAll(() => prepareApps(apps));

test.for(Object.keys(apps) as (keyof typeof apps)[])("%s: a version that fails them", async (name, context) => {
  const { app, load, note } = await startScene(name, apps[name]);
  const finish = mark(load);
  const start = performance.now();
  await app.release(next, { FAULT_ERROR_RATE: "1" });
  await app.until("given up", ({ phase }) => phase === "Degraded", 120, note);
  const given = (performance.now() - start) / 1000;
  const causes = await app.causes();
  for (const cause of causes) note(cause);
  await sleep(5000); // so that what comes after is seen too
  const seconds = await finish();
  report(context, `given up after ${given.toFixed(1)} s, 0 answers to users; ${describeFailures(seconds)}`);
  expect(causes.join("\n")).toMatch(
    /^analysis: tests is Failed; the end of its log:\n[\s\S]*version: GET \/version answered 500, wanted 200/,
  );
  expect(total(seconds, next).requests).toBe(0);
  expectNoFailures(seconds);
});
