/**
 * What users of the app get while it is rolled out, on a real cluster that has the `ci` environment: `npm run e2e`.
 * Each scenario has a namespace of its own, an app in it and a steady load on it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { type Load, percent, type Second, startLoad, total, worstWindow } from "../lib/load.ts";
import { App, ingress, kubectl, type Note, tags, timeline } from "./app.ts";
import { addResult } from "./results.ts";

const requestsPerSecond = 200;
const [good, next] = tags;
const cleanUps: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** An app that serves its first version, under load. */
async function startApp(name: string, changes: ConstructorParameters<typeof App>[1] = {}, loaded = true) {
  const note = timeline(name);
  const app = new App(`e2e-${name}`, changes);
  cleanUps.push(() => app.remove());
  await app.release(good);
  await app.healthy();
  const target = await ingress(app.host);
  const load = startLoad(target, loaded ? requestsPerSecond : 0);
  cleanUps.push(() => load.stop());
  if (loaded) await steady(load);
  await scraped(app);
  note(`${good} serves`);
  return { app, load, note, target };
}

/** Until the ingress controller knows the app and Prometheus has seen its requests. */
async function steady(load: Load): Promise<void> {
  const settled = () => load.seconds().slice(-6, -1);
  const isSteady = () => settled().length === 5 && total(settled()).failed === 0 && total(settled(), good).requests > 0;
  await expect.poll(isSteady, { timeout: 60_000, interval: 500 }).toBe(true);
}

/** Asks Prometheus, by way of the API server. */
async function prometheus(path: string) {
  const service = "/api/v1/namespaces/monitoring/services/kube-prometheus-stack-prometheus:9090/proxy";
  return JSON.parse(await kubectl("get", "--raw", service + path)).data;
}

/** Until Prometheus has found the app, a minute or more after its ServiceMonitor: an analysis would know nothing. */
async function scraped({ namespace }: App): Promise<void> {
  const query = encodeURIComponent(`count_over_time(up{namespace="${namespace}"}[20s]) >= 3`);
  const found = async () => (await prometheus(`/api/v1/query?query=${query}`)).result.length;
  await expect.poll(found, { timeout: 180_000, interval: 1000 }).toBeGreaterThan(0);
}

/** The load from now on: what came before, as the ingress controller's first 404s, is not the scenario's. */
function mark(load: Load): () => Promise<Second[]> {
  const from = load.seconds().at(-1)?.at ?? 0;
  return async () => (await load.stop()).filter(({ at }) => at >= from);
}

describe("canary", () => {
  test("a good version goes from weight to weight, and each gets its share of the requests", async () => {
    const { app, load, note } = await startApp("canary-good");
    const finish = mark(load);
    await app.release(next);
    const at: Record<number, { from: number; to: number }> = {};
    await app.until(
      "promoted",
      ({ phase, currentPodHash, stableRS, canary }) => {
        const weight = canary?.weights?.canary.weight ?? 0;
        const second = load.seconds().at(-1)?.at ?? 0;
        if (phase !== "Healthy" && weight > 0) at[weight] = { from: at[weight]?.from ?? second, to: second };
        return phase === "Healthy" && currentPodHash === stableRS;
      },
      180,
      note,
    );
    await sleep(2000); // of the new version alone
    const seconds = await finish();
    const shares = Object.entries(at).map(([weight, { from, to }]) => {
      const stretch = seconds.filter((second) => second.at > from + 1 && second.at < to - 1);
      return { weight: Number(weight), share: (100 * total(stretch, next).requests) / total(stretch).requests };
    });
    for (const { weight, share } of shares) note(`weight ${weight} %: ${share.toFixed(1)} % of the requests`);
    const { requests, failed } = total(seconds);
    note(`${failed} of ${requests} requests failed`);
    addResult(
      "canary, good version",
      `${shares.map(({ weight, share }) => `${weight} → ${share.toFixed(1)} %`).join(", ")}; ${failed} of ${requests} failed`,
    );
    expect(shares.map(({ weight }) => weight)).toEqual([20, 50]);
    for (const { weight, share } of shares) expect(Math.abs(share - weight)).toBeLessThan(3);
    expect(failed).toBe(0);
  });

  test("a version that fails half of its requests is sent back before users notice much", async () => {
    const { seconds, aborted } = await sendBack("canary-errors", { errorRate: 0.5 });
    expect(aborted).toBeLessThan(25);
    expect(worstWindow(seconds, 10)).toBeLessThan(0.11);
    expect(total(seconds, good).failed).toBe(0);
    expect(total(seconds, "(none)").failed).toBe(0);
  });

  test("a version that is slow is sent back, and no request fails", async () => {
    const { seconds, aborted } = await sendBack("canary-slow", { latencyMs: 1000 });
    expect(aborted).toBeLessThan(45);
    expect(total(seconds).failed).toBe(0);
  });

  test("a version that never gets ready is sent back, and gets no request", async () => {
    const { seconds } = await sendBack("canary-not-ready", { notReady: true });
    expect(total(seconds, next).requests).toBe(0);
    expect(total(seconds).failed).toBe(0);
  });

  test("a version that crashes is sent back", async () => {
    const { seconds, aborted } = await sendBack("canary-crash", { crashAfterRequests: 200 });
    expect(aborted).toBeLessThan(60);
    expect(worstWindow(seconds, 10)).toBeLessThan(0.25);
    expect(total(seconds, good).failed).toBe(0);
  });
});

