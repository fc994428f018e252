/**
 * The app of `ci` under load: handed over to Argo CD, promoted and rolled back by commits alone, and handed back. Each test
 * goes on from where the one before has left it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeEach, expect, type TestContext, test } from "vitest";
import type { Application } from "../../operations/handover/argocd-application.ts";
import { type Load, type Second, startLoad, total } from "../../operations/load.ts";
import { ingress, kubectl, type Note, RunningApp, timeline } from "./app.ts";
import { Repository } from "./repository.ts";
import { report } from "./results.ts";
import { describeFailures, good, next, requestsPerSecond, steady, watch } from "./scenario.ts";

const url = process.env.E2E_GIT_URL;
const app = new RunningApp("sample-app", "app.ci.example.com");
const theApp = ["--selector", "name=argocd-apps", "--selector", "name=sample-app"];
let world: { repository: Repository; load: Load } | undefined;
let failed = false;
let done = false;

beforeEach((context) => {
  if (!url) context.skip("E2E_GIT_URL names no repository that can be pushed to and that Argo CD reads");
  if (failed) context.skip("it goes on from where a scenario before it would have ended");
  context.onTestFailed(() => {
    failed = true;
  });
});

afterAll(async () => {
  if (!world) return;
  await world.load.stop();
  if (done) return;
  // Remains of a failed run, whichever owner the app has.
  await kubectl("delete", "application", "sample-app", "--namespace", "argocd", "--ignore-not-found");
  await kubectl("delete", "namespace", app.namespace, "--ignore-not-found");
  await world.repository.edit("values-src/environments/ci.ts", /owner: "\w+"/, 'owner: "helmfile"');
  await world.repository.npm("gen");
  await world.repository.helmfile(...theApp, "sync");
});

/** The repository, the app as it says, and load on it; made by the first test. */
async function enter(title: string) {
  const note = timeline(title);
  watch(app.namespace);
  if (!world) {
    const repository = await Repository.make(url as string);
    await repository.npm("promote", ["--tag", good, "ci", "--force"]);
    await repository.push(`ci has ${good}`);
    const { code, output } = await repository.helmfile(...theApp, "sync");
    expect(code, output).toBe(0);
    // It had another version before, and the change is not part of this test.
    await repository.npm("promote-rollout", ["--full"]);
    await app.healthy();
    world = { repository, load: startLoad(await ingress(app.host), requestsPerSecond) };
  }
  const { repository, load } = world;
  await steady(load);
  note(`${Object.keys(load.seconds().at(-2)?.versions ?? {})} serves`);
  const from = load.seconds().at(-1)?.at ?? 0;
  const since = async (): Promise<Second[]> => {
    await sleep(3000); // so that what comes after is seen too
    return load.seconds().filter(({ at }) => at >= from);
  };
  return { repository, load, note, since };
}

async function application(): Promise<Application | undefined> {
  const text = await kubectl("get", "application", "sample-app", "-n", "argocd", "--ignore-not-found", "-o", "json");
  return text.trim() ? JSON.parse(text) : undefined;
}

async function helmRecords(): Promise<number> {
  const names = await app.kubectl("get", "secrets", "--selector", "owner=helm,name=sample-app", "-o", "name");
  return names.split("\n").filter(Boolean).length;
}

/** Lets Argo CD look at git now; by itself it does so every few minutes, or when a webhook tells it. */
async function push(repository: Repository, message: string): Promise<void> {
  await repository.push(message);
  await kubectl("annotate", "application", "sample-app", "-n", "argocd", "argocd.argoproj.io/refresh=normal");
}

/** Runs a handover that is killed as soon as it begins a step, for each of its steps, then one that may end. */
async function handOver(repository: Repository, to: string, note: Note): Promise<{ output: string; kills: number }> {
  const args = ["ci", "--to", to];
  for (let kills = 0; ; kills++) {
    const { code, output } = await repository.npm("handover", args, `\n${kills + 1}/`.slice(kills === 0 ? 1 : 0));
    if (code === "SIGKILL") {
      note(`killed at step ${kills + 1}`);
      continue;
    }
    for (const line of output.trim().split("\n")) note(line);
    expect(code, output).toBe(0);
    return { output, kills };
  }
}

test("handover: refused where git is not what runs", async (context) => {
  const { repository, since } = await enter("handover-refused");
  repository.edit("values-src/environments/ci.ts", /owner: "\w+"/, 'owner: "argocd"');
  await repository.npm("gen");
  await repository.npm("promote", ["--tag", next, "ci"]);
  await repository.push(`A version that nobody has released yet, handed over to Argo CD`);
  const before = await app.kubectl("get", "rollout,service,ingress", "-o", "yaml");
  const { code, output } = await repository.npm("handover", ["ci"]);
  expect(output).toContain("is as it was: Helmfile owns the app");
  expect(output).toMatch(/is not what the cluster runs:\n(.*\n)* {4}Rollout sample-app\n/);
  expect(code).toBe(1);
  expect(await application()).toBeUndefined();
  const marks = (yaml: string) => yaml.match(/argocd\.argoproj\.io/g)?.length ?? 0;
  expect(marks(await app.kubectl("get", "rollout,service,ingress", "-o", "yaml"))).toBe(marks(before));
  expect(await helmRecords()).toBeGreaterThan(0);
  const { code: undone } = await repository.npm("promote", ["--tag", good, "ci", "--force"]);
  expect(undone).toBe(0);
  await repository.push(`ci has ${good}, and is handed over to Argo CD`);
  const seconds = await since();
  report(context, `refused, nothing changed; ${describeFailures(seconds)}`);
  expect(total(seconds).failed).toBe(0);
});

