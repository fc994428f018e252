import { appendFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { runScript } from "../testing/processes.ts";
import { addApp, copyWithApps, snapshot } from "../testing/workspace.ts";

/** Paces of the test's own: those of `paces.ts` are their users' to change. */
const fast = `scrapeInterval: "5s", analysisRange: "20s", analysisInterval: "5s", analysisDelay: "25s", analysisCount: 6, analysisFailureLimit: 0`;
const steady = `scrapeInterval: "15s", analysisRange: "1m", analysisInterval: "30s", analysisDelay: "90s", analysisCount: 10, analysisFailureLimit: 1`;
const environments = `environments: {
  ci: { replicas: 1, pace: { ${fast}, weights: [20, 50] } },
  dev: { replicas: 4 },
  prod: { replicas: 4, steps: [{ weight: 5, analysis: false, pause: "promotion" }, { weight: 20, analysis: false, pause: "5m" }, { weight: 50 }], pace: { ${steady} }, slo: { onNoData: "fail" } },
  staging: { replicas: 2, pace: { ${steady}, autoPromotionSeconds: 300, scaleDownDelaySeconds: 600 } },
}, tests: [{ name: "order", method: "POST", path: "/orders", status: 201 }], maxPodLoad: 2`;

const root = copyWithApps("web");
addApp(root, "shop", environments);
const run = (...args: string[]) => runScript(root, "plan", ...args);

/** The plan's lines of people, without what its columns need of room. */
async function linesOf(...args: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await run(...args);
  expect([code, stderr]).toEqual([0, ""]);
  const [plan = ""] = stdout.split("\n\n");
  return plan.split("\n").map((line) => line.trim().replace(/ {2,}/g, " | "));
}

describe("tells people", () => {
  test("of a canary: each stage, what it asks and needs, and what a bad version costs", async () => {
    expect(await linesOf("ci", "--app", "shop")).toEqual([
      "shop in ci: canary, 50 s, and on top of it 1 wait for pods",
      "after | at the new version | what",
      "0 s | 0 % | wait for pods, then its tests",
      "0 s | 20 % | analysis: 6 measurements in 25 s",
      "25 s | 50 % | analysis: 6 measurements in 25 s",
      "50 s | 100 % | serves alone",
      "Tests: POST /orders 201. A version that fails one reaches nobody.",
      "To be judged a new version needs 50 requests in 20 s, so per second the app needs 12.5 at 20 %, 5 at 50 %.",
      "With less, it waits at 20 % until somebody decides.",
      "it fails | requests/s | users' requests that fail | users meet it for | error budget of 28d",
      "all | 12.5 | 20 % | 20 s | 0.0165 % used",
      "all | many | 20 % | 15 s | 0.0124 % used",
      "half | 12.5 | 10 % | 20 s | 0.00827 % used",
      "half | many | 10 % | 15 s | 0.0062 % used",
      "just over 5 % | 12.5 | 1 % | 20 s | 0.000828 % used",
      "just over 5 % | many | 1 % | 15 s | 0.000621 % used",
      "A version that fails 5 % or less is not sent back; at 5 % it uses up the error budget of 28d in 5 d 14 h.",
    ]);
  });

  test("of steps that nobody judges, and of people who decide", async () => {
    const lines = await linesOf("prod", "--app", "shop");
    expect(lines[0]).toBe(
      "shop in prod: canary, 9 min 30 s, and on top of it 3 waits for pods and 1 decision by a person",
    );
    expect(lines).toContain("0 s | 5 % | until somebody promotes");
    expect(lines).toContain("0 s | 20 % | pause of 5 min");
    expect(lines).toContain("With less, every version is sent back after 6 min 30 s.");
    expect(lines).toContain("all | 1.7 | 50 % | 6 min 30 s and 2 waits | 0.434 % used");
    expect(lines.length).toBeLessThanOrEqual(25);
  });

  test("of a blue/green version: it is judged after the switch, and the old one is kept", async () => {
    const lines = await linesOf("staging", "--app", "shop");
    expect(lines).toContain("0 s | 0 % | preview for 5 min");
    expect(lines).toContain("5 min | 100 % | analysis: 10 measurements in 4 min 30 s");
    expect(lines).toContain("9 min 30 s | 100 % | found good; the old version is kept for 10 min");
    expect(lines).toContain("half | 0.9 | 50 % | 1 min 30 s | 0.186 % used");
  });

  test("of a rolling update: nothing judges it, and how soon the budget is gone", async () => {
    expect(await linesOf("dev", "--app", "shop")).toEqual([
      "shop in dev: rolling, 4 waits for pods",
      "after | at the new version | what",
      "0 s | 0 to 75 % | 4 waits for pods; as they get ready, the old ones end",
      "0 s | 100 % | serves alone",
      "Nothing judges a version that users meet: it stays until somebody takes it back.",
      "it fails | requests/s | users' requests that fail | users meet it for | error budget of 28d",
      "all | any | 100 % | until taken back | gone in 6 h 43 min",
      "half | any | 50 % | until taken back | gone in 13 h 26 min",
    ]);
  });
});

test("apps and environments of one plan have it once, and what it is not exact in stands at the end", async () => {
  const several = copyWithApps("cart", "web");
  addApp(several, "news", "environments: { dev: false, staging: { strategy: 'rolling' } }");
  const { stdout } = await runScript(several, "plan");
  expect(stdout.split("\n").filter((line) => / in (dev|staging)/.test(line))).toEqual([
    "cart, web in dev: rolling, 1 wait for pods",
    expect.stringMatching(/^cart, web in staging: blueGreen, /),
    "news in staging: rolling, 2 waits for pods",
  ]);
  expect(stdout.match(/Not exact/g)).toHaveLength(1);
  expect((await runScript(several, "plan", "dev", "--app", "news")).stdout).toBe("no app news in dev\n");
});

test("where more requests change nothing, one row says so", async () => {
  const other = copyWithApps("web");
  addApp(
    other,
    "shop",
    `environments: { ci: { pace: { ${fast}, weights: [20], analysisRange: "40s", analysisDelay: "40s", analysisInterval: "40s", analysisCount: 2 } } }`,
  );
  const { stdout } = await runScript(other, "plan", "ci", "--app", "shop");
  expect(stdout.match(/^ +all .*$/gm)).toEqual([expect.stringMatching(/ 6\.3 or more +20 % +40 s +/)]);
});

test("tells a program everything in numbers", async () => {
  const { plans, notPlanned } = JSON.parse((await run("ci", "--app", "shop", "--json")).stdout);
  expect(notPlanned).toEqual([]);
  expect(plans).toHaveLength(1);
  expect(plans[0]).toMatchObject({
    app: "shop",
    environment: "ci",
    strategy: "canary",
    seconds: 50,
    waits: 1,
    decisions: 0,
    judged: {
      enough: 50,
      range: 20,
      allowed: 0.05,
      needed: [
        { share: 20, perSecond: 12.5 },
        { share: 50, perSecond: 5 },
      ],
    },
  });
  expect(plans[0].stages[2]).toEqual({ at: 25, kind: "judged", share: 50, seconds: 25, measurements: 6 });
  expect(plans[0].worst[1]).toMatchObject({
    failing: 1,
    traffic: "many",
    outcome: "sentBack",
    failed: 0.2,
    seconds: 15,
  });
});

test("an app with a chart of its own is not planned, which is said in a line", async () => {
  const mixed = copyWithApps("web");
  const chart = '{ from: "here", path: "./legacy", name: "http-service", strategies: ["rolling"], kinds: [] }';
  addApp(mixed, "legacy", `chart: ${chart}`);
  appendFileSync(
    path.join(mixed, "values-src/apps/legacy.ts"),
    'export { values } from "../releases/http-service.ts";\n',
  );
  const { stdout, stderr } = await runScript(mixed, "plan", "dev");
  expect(stderr).toBe("");
  expect(stdout).toMatch(/^web in dev: rolling/);
  expect(stdout).toMatch(/\n\nNot planned, with a chart or an analysis of its own: legacy in dev\n$/);
});

test("touches nothing, not even what is out of date", async () => {
  const before = snapshot(root);
  await run();
  expect(snapshot(root)).toEqual(before);
});

test("rejects an app and an environment that there are not, and values that are not valid", async () => {
  expect((await run("--app", "shp")).stderr).toContain('did you mean "shop"?');
  expect((await run("stagin")).stderr).toContain('did you mean "staging"?');
  const wrong = copyWithApps("web");
  addApp(wrong, "shop", "environments: { dev: { steps: [{ weight: 20 }] } }");
  const { code, stderr } = await runScript(wrong, "plan");
  expect([code, stderr]).toEqual([1, expect.stringContaining("shop has steps in dev")]);
});
