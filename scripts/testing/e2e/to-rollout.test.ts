/** Apps that run as Deployments, one of each owner, under load: they become Rollouts as their environment gets Argo Rollouts. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { StrategyName } from "../../../values-src/environment.ts";
import { timeline } from "./app.ts";
import { OwnedApps } from "./owned-apps.ts";
import { report } from "./results.ts";
import { expectNoFailures, good } from "./scenario.ts";
import { environment } from "./subject.ts";

const facts = `values-src/environments/${environment.name}.ts`;
const live = 2;
let apps: OwnedApps;

beforeAll(async () => {
  apps = await OwnedApps.make("moving");
  apps.repository.edit(facts, /strategy: "\w+"/, 'strategy: "rolling"');
  apps.repository.edit(facts, /argoRollouts: true/, "argoRollouts: false");
  write("rolling");
  await apps.release("No Argo Rollouts: every app is a Deployment");
  await apps.there("deployment");
  // As an autoscaler would have done under more load; it takes pods away again after five minutes.
  const [first] = apps.all;
  await first?.app.kubectl("scale", "deployment", first.app.name, `--replicas=${live}`);
  for (const { app } of apps.all) {
    await app.kubectl("rollout", "status", `deployment/${app.name}`, "--timeout=120s");
  }
}, 600_000);

afterAll(() => apps?.remove());

/** The one of Helmfile has an autoscaler: the chart does not say then how many pods there are. */
function write(strategy: StrategyName): void {
  const scaled = { size: "large", replicas: 1, maxReplicas: live } as const;
  apps.write(good, (owner) => ({ strategy, ...(owner === "helmfile" && scaled) }));
}

test("Argo Rollouts comes: Deployments become Rollouts, under both owners", { timeout: 600_000 }, async (context) => {
  const note = timeline("to-rollout");
  const { finish } = await apps.underLoad();
  apps.repository.edit(facts, /argoRollouts: false/, "argoRollouts: true");
  write("canary");
  expect((await apps.repository.npm("gen")).code).toBe(0);
  for (const { owner, app } of apps.all) {
    if (owner === "helmfile") continue;
    // Before the push: Argo CD syncs at once. For Helmfile it is a hook.
    const { code, output } = await apps.repository.npm("to-rollout", [environment.name, "--app", app.name, "--yes"]);
    note(output);
    expect(code, output).toBe(0);
  }
  note(await apps.release("Argo Rollouts is there"));
  for (const { app } of apps.all) {
    const deployments = () => app.kubectl("get", "deployments", "-o", "name");
    await expect.poll(deployments, { timeout: 120_000, interval: 500 }).toBe("");
    await app.healthy(60, note);
  }
  await sleep(10_000); // so that the ends of the Deployments' pods are seen
  const seen = await finish();
  const [first] = apps.all;
  const pods = Object.keys((await first?.app.pods()) ?? {}).length;
  report(context, `as many pods as before (${pods}, with an autoscaler); ${apps.describe(seen)}`);
  expectNoFailures(seen.flat());
  expect(pods).toBe(live);
  const target = "jsonpath={.items[*].spec.scaleTargetRef.kind}";
  expect(await first?.app.kubectl("get", "hpa", "-o", target)).toBe("Rollout");
});