test("handover: from Helmfile to Argo CD, killed at every step", async (context) => {
  const { repository, note, since } = await enter("handover-to-argocd");
  const before = await app.pods();
  const { kills } = await handOver(repository, "argocd", note);
  const found = await application();
  expect(found?.status?.sync?.status).toBe("Synced");
  expect(found?.status?.health?.status).toBe("Healthy");
  expect(found?.spec.syncPolicy?.automated).toMatchObject({ prune: true, selfHeal: true });
  expect(await helmRecords()).toBe(0);
  expect(before).toMatchObject(await app.pods());
  await finish(context, `killed ${kills} times, Synced and Healthy, no Helm record left, the same pods`, since);
});

test("promotion: a commit alone", async (context) => {
  const { repository, note, since } = await enter("promotion");
  expect((await repository.npm("promote", ["--tag", next, "ci"])).code).toBe(0);
  await push(repository, `Promote ${next} to ci`);
  const weights = new Set<number>();
  await app.until(
    `on ${next}`,
    ({ phase, currentPodHash, stableRS, canary }) => {
      weights.add(canary?.weights?.canary.weight ?? 0);
      return weights.has(50) && phase === "Healthy" && currentPodHash === stableRS;
    },
    300,
    note,
  );
  expect([...weights]).toEqual(expect.arrayContaining([20, 50]));
  await expect.poll(() => servesAlone(next), { timeout: 20_000 }).toBe(true);
  await finish(context, `${next} took over by way of 20 and 50 %`, since);
});

test("rollback: a commit alone, while Argo CD is killed", async (context) => {
  const { repository, note, since } = await enter("rollback");
  expect((await repository.npm("rollback", ["ci"])).code).toBe(0);
  const before = (await application())?.status?.sync?.revision;
  await push(repository, "Roll ci back");
  const isAtIt = async () => {
    const { sync, operationState } = (await application())?.status ?? {};
    return operationState?.phase === "Running" || sync?.revision !== before;
  };
  await expect.poll(isAtIt, { timeout: 120_000, interval: 50 }).toBe(true);
  await kubectl("delete", "pods", "-n", "argocd", "--all", "--force", "--grace-period=0");
  note("every pod of Argo CD was killed");
  await app.until(`on ${good}`, ({ phase }) => phase !== "Healthy", 180, note);
  await app.healthy(300, note);
  await expect.poll(() => servesAlone(good), { timeout: 20_000 }).toBe(true);
  const state = async () => {
    const { status } = (await application()) ?? {};
    return `${status?.sync?.status} and ${status?.health?.status}`;
  };
  await expect.poll(state, { timeout: 180_000, interval: 1000 }).toBe("Synced and Healthy");
  await finish(context, `${good} took over, Synced and Healthy`, since);
});

test("handover: back from Argo CD to Helmfile, killed at every step", async (context) => {
  const { repository, note, since } = await enter("handover-to-helmfile");
  repository.edit("values-src/environments/ci.ts", /owner: "\w+"/, 'owner: "helmfile"');
  await repository.push("Hand the app of ci back to Helmfile");
  const before = await app.pods();
  // The working tree may change between an interruption and the repeat: then the handover refuses to go on.
  await repository.npm("handover", ["ci", "--to", "helmfile"], "\n4/");
  await repository.npm("promote", ["--tag", next, "ci"]);
  const changed = await repository.npm("handover", ["ci", "--to", "helmfile"]);
  expect(changed.output).toMatch(/working tree\n {2}differs from \w+, which the cluster runs/);
  expect(changed.code).toBe(1);
  await repository.git("checkout", "--", ".");
  const { kills } = await handOver(repository, "helmfile", note);
  expect(await application()).toBeUndefined();
  expect(await helmRecords()).toBeGreaterThan(0);
  expect(before).toMatchObject(await app.pods());
  expect((await repository.helmfile(...theApp, "sync")).code).toBe(0);
  expect(before).toMatchObject(await app.pods());
  await finish(context, `killed ${kills} times, the same pods`, since);
  done = true;
});

async function finish(context: TestContext, outcome: string, since: () => Promise<Second[]>): Promise<void> {
  const seconds = await since();
  report(context, `${outcome}; ${describeFailures(seconds)}`);
  expect(total(seconds).failed).toBe(0);
}

function servesAlone(version: string): boolean {
  return Object.keys(world?.load.seconds().at(-2)?.versions ?? {}).join() === version;
}
