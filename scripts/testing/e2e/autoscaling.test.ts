/** A canary whose pods an autoscaler counts with the old ones, while its load grows: `values-src/strategies/pod-load.ts`. */
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, expect, test } from "vitest";
import type { CanaryStep, Values } from "../../../values-src/charts/http-service.ts";
import {
  allowedPodLoad,
  canaryPods,
  type Pods,
  podLoads,
  withCanaryScale,
} from "../../../values-src/strategies/pod-load.ts";
import { startLoad, total } from "../../operations/load.ts";
import type { App, Note, Status } from "./app.ts";
import { report } from "./results.ts";
import {
  atEnd,
  describeFailures,
  expectNoFailures,
  mark,
  next,
  prepareApps,
  requestsPerSecond,
  startScene,
} from "./scenario.ts";

/** Metrics of pods are up to 30 s old, the autoscaler looks every 15 s, new pods need some seconds, and their metrics too. */
const secondsToReact = 85;
const target = 70;
const pods: Pods = {
  replicaCount: 2,
  autoscaling: { minReplicas: 2, maxReplicas: 8, targetCPUUtilizationPercentage: target },
};
const unguarded: CanaryStep[] = [{ setWeight: 50 }, { pause: { duration: `${secondsToReact + 15}s` } }];
const guarded = withCanaryScale(unguarded, pods, allowedPodLoad(pods));

/** A request so small that the load of the suite needs a few pods, and larger than what an idle pod uses (some 12m). */
function valuesWith(steps: CanaryStep[]): Partial<Values> {
  const resources = { requests: { cpu: "60m", memory: "128Mi" }, limits: { memory: "192Mi" } };
  return { ...pods, strategy: { type: "canary", steps }, resources };
}

const apps = {
  "autoscaling-guarded": { values: valuesWith(guarded) },
  "autoscaling-unguarded": { values: valuesWith(unguarded) },
};

const isAll = process.env.ALL === "1";

beforeAll(() => (isAll ? prepareApps(apps) : undefined));

test("canary under an autoscaler, load that grows at 50 %: with all new pods up, and for comparison without", async (context) => {
  if (!isAll) return context.skip("it takes 8 minutes and a CPU: ALL=1 npm run e2e -- autoscaling");
  // In turn: side by side they have no room on a small node.
  const withGuard = await rollOut("autoscaling-guarded", guarded);
  const without = await rollOut("autoscaling-unguarded", unguarded);
  const failures = describeFailures(withGuard.seconds);
  report(context, `${withGuard.says}; ${failures}; without the guard ${without.says}`);
  expectNoFailures(withGuard.seconds);
  // What a request costs is not the same from minute to minute, and a pod without any costs something too.
  for (const { weight, carried, computed } of withGuard.loads) {
    expect(carried, `at ${weight} %`).toBeLessThanOrEqual(1.3 * computed);
  }
});

/** Lets the load grow at 50 % to what the autoscaler does not see; says what a new pod carries, in its normal load. */
async function rollOut(name: keyof typeof apps, steps: CanaryStep[]) {
  const { app, load, target: address, note } = await startScene(name, apps[name]);
  const looking = watchPods(app, note);
  // Else the start of the pods, which costs more than the load, would be remembered for five minutes.
  const window = { spec: { behavior: { scaleDown: { stabilizationWindowSeconds: 15 } } } };
  await app.kubectl("patch", "hpa", "app", "--type", "merge", "--patch", JSON.stringify(window));
  const { stable, used } = await atRest(app);
  // Requests each second that a pod answers when its CPU is at the target.
  const normal = ((requestsPerSecond / stable) * target) / used;
  const finish = mark(load);
  await app.release(next);
  await app.until("at 50 %", ({ canary }) => canary?.weights?.canary.weight === 50, 90, note);
  const wanted = 0.92 * (stable + canaryPods(stable, 50)) * normal;
  const more = startLoad(address, Math.max(1, Math.round(wanted - requestsPerSecond)));
  atEnd(() => more.stop());
  note(
    `load grows from ${requestsPerSecond} to ${Math.round(wanted)} requests/s, a pod's normal is ${Math.round(normal)}`,
  );
  const carriedNow = async () => {
    const { canary } = await look(app);
    const answered = [load, more].map((each) => total(each.seconds().slice(-11, -1), next).requests / 10);
    return answered.reduce((sum, one) => sum + one, 0) / Math.max(1, canary) / normal;
  };
  await sleep(secondsToReact * 1000); // while the autoscaler sees it, or does not
  const atWeight = await carriedNow();
  const isPromoted = ({ canary, phase, currentPodHash, stableRS }: Status) =>
    canary?.weights?.canary.weight === 100 || (phase === "Healthy" && currentPodHash === stableRS);
  await app.until("at 100 %", isPromoted, 60, note);
  await sleep(12_000); // until ten seconds of the new version alone are counted
  const promoted = await carriedNow();
  await app.healthy(60, note);
  clearInterval(looking);
  const computed = podLoads(steps, pods);
  const loads = [atWeight, promoted].map((carried, at) => {
    const { weight = 0, multiple = 0 } = computed[at] ?? {};
    return { weight, carried, computed: multiple };
  });
  const each = loads.map(({ weight, carried, computed: most }) => {
    return `${carried.toFixed(2)} times its normal load at ${weight} % (computed: at most ${most.toFixed(2)})`;
  });
  const says = `a new pod carries ${each.join(" and ")}`;
  note(says);
  return { seconds: [...(await finish()), ...(await more.stop())], loads, says };
}

/** Pods by version, and the average use of the CPU that they request, in percent, as the autoscaler sees it. */
async function look(app: App): Promise<{ stable: number; canary: number; used: number }> {
  const [rollout, scaler] = await Promise.all(
    [`rollout/${app.name}`, `hpa/${app.name}`].map(async (object) => {
      return JSON.parse(await app.kubectl("get", object, "--output", "json"));
    }),
  );
  const { spec, status = {} } = rollout;
  const used = scaler.status?.currentMetrics?.[0]?.resource?.current?.averageUtilization ?? 0;
  return { stable: spec.replicas ?? 1, canary: status.updatedReplicas ?? 0, used };
}

/** Notes every change of the pods until it is cleared. */
function watchPods(app: App, note: Note): NodeJS.Timeout {
  let last = "";
  const timer = setInterval(async () => {
    const seen = await look(app).catch(() => undefined);
    const now = seen && `${seen.stable} pods wanted, ${seen.canary} of the newest version`;
    if (now && now !== last) note(`${now}, average ${seen.used} % of a target of ${target} %`);
    last = now ?? last;
  }, 3000);
  atEnd(() => clearInterval(timer));
  return timer;
}

/** Waits until the autoscaler has the pods that the load needs, for half a minute. */
async function atRest(app: App): Promise<{ stable: number; used: number }> {
  let since = performance.now();
  let last = await look(app);
  const isAtRest = async () => {
    const seen = await look(app);
    // Far below the target only while what the pods use is not known yet, or not much above an idle pod's.
    const near = seen.used > 0.3 * target && seen.used < 1.15 * target;
    if (!near || seen.stable !== last.stable) since = performance.now();
    last = seen;
    return performance.now() - since > 30_000;
  };
  await expect.poll(isAtRest, { timeout: 150_000, interval: 2000 }).toBe(true);
  return last;
}