/** Releases a version with a fault under load, and waits until it is sent back. Gives the load, and how long that took. */
async function sendBack(name: string, faults: NonNullable<Parameters<App["release"]>[1]>["faults"]) {
  const { app, load, note } = await startApp(name);
  const finish = mark(load);
  const start = performance.now();
  await app.release(next, { ...(faults && { faults }) });
  await app.until("sent back", ({ phase }) => phase === "Degraded", 180, note);
  const aborted = (performance.now() - start) / 1000;
  await sleep(5000); // so that what happens after it is seen too
  const seconds = await finish();
  const { requests, failed } = total(seconds);
  const worst = percent(worstWindow(seconds, 10));
  const outcome = `sent back after ${aborted.toFixed(1)} s; ${failed} of ${requests} requests failed, ${worst} in the worst 10 s`;
  note(`${outcome}; of ${good}: ${total(seconds, good).failed}`);
  addResult(name.replace("-", ", "), outcome);
  return { seconds, aborted };
}

describe("no traffic", () => {
  test("inconclusive: the rollout pauses until somebody decides", async () => {
    const { app, note } = await startApp("no-traffic", {}, false);
    await app.release(next);
    const paused = ({ phase, message }: { phase?: string; message?: string }) =>
      phase === "Paused" && /inconclusive/i.test(message ?? "");
    await app.until("paused for want of data", paused, 120, note);
    addResult("canary, no traffic, onNoData: inconclusive", "paused");
  });
});

describe("blueGreen", () => {
  const seconds = { autoPromotionSeconds: 15, scaleDownDelaySeconds: 60 };

  test("is looked at before the switch, switched and switched back without a failed request", async () => {
    const previewHost = "preview.e2e-blue-green.ci.example.com";
    const { app, load, note, target } = await startApp("blue-green", {
      strategy: { type: "blueGreen", previewHost, ...seconds },
    });
    const finish = mark(load);
    await app.release(next);
    const preview = startLoad({ ...target, host: previewHost }, 10);
    cleanUps.push(() => preview.stop());
    const before = await app.status();
    const isPreviewed = () => total(preview.seconds(), next).requests > 0;
    await expect.poll(isPreviewed, { timeout: 60_000 }).toBe(true);
    const active = (await app.status()).blueGreen?.activeSelector;
    expect(active).toBe(before.blueGreen?.activeSelector);
    expect(total(load.seconds(), next).requests).toBe(0);
    note(`${next} answers on the preview host, ${good} to users`);
    await preview.stop();
    await app.until("switched", ({ blueGreen }) => blueGreen?.activeSelector !== active, 120, note);
    note("switched");
    await expect.poll(() => onlyVersion(load, next), { timeout: 20_000, interval: 100 }).toBe(true);
    await app.healthy(120, note);
    const back = await switchBack(app, load, note);
    await sleep(15_000); // until 10,000 requests are sent, and the ends of pods are seen
    const all = await finish();
    const { requests, failed } = total(all);
    note(`${failed} of ${requests} requests failed`);
    addResult("blueGreen", `switched back after ${back.toFixed(1)} s; ${failed} of ${requests} requests failed`);
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
});

describe("rolling", () => {
  test("a good version replaces the one before without a failed request", async () => {
    const note = timeline("rolling");
    const app = new App("e2e-rolling", {
      strategy: { type: "rolling", maxSurge: 1, maxUnavailable: 0 },
      replicaCount: 2,
    });
    cleanUps.push(() => app.remove());
    const rolledOut = () => app.kubectl("rollout", "status", "deployment/sample-app", "--timeout=120s");
    await app.release(good);
    await rolledOut();
    const load = startLoad(await ingress(app.host), requestsPerSecond);
    cleanUps.push(() => load.stop());
    await steady(load);
    note(`${good} serves`);
    const finish = mark(load);
    await app.release(next);
    await rolledOut();
    note(`${next} is rolled out`);
    await sleep(10_000); // so that the ends of the old pods are seen
    const seconds = await finish();
    const { requests, failed } = total(seconds);
    note(`${failed} of ${requests} requests failed`);
    addResult("rolling", `${failed} of ${requests} requests failed`);
    expect(failed).toBe(0);
    expect(total(seconds, next).requests).toBeGreaterThan(0);
  });
});

test("the cluster is well: every target that Prometheus knows is up", async () => {
  const data = await prometheus("/api/v1/targets?state=active");
  const targets = data.activeTargets as { health: string; labels: { job: string }; lastError: string }[];
  const down = targets
    .filter(({ health }) => health !== "up")
    .map(({ labels, lastError }) => `${labels.job}: ${lastError}`);
  console.log(`${targets.length - down.length} of ${targets.length} targets are up`);
  addResult("Prometheus", `${targets.length - down.length} of ${targets.length} targets up`);
  expect(down).toEqual([]);
  expect(targets.map(({ labels }) => labels.job)).toContain("sample-app");
});
