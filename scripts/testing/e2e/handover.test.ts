/**
 * Two apps under load, both released by Helmfile: one is handed over to Argo CD, promoted and rolled back by commits alone,
 * and handed back; the other must not notice. Each test goes on from where the one before has left it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeEach, expect, type TestContext, test } from "vitest";
import type { Application } from "../../operations/handover/argocd-application.ts";
import { type Load, type Second, startLoad } from "../../operations/load.ts";
import { sequence } from "../sequence.ts";
import { context as contextOfRun, ingress, kubectl, type Note, RunningApp, timeline } from "./app.ts";
import { lookAtGit, Repository } from "./repository.ts";
import { report } from "./results.ts";
import { describeFailures, expectNoFailures, good, next, requestsPerSecond, steady, watch } from "./scenario.ts";
import { appFile, environment, subject } from "./subject.ts";

const url = process.env.E2E_GIT_URL;
const env = environment.name;
const app = new RunningApp({ name: "checkout", namespace: "checkout", host: `checkout.${environment.domain}` });
const other = new RunningApp(subject);
const named = (...names: string[]) => names.flatMap((name) => ["--selector", `name=${name}`]);
let world: { repository: Repository; load: Load; otherLoad: Load } | undefined;
let failed = false;

beforeEach((context) => {
  if (!url) context.skip("E2E_GIT_URL names no repository that can be pushed to and that Argo CD reads");
  if (failed) context.skip("it goes on from where a scenario before it would have ended");
  context.onTestFailed(() => {
    failed = true;
  });
});

afterAll(async () => {
  if (!world) return;
  const { repository, load, otherLoad } = world;
  await Promise.all([load.stop(), otherLoad.stop()]);
  // Whichever owner it has.
  await kubectl("delete", "application", app.name, "--namespace", "argocd", "--ignore-not-found");
  await kubectl("delete", "namespace", app.namespace, "--ignore-not-found");
  repository.write({ "values-src/apps/checkout.ts": null, "values-src/apps/checkout.tags.json": null });
  await repository.npm("gen");
  await repository.helmfile(...named("argocd-apps"), "sync");
});

/** Changes the owner in the facts. */
function setOwner(repository: Repository, owner: "helmfile" | "argocd"): void {
  repository.write({ "values-src/apps/checkout.ts": appFile(owner) });
}

/** The repository, the apps as it says, and load on them; made by the first test. */
async function enter(title: string) {
  const note = timeline(title);
  watch(app.namespace);
  watch(other.namespace);
  if (!world) {
    const repository = await Repository.make(url as string);
    setOwner(repository, "helmfile");
    repository.write({ "values-src/apps/checkout.tags.json": JSON.stringify({ [env]: good }) });
    await repository.npm("promote", ["--tag", good, env, "--app", other.name, "--force"]);
    await repository.push(`${env} has ${good} of two apps`);
    const { code, output } = await repository.helmfile(...named("argocd-apps", app.name, other.name), "sync");
    expect(code, output).toBe(0);
    // It may have had another version before, and the change is not part of this test.
    await repository.npm("promote-rollout", ["--full", "--app", other.name]);
    await Promise.all([app.healthy(), other.healthy()]);
    const load = startLoad(await ingress(app.host), requestsPerSecond / 2);
    world = { repository, load, otherLoad: startLoad(await ingress(other.host), requestsPerSecond / 2) };
  }
  const { repository, load, otherLoad } = world;
  await Promise.all([steady(load), steady(otherLoad)]);
  note(`${Object.keys(load.seconds().at(-2)?.versions ?? {})} serves`);
  const starts = [load, otherLoad].map((one) => ({ one, from: one.seconds().at(-1)?.at ?? 0 }));
  const since = async (): Promise<Second[]> => {
    await sleep(3000); // so that what comes after is seen too
    return starts.flatMap(({ one, from }) => one.seconds().filter(({ at }) => at >= from));
  };
  return { repository, load, note, since };
}

/** Kinds of an app's objects that nobody changes while no version is rolled out. */
const kinds =
  "rollouts,replicasets,pods,services,ingresses,networkpolicies,serviceaccounts,servicemonitors,prometheusrules,analysistemplates";

/** Kind, name and resourceVersion of each object of an app. */
async function objectsOf(one: RunningApp): Promise<string[]> {
  const columns = "custom-columns=K:.kind,N:.metadata.name,V:.metadata.resourceVersion";
  const text = await one.kubectl("get", kinds, "--no-headers", "-o", columns);
  return text.trim().split("\n").sort();
}

async function application(): Promise<Application | undefined> {
  const text = await kubectl("get", "application", app.name, "-n", "argocd", "--ignore-not-found", "-o", "json");
  return text.trim() ? JSON.parse(text) : undefined;
}

async function helmRecords(): Promise<number> {
  const names = await app.kubectl("get", "secrets", "--selector", `owner=helm,name=${app.name}`, "-o", "name");
  return names.split("\n").filter(Boolean).length;
}

async function push(repository: Repository, message: string): Promise<void> {
  await repository.push(message);
  await lookAtGit();
}

