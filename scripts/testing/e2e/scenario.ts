import { afterEach, expect } from "vitest";
import { controllersOf } from "../../../values-src/ingress/ingress.ts";
import {
  explainFailures,
  type Load,
  percent,
  type Second,
  startLoad,
  type Target,
  total,
  worstWindow,
} from "../../operations/load.ts";
import { waitUntil } from "../live/prometheus.ts";
import { App, type Changes, ingress, kubectl, type Note, prometheus, type RunningApp, tags, timeline } from "./app.ts";
import { keepArtifacts } from "./artifacts.ts";
import { environment } from "./subject.ts";

/** Load on each scenario's app. */
export const requestsPerSecond = 200;
export const [good, next] = tags;

/** Whose pods a scenario's outcome depends on too. */
const platform = ["argocd", "argo-rollouts", ...controllersOf(environment).map(({ namespace }) => namespace)];

const cleanUps: (() => unknown)[] = [];
const namespaces = new Set<string>();

afterEach(async ({ task }) => {
  if (task.result?.state === "fail") await keepArtifacts([...namespaces, ...platform]);
  namespaces.clear();
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** Registers a clean-up that runs at the end of the scenario, however it ends, in reverse order. */
export function atEnd(cleanUp: () => unknown): void {
  cleanUps.push(cleanUp);
}

/** If the scenario fails, keeps the logs, events and objects of this namespace. */
export function watch(namespace: string): void {
  namespaces.add(namespace);
}

/** What a scenario has: an app that serves its first version, under load. */
export interface Scene {
  app: App;
  load: Load;
  note: Note;
  target: Target;
}

/** Releases the apps of a file's scenarios, each in a namespace of its own, until Prometheus sees them. For `beforeAll`. */
export async function prepareApps<Name extends string>(apps: Record<Name, Changes>): Promise<void> {
  const all = Object.entries<Changes>(apps).map(([name, changes]) => new App(name, changes));
  // Remains of an earlier run, some of them still being deleted.
  await Promise.all(all.map((app) => app.remove({ wait: true })));
  await Promise.all(all.map((app) => app.release(good)));
  await Promise.all(all.map((app) => app.healthy()));
  await scraped(all.map(({ namespace }) => namespace));
}

/** One of the prepared apps, under load; it is removed at the end. */
export async function startScene(name: string, changes: Changes = {}): Promise<Scene> {
  const note = timeline(name);
  const app = new App(name, changes);
  watch(app.namespace);
  atEnd(() => app.remove());
  const target = await ingress(app.host);
  const load = startLoad(target, requestsPerSecond);
  atEnd(() => load.stop());
  await steady(load, good);
  note(`${good} serves`);
  return { app, load, note, target };
}

/** A weight of a canary, and the percentage of the requests that the new version got while it held. */
interface Share {
  weight: number;
  share: number;
}

/** Waits until the new version is promoted. The function gives what it got at each weight, from the seconds of the load. */
export async function promotedByWeights(
  app: RunningApp,
  load: Load,
  note: Note,
): Promise<(seconds: Second[]) => Share[]> {
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
  return (seconds) =>
    Object.entries(at).map(([weight, { from, to }]) => {
      const stretch = seconds.filter((second) => second.at > from + 1 && second.at < to - 1);
      return { weight: Number(weight), share: (100 * total(stretch, next).requests) / total(stretch).requests };
    });
}

/** Until the ingress controller knows the app, and no request has failed for some seconds. */
export async function steady(load: Load, version?: string): Promise<void> {
  const settled = () => load.seconds().slice(-6, -1);
  const isSteady = () =>
    settled().length === 5 && total(settled()).failed === 0 && total(settled(), version).requests > 0;
  await expect.poll(isSteady, { timeout: 60_000, interval: 500 }).toBe(true);
}

/** Waits until Prometheus scrapes the apps: before that an analysis has no data. */
async function scraped(namespaces: string[]): Promise<void> {
  const up = `count_over_time(up{namespace=~"${namespaces.join("|")}"}[20s]) >= 3`;
  const query = `/api/v1/query?query=${encodeURIComponent(`count by (namespace) (${up})`)}`;
  await waitUntil(
    `Prometheus scrapes ${namespaces.join(", ")}`,
    async () => {
      // Its configuration is a Secret, which the kubelet looks at every minute or so, and when the pod changes.
      const pods = ["pods", "--namespace", "monitoring", "--selector", "app.kubernetes.io/name=prometheus"];
      await kubectl("annotate", ...pods, "--overwrite", `e2e/looked-at=${Date.now()}`);
      return (await prometheus<{ result: unknown[] }>(query)).result.length === namespaces.length;
    },
    240,
  );
}

/** Counts the load from now on: earlier failures, such as the ingress controller's first 404s, are not the scenario's. */
export function mark(load: Load): () => Promise<Second[]> {
  const from = load.seconds().at(-1)?.at ?? 0;
  return async () => (await load.stop()).filter(({ at }) => at >= from);
}

/** Asserts that no request failed; where some did, the message says why and when. */
export function expectNoFailures(seconds: Second[]): void {
  expect(explainFailures(seconds)).toBe("");
}

/** "3 of 11,700 requests failed". */
export function describeFailures(seconds: Second[]): string {
  const { requests, failed } = total(seconds);
  return `${failed} of ${requests.toLocaleString("en")} requests failed`;
}

/** The same, with the share of the worst ten seconds where there were any. */
export function describeWorst(seconds: Second[]): string {
  const worst = worstWindow(seconds, 10);
  return `${describeFailures(seconds)}${worst > 0 ? `, ${percent(worst)} in the worst 10 s` : ""}`;
}
