/**
 * An app of each owner under load, whose strategies change in every direction. A change to rolling brings a new version with
 * it: then the Service must let go of the old one's pods in time.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Departure } from "../../../values-src/app.ts";
import type { StrategyName } from "../../../values-src/environment.ts";
import type { StatusRow } from "../../operations/app/status-rows.ts";
import { explainFailures, type Load, total } from "../../operations/load.ts";
import { waitUntil } from "../live/prometheus.ts";
import { kubectl, type RunningApp, timeline } from "./app.ts";
import { OwnedApps } from "./owned-apps.ts";
import { report } from "./results.ts";
import { expectNoFailures, good, next } from "./scenario.ts";
import { environment } from "./subject.ts";

const env = environment.name;
const strategies: Record<StrategyName, Departure> = {
  rolling: { strategy: "rolling", replicas: 2 },
  blueGreen: { strategy: "blueGreen", replicas: 2 },
  canary: { strategy: "canary", replicas: 2, steps: [{ weight: 20 }, { weight: 50 }] },
};
/** From a canary on: all six directions, each from where the one before ends. */
const changes: StrategyName[] = ["rolling", "blueGreen", "canary", "blueGreen", "rolling", "canary"];
let apps: OwnedApps;

beforeAll(async () => {
  apps = await OwnedApps.make("changing");
  await release({ strategy: "canary", tag: good });
}, 600_000);

afterAll(() => apps?.remove());

interface State {
  strategy: StrategyName;
  tag: string;
}

/** Releases both apps, and waits until both are Healthy as they are meant to be. */
async function release({ strategy, tag }: State): Promise<void> {
  apps.write(tag, () => strategies[strategy]);
  await apps.release(`${strategy} with ${tag}`);
  for (const { app } of apps.all) {
    const isAsked = async () => isDeepStrictEqual(await asked(app), { strategy, tag });
    await waitUntil(`${app.name} is asked for ${strategy} with ${tag}`, isAsked, 120);
    await app.healthy(240);
  }
}

/** What the app's Rollout asks for. */
async function asked({ name, ...app }: RunningApp): Promise<State | undefined> {
  const text = await kubectl("get", "rollout", name, "-n", app.namespace, "--ignore-not-found", "-o", "json");
  if (text.trim() === "") return undefined;
  const { strategy, template } = JSON.parse(text).spec;
  const canary = strategy.canary?.steps ? "canary" : "rolling";
  const tag = String(template.spec.containers[0].image).split(":").at(-1) ?? "";
  return { strategy: strategy.blueGreen ? "blueGreen" : canary, tag };
}

test("strategies: each changes to each other, under both owners", { timeout: 900_000 }, async (context) => {
  const note = timeline("strategies");
  const { loads, finish } = await apps.underLoad();
  let before: State = { strategy: "canary", tag: good };
  const lost: string[] = [];
  for (const strategy of changes) {
    const tag = strategy !== "rolling" ? before.tag : before.tag === good ? next : good;
    const pods = await podNames();
    const failures = await failuresDuring(loads, async () => {
      await release({ strategy, tag });
      for (const [index, load] of loads.entries()) {
        const { app } = apps.all[index] as (typeof apps.all)[number];
        await expect.poll(() => servesAlone(load, tag), { timeout: 60_000 }).toBe(true);
        await expect.poll(() => misfits(app, strategy), { timeout: 90_000, interval: 1000 }).toEqual([]);
        expect(await statusOf(app)).toMatchObject({
          strategy,
          live: { strategy, state: "done", phase: "Healthy", stable: tag },
        });
      }
    });
    const change = `${before.strategy} -> ${strategy}${tag === before.tag ? "" : ` with ${tag}`}`;
    note(`${change}: ${failures.join("; ") || "no request failed"}`);
    lost.push(...failures.map((failure) => `${change}: ${failure}`));
    // None is new; the last ones of the version before may have ended since.
    if (tag === before.tag) expect(pods).toEqual(expect.arrayContaining(await podNames()));
    before = { strategy, tag };
  }
  await sleep(5000); // so that the ends of the last pods are seen
  const seen = await finish();
  report(context, `${changes.length} changes; ${apps.describe(seen)}`);
  expect(lost).toEqual([]);
  expectNoFailures(seen.flat());
});

async function podNames(): Promise<string[]> {
  return (await Promise.all(apps.all.map(async ({ app }) => Object.keys(await app.pods())))).flat();
}

/** Why requests failed meanwhile, a line for each app that lost some. */
async function failuresDuring(loads: Load[], act: () => Promise<void>): Promise<string[]> {
  const from = loads.map((load) => load.seconds().at(-1)?.at ?? 0);
  await act();
  return loads.flatMap((load, index) => {
    const seen = load.seconds().filter(({ at }) => at > (from[index] ?? 0));
    const why = explainFailures(seen);
    return why === "" ? [] : [`owner ${apps.all[index]?.owner}: ${why}`];
  });
}

function servesAlone(load: Load, version: string): boolean {
  const last = load.seconds().slice(-4, -1);
  return total(last).requests > 0 && total(last, version).requests === total(last).requests;
}

/** What the app has and its strategy does not need, but for what status names with the command that removes it. */
async function misfits(app: RunningApp, strategy: StrategyName): Promise<string[]> {
  const text = await app.kubectl("get", "services,ingresses,deployments,replicasets", "-o", "json");
  const { items } = JSON.parse(text) as {
    items: { kind: string; metadata: { name: string }; spec: { selector?: object; replicas?: number } }[];
  };
  const suffixes = { rolling: [""], blueGreen: ["", "-preview"], canary: ["", "-canary"] }[strategy];
  const canaryIngress = `${app.name}-canary`;
  const wanted = {
    Service: [...suffixes, "-metrics"].map((suffix) => app.name + suffix),
    Ingress: [...suffixes.filter((suffix) => suffix !== "-canary").map((suffix) => app.name + suffix)],
    Deployment: [],
  } as Record<string, string[]>;
  if (strategy === "canary") wanted.Ingress?.push(`${app.name}-${canaryIngress}`);
  const named = (await statusOf(app))?.live?.leftovers ?? [];
  const tooMany = items.filter(({ kind, metadata: { name } }) => wanted[kind] && !wanted[kind].includes(name));
  const main = items.find(({ kind, metadata: { name } }) => kind === "Service" && name === app.name);
  const hasHash = Object.hasOwn(main?.spec.selector ?? {}, "rollouts-pod-template-hash");
  const sets = items.filter(({ kind, spec }) => kind === "ReplicaSet" && spec.replicas);
  return [
    ...tooMany
      .map(({ kind, metadata: { name } }) => `${kind} ${name}`)
      .filter((one) => !named.some((line) => line.startsWith(`${one} is left over`))),
    ...(hasHash === (strategy === "rolling") ? [`the Service has ${hasHash ? "a" : "no"} pod hash`] : []),
    ...(sets.length > 1 ? [`${sets.length} ReplicaSets have pods`] : []),
  ];
}

async function statusOf({ name }: RunningApp): Promise<StatusRow | undefined> {
  const { stdout } = await apps.repository.npm("status", [env, "--app", name, "--json"]);
  return (JSON.parse(stdout) as { apps: StatusRow[] }).apps[0];
}