/** Runs a handover that is killed as soon as it begins a step, for each of its steps, then one that may end. */
async function handOver(repository: Repository, to: string, note: Note): Promise<{ output: string; kills: number }> {
  const args = [env, "--app", app.name, "--to", to];
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
  setOwner(repository, "argocd");
  await repository.npm("gen");
  await repository.npm("promote", ["--tag", next, env, "--app", app.name]);
  await repository.push(`A version that nobody has released yet, handed over to Argo CD`);
  const before = await app.kubectl("get", "rollout,service,ingress", "-o", "yaml");
  const { code, output } = await repository.npm("handover", [env, "--app", app.name]);
  expect(output).toContain("is as it was: Helmfile owns the app");
  expect(output).toMatch(/is not what the cluster runs:\n(.*\n)* {4}Rollout checkout\n/);
  expect(code).toBe(1);
  expect(await application()).toBeUndefined();
  const marks = (yaml: string) => yaml.match(/argocd\.argoproj\.io/g)?.length ?? 0;
  expect(marks(await app.kubectl("get", "rollout,service,ingress", "-o", "yaml"))).toBe(marks(before));
  expect(await helmRecords()).toBeGreaterThan(0);
  const { code: undone } = await repository.npm("promote", ["--tag", good, env, "--app", app.name, "--force"]);
  expect(undone).toBe(0);
  await repository.push(`${app.name} has ${good}, and is handed over to Argo CD`);
  const seconds = await since();
  report(context, `refused, nothing changed; ${describeFailures(seconds)}`);
  expectNoFailures(seconds);
});

test("handover: from Helmfile to Argo CD, killed at every step", async (context) => {
  const { repository, note, since } = await enter("handover-to-argocd");
  const before = await app.pods();
  const untouched = await objectsOf(other);
  const { kills } = await handOver(repository, "argocd", note);
  const found = await application();
  expect(found?.status?.sync?.status).toBe("Synced");
  expect(found?.status?.health?.status).toBe("Healthy");
  expect(found?.spec.syncPolicy?.automated).toMatchObject({ prune: true, selfHeal: true });
  expect(await helmRecords()).toBe(0);
  expect(before).toMatchObject(await app.pods());
  expect(await objectsOf(other)).toEqual(untouched);
  const seen = `killed ${kills} times, Synced and Healthy, no Helm record left, the same pods`;
  await finish(context, `${seen}; ${untouched.length} objects of the other app untouched`, since);
});

test("promotion: one app by a commit alone, the other one by Helmfile at the same time", async (context) => {
  const { repository, note, since } = await enter("promotion");
  for (const { name } of [app, other]) {
    expect((await repository.npm("promote", ["--tag", next, env, "--app", name])).code).toBe(0);
  }
  await push(repository, `Promote ${next} of two apps to ${env}`);
  const { code, output } = await repository.helmfile(...named(other.name), "sync");
  expect(code, output).toBe(0);
  const [weights] = await Promise.all([promoted(note), other.healthy(300)]);
  expect([...weights]).toEqual(expect.arrayContaining([20, 50]));
  await expect.poll(() => servesAlone(next), { timeout: 20_000 }).toBe(true);
  await finish(context, `both have ${next}, by way of 20 and 50 %`, since);
});

/** Waits until the new version has taken over, and gives the weights that it went by. */
async function promoted(note: Note): Promise<Set<number>> {
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
  return weights;
}

