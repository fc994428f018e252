/** A good canary under load, while Argo Rollouts, Prometheus or the API server is killed at 20 %. */
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, expect, type TestContext, test } from "vitest";
import { type Load, total } from "../../operations/load.ts";
import { outputOf } from "../processes.ts";
import { kubectl, type Status } from "./app.ts";
import { report } from "./results.ts";
import { describeFailures, expectNoFailures, good, mark, next, prepareApps, startScene } from "./scenario.ts";

const killApiServer = process.env.E2E_KILL_APISERVER;

beforeAll(() => prepareApps({ "fault-controller": {}, "fault-prometheus": {}, "fault-apiserver": {} }));

test("fault: Argo Rollouts is killed", async (context) => {
  await duringCanary(context, "fault-controller", () =>
    killPods("argo-rollouts", "app.kubernetes.io/name=argo-rollouts"),
  );
});

test("fault: Prometheus is killed", async (context) => {
  await duringCanary(context, "fault-prometheus", () => killPods("monitoring", "app.kubernetes.io/name=prometheus"));
});

test("fault: the API server is away for a while", async (context) => {
  if (!killApiServer) return context.skip("E2E_KILL_APISERVER is no command that takes it away for some 20 s");
  await duringCanary(context, "fault-apiserver", () => outputOf("sh", ["-c", killApiServer]));
});

async function killPods(namespace: string, selector: string): Promise<void> {
  await kubectl("delete", "pods", "-n", namespace, "--selector", selector, "--force", "--grace-period=0");
}

/** Causes the fault at 20 %. The rollout must end with one version for all requests, or stop with the old version stable. */
async function duringCanary(context: TestContext, name: string, fault: () => Promise<unknown>): Promise<void> {
  const { app, load, note } = await startScene(name);
  const finish = mark(load);
  const { stableRS } = await app.status();
  await app.release(next);
  await app.until("at 20 %", ({ canary }) => canary?.weights?.canary.weight === 20, 60, note);
  await sleep(5000); // into the analysis
  note("fault");
  await fault();
  note("fault is over");
  const status = await app.until("at an end", (status) => ending(status) !== undefined, 300, note);
  if (status.phase !== "Healthy") expect(status.stableRS).toBe(stableRS);
  if (status.phase === "Healthy") await servesAlone(load, next);
  if (status.phase === "Degraded") await servesAlone(load, good);
  note("the end is seen by every request");
  const seconds = await finish();
  report(context, `${ending(status)}; ${describeFailures(seconds)}`);
  expectNoFailures(seconds);
}

/**
 * Waits until this version alone has answered for three whole seconds. The ingress controller may lag behind: it lost its
 * watch on the API server too, and reconnects with growing pauses.
 */
async function servesAlone(load: Load, version: string): Promise<void> {
  const share = () => {
    const last = load.seconds().slice(-4, -1);
    return total(last, version).requests / total(last).requests;
  };
  await expect.poll(share, { timeout: 120_000, interval: 500 }).toBe(1);
}

function ending({ phase, message, currentPodHash, stableRS }: Status): string | undefined {
  if (phase === "Healthy" && currentPodHash === stableRS) return "the new version was promoted all the same";
  if (phase === "Degraded") return `the new version was aborted (${message})`;
  if (phase === "Paused" && /inconclusive/i.test(message ?? "")) return "paused until somebody decides";
  return undefined;
}
