/**
 * An app of each owner under load, whose strategies change in every direction. A change to rolling brings a new version with
 * it: then the Service must let go of the old one's pods in time.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Departure } from "../../../values-src/app.ts";
import type { Owner, StrategyName } from "../../../values-src/environment.ts";
import type { StatusRow } from "../../operations/app/status-rows.ts";
import { type Load, startLoad, total } from "../../operations/load.ts";
import { ingress, kubectl, RunningApp, timeline } from "./app.ts";
import { Repository } from "./repository.ts";
import { report } from "./results.ts";
import { atEnd, describeFailures, good, mark, next, requestsPerSecond, steady, watch } from "./scenario.ts";
import { appFile, environment } from "./subject.ts";

const url = process.env.E2E_GIT_URL;
const env = environment.name;
const owners: Owner[] = url ? ["helmfile", "argocd"] : ["helmfile"];
const apps = owners.map((owner) => {
  const name = `changing-${owner}`;
  return { owner, app: new RunningApp({ name, namespace: name, host: `${name}.${environment.domain}` }) };
});
const names = apps.map(({ app }) => app.name);
const strategies: Record<StrategyName, Departure> = {
  rolling: { strategy: "rolling", replicas: 2 },
  blueGreen: { strategy: "blueGreen", replicas: 2 },
  canary: { strategy: "canary", replicas: 2, steps: [{ weight: 20 }, { weight: 50 }] },
};
/** From a canary on: all six directions, each from where the one before ends. */
const changes: StrategyName[] = ["rolling", "blueGreen", "canary", "blueGreen", "rolling", "canary"];
let repository: Repository;

beforeAll(async () => {
  // Remains of an earlier run, some of them still being deleted.
  await kubectl("delete", "namespace", ...names, "--ignore-not-found");
  repository = await Repository.make(url);
  await release({ strategy: "canary", tag: good });
}, 600_000);

afterAll(async () => {
  const files = names.flatMap((name) => [`values-src/apps/${name}.ts`, `values-src/apps/${name}.tags.json`]);
  repository.write(Object.fromEntries(files.map((file) => [file, null])));
  await repository.npm("gen");
  await repository.helmfile("--selector", "name=argocd-apps", "sync");
  await kubectl("delete", "namespace", ...names, "--ignore-not-found", "--wait=false");
});

interface State {
  strategy: StrategyName;
  tag: string;
}

/** Commits the strategy and the version of both apps, and waits until each cluster object that says so is Healthy. */
async function release({ strategy, tag }: State): Promise<void> {
  for (const { owner, app } of apps) {
    repository.write({
      [`values-src/apps/${app.name}.ts`]: appFile(owner, {}, strategies[strategy]),
      [`values-src/apps/${app.name}.tags.json`]: JSON.stringify({ [env]: tag }),
    });
  }
  await repository.push(`${strategy} with ${tag}`);
  const selectors = ["argocd-apps", "changing-helmfile"].flatMap((name) => ["--selector", `name=${name}`]);
  const { code, output } = await repository.helmfile(...selectors, "sync");
  expect(code, output).toBe(0);
  const refresh = ["--all", "--overwrite", "argocd.argoproj.io/refresh=normal"];
  await kubectl("annotate", "applications.argoproj.io", "--namespace", "argocd", ...refresh);
  for (const { app } of apps) {
    await expect.poll(() => asked(app), { timeout: 120_000, interval: 500 }).toEqual({ strategy, tag });
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
  const loads = new Map<RunningApp, Load>();
  for (const { app } of apps) {
    watch(app.namespace);
    const load = startLoad(await ingress(app.host), requestsPerSecond / 2);
    atEnd(() => load.stop());
    loads.set(app, load);
    await steady(load, good);
  }
  const finish = [...loads].map(([, load]) => mark(load));
  let before: State = { strategy: "canary", tag: good };
  for (const strategy of changes) {
    const tag = strategy !== "rolling" ? before.tag : before.tag === good ? next : good;
    const pods = await Promise.all(apps.map(async ({ app }) => Object.keys(await app.pods())));
    const failed = await failuresDuring([...loads.values()], async () => {
      await release({ strategy, tag });
      for (const [app, load] of loads) {
        await expect.poll(() => servesAlone(load, tag), { timeout: 60_000 }).toBe(true);
        await expect.poll(() => misfits(app, strategy), { timeout: 90_000, interval: 1000 }).toEqual([]);
        expect(await statusOf(app)).toMatchObject({
          strategy,
          live: { strategy, state: "done", phase: "Healthy", stable: tag },
        });
      }
    });
    note(
      `${before.strategy} -> ${strategy}${tag === before.tag ? "" : ` with ${tag}`}: ${failed.join(" and ")} failed`,
    );
    const after = await Promise.all(apps.map(async ({ app }) => Object.keys(await app.pods())));
    if (tag === before.tag) expect(after).toEqual(pods);
    before = { strategy, tag };
  }
  await sleep(5000); // so that the ends of the last pods are seen
  const seen = await Promise.all(finish.map((one) => one()));
  const told = owners.map((owner, index) => `owner ${owner} ${describeFailures(seen[index] ?? [])}`);
  report(context, `${changes.length} changes; ${told.join(", ")}`);
  expect(total(seen.flat()).failed).toBe(0);
});

async function failuresDuring(loads: Load[], act: () => Promise<void>): Promise<number[]> {
  const before = loads.map((load) => total(load.seconds()).failed);
  await act();
  return loads.map((load, index) => total(load.seconds()).failed - (before[index] ?? 0));
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
  const { stdout } = await repository.npm("status", [env, "--app", name, "--json"]);
  return (JSON.parse(stdout) as { apps: StatusRow[] }).apps[0];
}
