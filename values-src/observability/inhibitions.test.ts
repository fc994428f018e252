import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, expect, type TestContext, test } from "vitest";
import { findOnPath } from "../../scripts/outside/find-tool.ts";
import { toolEnv } from "../../scripts/outside/run.ts";
import { startServer } from "../../scripts/testing/live/prometheus.ts";
import type { Running } from "../../scripts/testing/processes.ts";
import { values } from "../releases/kube-prometheus-stack.ts";
import { appValues, environment } from "../testing/facts.ts";

type Labels = Record<string, string>;

const env = environment();
const rules = (appValues(env).rules ?? []).flatMap((group) => group.rules);
/** Alerts that are of no app, as kube-prometheus-stack brings them. */
const generic: Labels[] = [
  { alertname: "KubePodCrashLooping", namespace: "shop", severity: "warning" },
  { alertname: "KubePersistentVolumeFillingUp", namespace: "shop", severity: "critical" },
];
let running: { process: Running; folder: string } | undefined;

afterEach(async () => {
  if (!running) return;
  const { process, folder } = running;
  running = undefined;
  process.kill();
  await process.ended;
  rmSync(folder, { recursive: true });
});

const cases: { when: string; alerts: Labels[]; notifying: string[] }[] = [
  {
    when: "an app is down",
    alerts: [...["AppDown", "AvailabilityBurnFast", "LatencyBurnFast", "AvailabilityBurnSlow"].map(of("shop"))],
    notifying: ["AppDown shop"],
  },
  {
    when: "requests fail, and slowly",
    alerts: ["AvailabilityBurnFast", "AvailabilityBurnSlow", "LatencyBurnFast", "LatencyBurnSlow"].map(of("shop")),
    notifying: ["AvailabilityBurnFast shop"],
  },
  {
    when: "requests are slow because a rollout was stopped halfway",
    alerts: ["LatencyBurnFast", "RolloutDegraded"].map(of("shop")),
    notifying: ["LatencyBurnFast shop"],
  },
  {
    when: "nothing but warnings is about",
    alerts: ["RolloutDegraded", "AnalysisErrored"].map(of("shop")),
    notifying: ["AnalysisErrored shop", "RolloutDegraded shop"],
  },
];

test.for(cases)("one alert of the app notifies, and what is not its own still does: $when", async (one, context) => {
  // Another app's of the same namespace: neither touches the other, nor those of no app one another.
  const others = [of("other")("LatencyBurnFast"), ...generic];
  const active = await postTo(await alertmanager(context), [...one.alerts, ...others]);
  expect(active).toEqual(
    [...one.notifying, ...generic.map(({ alertname }) => `${alertname} `), "LatencyBurnFast other"].sort(),
  );
});

/** An alert as the rules label it. */
function of(app: string): (name: string) => Labels {
  return (alertname) => {
    const rule = rules.find(({ alert }) => alert === alertname);
    if (!rule) throw new Error(`there is no alert ${alertname}`);
    return { ...rule.labels, alertname, app };
  };
}

/** Posts alerts and gives those that notify somebody. */
async function postTo(url: string, alerts: Labels[]): Promise<string[]> {
  const body = JSON.stringify(alerts.map((labels) => ({ labels })));
  const posted = await fetch(`${url}/alerts`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  expect(posted.status).toBe(200);
  const got = (await (await fetch(`${url}/alerts`)).json()) as { labels: Labels; status: { inhibitedBy: string[] } }[];
  expect(got).toHaveLength(alerts.length);
  const active = got.filter(({ status }) => status.inhibitedBy.length === 0);
  return active.map(({ labels: { alertname, app = "" } }) => `${alertname} ${app}`).sort();
}

/** Starts one with the values' configuration, and a receiver that tells nobody; gives the address of its API. */
async function alertmanager(context: TestContext): Promise<string> {
  const binary = findOnPath("alertmanager", toolEnv().PATH);
  if (!binary) return context.skip("alertmanager is not on PATH: https://prometheus.io/download/#alertmanager");
  const folder = mkdtempSync(path.join(tmpdir(), "alertmanager-"));
  const { config } = values(env).alertmanager as { config: { route: object } };
  const file = path.join(folder, "alertmanager.yml");
  const route = { ...config.route, receiver: "null" };
  writeFileSync(file, JSON.stringify({ ...config, route, receivers: [{ name: "null" }] }));
  // No cluster: nothing listens anywhere else.
  const options = { "config.file": file, "storage.path": folder, "cluster.listen-address": "" };
  const { process, url } = await startServer(binary, options);
  running = { process, folder };
  return `${url}/api/v2`;
}