test("rollback: a commit alone, while Argo CD is killed", async (context) => {
  const { repository, note, since } = await enter("rollback");
  expect((await repository.npm("rollback", [env, "--app", app.name])).code).toBe(0);
  const before = (await application())?.status?.sync?.revision;
  await push(repository, `Roll ${app.name} back`);
  const isAtIt = async () => {
    const { sync, operationState } = (await application())?.status ?? {};
    return operationState?.phase === "Running" || sync?.revision !== before;
  };
  await expect.poll(isAtIt, { timeout: 120_000, interval: 50 }).toBe(true);
  await kubectl("delete", "pods", "-n", "argocd", "--all", "--force", "--grace-period=0");
  note("every pod of Argo CD was killed");
  for (const workload of [
    "statefulset/argo-cd-argocd-application-controller",
    "deployment/argo-cd-argocd-repo-server",
  ]) {
    await kubectl("rollout", "status", workload, "-n", "argocd", "--timeout=180s");
  }
  // By itself it looks again after three minutes.
  await lookAtGit();
  note("Argo CD is back");
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

test("handover: back to Helmfile, killed at every step, while Helmfile rolls the other app out", async (context) => {
  const { repository, note, since } = await enter("handover-to-helmfile");
  setOwner(repository, "helmfile");
  await repository.npm("gen");
  await repository.npm("promote", ["--tag", good, env, "--app", other.name, "--force"]);
  await repository.push(`Hand ${app.name} back to Helmfile, and roll ${other.name} back`);
  expect((await repository.helmfile(...named(other.name), "sync")).code).toBe(0);
  const before = await app.pods();
  // The working tree may change between an interruption and the repeat: then the handover refuses to go on.
  const args = [env, "--app", app.name, "--to", "helmfile"];
  await repository.npm("handover", args, "\n4/");
  await repository.npm("promote", ["--tag", next, env, "--app", app.name]);
  const changed = await repository.npm("handover", args);
  expect(changed.output).toMatch(/working tree\n {2}differs from \w+, which the cluster runs/);
  expect(changed.code).toBe(1);
  await repository.git("checkout", "--", ".");
  const { kills } = await handOver(repository, "helmfile", note);
  expect(await application()).toBeUndefined();
  expect(await helmRecords()).toBeGreaterThan(0);
  expect(before).toMatchObject(await app.pods());
  expect((await repository.helmfile(...named("argocd-apps", app.name), "sync")).code).toBe(0);
  await other.healthy();
  expect(before).toMatchObject(await app.pods());
  await finish(context, `killed ${kills} times, the same pods; the other app is back on ${good}`, since);
});

test("handover: killed at random moments within its calls, both ways", { timeout: 1_800_000 }, async (context) => {
  if (process.env.ALL !== "1") return context.skip("it takes 8 minutes: ALL=1 npm run e2e -- handover");
  const { repository, note, since } = await enter("handover-random");
  const kills = 15;
  const seed = Number(process.env.SEED ?? Date.now() % 100_000);
  note(`seed ${seed}, ${kills} kills each way`);
  const random = sequence(seed);
  const before = await app.pods();
  const left = { argocd: kills, helmfile: kills };
  let pushes = 0;
  for (let to: "argocd" | "helmfile" = "argocd"; left.argocd + left.helmfile > 0 || to === "helmfile"; ) {
    setOwner(repository, to);
    await repository.push(`${app.name} belongs to ${to}`);
    if (await application()) await lookAtGit();
    const args = [env, "--app", app.name, "--to", to];
    for (let done = false; !done; ) {
      const kill = left[to] > 0;
      const { code, output } = await repository.npm("handover", args, kill ? 12_000 * random() : undefined);
      done = code === 0;
      if (code !== "SIGKILL") {
        expect(code, output).toBe(0);
        continue;
      }
      left[to]--;
      note(`to ${to}: killed, ${left[to]} left`);
      if (left[to] % 3 !== 0) continue;
      await pushByColleague(repository, to);
      pushes++;
    }
    await repository.git("push", "--quiet", "--force", "origin", "main");
    to = to === "argocd" ? "helmfile" : "argocd";
  }
  expect(await application()).toBeUndefined();
  expect(await helmRecords()).toBeGreaterThan(0);
  expect(before).toMatchObject(await app.pods());
  expect((await repository.helmfile(...named("argocd-apps", app.name), "sync")).code).toBe(0);
  expect(before).toMatchObject(await app.pods());
  const seen = `killed ${kills} times each way, with ${pushes} pushes in between, the same pods`;
  await finish(context, `${seen}; Helmfile has it`, since);
});

/** Somebody else pushes: a new version where Argo CD may not act any more, else a change of something else. */
async function pushByColleague(repository: Repository, to: string): Promise<void> {
  const mayAct = to === "argocd" || (await application())?.spec.syncPolicy?.automated !== undefined;
  if (!mayAct) await repository.npm("promote", ["--tag", next, env, "--app", app.name]);
  await repository.push(mayAct ? "A colleague changes something else" : `A colleague promotes ${next}`);
  await repository.git("reset", "--quiet", "--hard", "HEAD~1");
  if (await application()) await lookAtGit();
}

test("handover: one at a time", async (context) => {
  const { repository, since } = await enter("handover-lease");
  setOwner(repository, "argocd");
  await repository.push(`${app.name} belongs to argocd`);
  const at = (secondsAgo: number) => new Date(Date.now() - 1000 * secondsAgo).toISOString().replace("Z", "000Z");
  const lease = {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name: `handover-${app.name}`, namespace: app.namespace },
    spec: { holderIdentity: "ann@elsewhere process 7", acquireTime: at(1), renewTime: at(1), leaseDurationSeconds: 30 },
  };
  await repository.shell(`kubectl --context ${contextOfRun()} create -f - <<'END'\n${JSON.stringify(lease)}\nEND`);
  const refused = await repository.npm("handover", [env, "--app", app.name]);
  expect(refused.output).toContain("ann@elsewhere process 7 hands checkout over to");
  expect(refused.code).toBe(1);
  expect(await application()).toBeUndefined();
  // As if it had not been renewed for a while.
  const old = JSON.stringify({ spec: { renewTime: at(60) } });
  await app.kubectl("patch", "lease", lease.metadata.name, "--type", "merge", "--patch", old);
  const { code, output } = await repository.npm("handover", [env, "--app", app.name]);
  expect(code, output).toBe(0);
  await finish(context, "refused while another one renews its Lease, and not once it is 30 s old", since);
});

async function finish(context: TestContext, outcome: string, since: () => Promise<Second[]>): Promise<void> {
  const seconds = await since();
  report(context, `${outcome}; ${describeFailures(seconds)}`);
  expectNoFailures(seconds);
}

function servesAlone(version: string): boolean {
  return Object.keys(world?.load.seconds().at(-2)?.versions ?? {}).join() === version;
}
