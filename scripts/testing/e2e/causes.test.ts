/** What the commands say of versions that do not come up, whoever owns the app, and while Argo Rollouts is away. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AppFacts } from "../../../values-src/app.ts";
import type { Owner } from "../../../values-src/environment.ts";
import type { StatusRow } from "../../operations/app/status-rows.ts";
import { percent, startLoad, total } from "../../operations/load.ts";
import { waitUntil } from "../live/prometheus.ts";
import { ingress, kubectl, RunningApp, timeline } from "./app.ts";
import { lookAtGit, Repository } from "./repository.ts";
import { report } from "./results.ts";
import { atEnd, good, next, requestsPerSecond, steady, watch } from "./scenario.ts";
import { appFile, environment } from "./subject.ts";

const url = process.env.E2E_GIT_URL;
const env = environment.name;

/** A change that does not come up, and what is said of it. */
interface Trouble {
  facts?: Partial<AppFacts>;
  tag?: string;
  cause: RegExp;
  /** What the change is, where the tag is the same. */
  difference?: RegExp;
}

const troubles: Record<string, Trouble> = {
  secret: {
    facts: { secrets: ["absent"] },
    cause: /^container \S+ cannot start: secret "absent" not found$/,
    difference: /envFrom.*: \(none\) -> absent/,
  },
  image: { tag: "9.9.9", cause: /^image \S+:9\.9\.9 cannot be pulled: / },
  probe: {
    facts: { probes: { live: "/health/live", ready: "/health/absent" } },
    cause: /^container \S+ is not ready: Readiness probe failed: .*404/,
    difference: /readinessProbe\S*: \S+ -> \/health\/absent/,
  },
  config: {
    facts: { env: { LOG_LEVEL: "loud" } },
    cause: /^container \S+ ended with exit code 1[\s\S]*LOG_LEVEL must be one of/,
    difference: /^env LOG_LEVEL: \(none\) -> loud$/,
  },
  quota: {
    facts: { env: { LOG_LEVEL: "debug" } },
    cause: /^no pod can be created: .*exceeded quota: full/,
    difference: /^env LOG_LEVEL: \(none\) -> debug$/,
  },
  room: {
    facts: { env: { LOG_LEVEL: "warn" } },
    cause: /^no node takes its pod: .*unschedulable/,
    difference: /^env LOG_LEVEL: \(none\) -> warn$/,
  },
};
const owners: Owner[] = url ? ["helmfile", "argocd"] : ["helmfile"];
const apps = owners.flatMap((owner) =>
  Object.entries(troubles).map(([name, trouble]) => ({ name: `${owner}-${name}`, owner, trouble })),
);
/** Apps for what is done while Argo Rollouts is away, and for the ways on after undo. */
const others = ["away", "undone", "ways"];
const names = [...apps.map(({ name }) => name), ...others];
let repository: Repository;

beforeAll(async () => {
  // Remains of an earlier run, some of them still being deleted.
  await kubectl("delete", "namespace", ...names, "--ignore-not-found");
  repository = await Repository.make(url);
  for (const { name, owner } of apps) write(name, owner);
  for (const name of others) write(name, "helmfile");
  await repository.push(`${names.length} apps, each of which will not come up in a way of its own`);
  await repository.sync("argocd-apps", ...names.filter((name) => !name.startsWith("argocd-")));
  await lookAtGit();
  await Promise.all(
    names.map(async (name) => {
      // Argo CD takes its time.
      const rollout = () => running(name).kubectl("get", "rollout", name, "--ignore-not-found", "-o", "name");
      await waitUntil(`${name} is released`, async () => (await rollout()) !== "", 120);
      await running(name).healthy();
    }),
  );
}, 600_000);

afterAll(async () => {
  await kubectl("uncordon", "--all").catch(() => kubectl("uncordon", "--selector", "kubernetes.io/os=linux"));
  await scaleController(1);
  const files = names.flatMap((name) => [`values-src/apps/${name}.ts`, `values-src/apps/${name}.tags.json`]);
  repository.write(Object.fromEntries(files.map((file) => [file, null])));
  await repository.npm("gen");
  await repository.sync("argocd-apps");
  await kubectl("delete", "namespace", ...names, "--ignore-not-found", "--wait=false");
});

function write(name: string, owner: Owner, facts: Partial<AppFacts> = {}, tag: string = good): void {
  repository.write({
    [`values-src/apps/${name}.ts`]: appFile(owner, facts),
    [`values-src/apps/${name}.tags.json`]: JSON.stringify({ [env]: tag }),
  });
}

function running(name: string): RunningApp {
  return new RunningApp({ name, namespace: name, host: `${name}.${environment.domain}` });
}

async function scaleController(replicas: number): Promise<void> {
  const selector = ["--namespace", "argo-rollouts", "--selector", "app.kubernetes.io/name=argo-rollouts"];
  await kubectl("scale", "deployments", ...selector, `--replicas=${replicas}`);
  if (replicas > 0) await kubectl("rollout", "status", "deployments", ...selector, "--timeout=120s");
  else await kubectl("wait", "pods", ...selector, "--for=delete", "--timeout=120s");
}

/** What status says of the apps in the cluster, by their names. */
async function status(): Promise<Map<string, StatusRow>> {
  const { code, stdout, output } = await repository.npm("status", [env, "--json"]);
  expect(code, output).toBe(0);
  const { apps } = JSON.parse(stdout) as { apps: StatusRow[] };
  return new Map(apps.map((row) => [row.app, row]));
}

test.for(owners)("causes, owner %s: status and abort say why a version does not come up", async (owner, context) => {
  const note = timeline(`causes-${owner}`);
  const mine = apps.filter((app) => app.owner === owner);
  for (const { name } of mine) watch(name);
  await kubectl("create", "quota", "full", "--namespace", `${owner}-quota`, "--hard=pods=1");
  const start = Date.now();
  const release = async (these: typeof mine) => {
    for (const { name, trouble } of these) write(name, owner, trouble.facts, trouble.tag);
    await repository.push(`${these.map(({ name }) => name)} will not come up`);
    if (owner === "helmfile") await repository.sync(...these.map(({ name }) => name));
    else await lookAtGit();
  };
  const isRoom = ({ name }: { name: string }) => name.endsWith("-room");
  const seconds: number[] = [];
  const seen = new Map<string, string>();
  const see = async (these: typeof mine) => {
    const until = Date.now() + 120_000;
    for (let open = these; open.length > 0; ) {
      if (Date.now() > until)
        throw new Error(
          `nothing is said of ${open.map(({ name }) => name)}: ${JSON.stringify([...(await status()).values()].map(({ app, live }) => [app, live?.message, live?.causes]))}`,
        );
      const rows = await status();
      const now = Date.now();
      for (const { name, trouble } of open) {
        const cause = rows.get(name)?.live?.causes.find((one) => trouble.cause.test(one));
        if (cause === undefined || seen.has(name)) continue;
        seen.set(name, cause);
        const knows = await firstWarning(name, start);
        if (knows !== undefined) seconds.push((now - knows) / 1000);
        note(`${name}: ${cause}`);
      }
      open = these.filter(({ name }) => !seen.has(name));
    }
  };
  await release(mine.filter((app) => !isRoom(app)));
  await see(mine.filter((app) => !isRoom(app)));
  const [node] = JSON.parse(await kubectl("get", "nodes", "-o", "json")).items as { metadata: { name: string } }[];
  await kubectl("cordon", node?.metadata.name ?? "");
  await release(mine.filter(isRoom));
  await see(mine.filter(isRoom));
  await kubectl("uncordon", node?.metadata.name ?? "");

  for (const { name, trouble } of mine) {
    const { code, output } = await repository.npm("abort", [env, "--app", name]);
    expect(code, output).toBe(0);
    const lines = output.split("\n");
    if (trouble.difference) {
      expect(lines[0]).toMatch(/aborted( before)?: (\S+) of revision 1 serves, revision 2 of \2 gets no requests\.$/);
      expect(
        lines.some((line) => trouble.difference?.test(line.trim())),
        output,
      ).toBe(true);
      expect(output).not.toContain("npm run rollback");
    } else {
      expect(lines[0]).toMatch(new RegExp(`aborted( before)?: ${good} serves, ${trouble.tag} gets no requests\\.$`));
      expect(output).toContain(`npm run rollback -- ${env} --app ${name}`);
    }
  }
  const slowest = Math.max(...seconds);
  report(
    context,
    `${mine.length} of ${mine.length} named, the slowest ${slowest.toFixed(1)} s after Kubernetes' own warning`,
  );
});

/** When the cluster first warned of an app since then, in ms since 1970. */
async function firstWarning(namespace: string, since: number): Promise<number | undefined> {
  const { items } = JSON.parse(
    await kubectl("get", "events", "--namespace", namespace, "--field-selector", "type=Warning", "-o", "json"),
  ) as { items: { firstTimestamp?: string; eventTime?: string }[] };
  const times = items.map(({ firstTimestamp, eventTime }) => Date.parse(firstTimestamp ?? eventTime ?? ""));
  const later = times.filter((time) => time >= since);
  return later.length > 0 ? Math.min(...later) : undefined;
}

test("undo: the same ReplicaSet, and both ways on do what is printed", async (context) => {
  const app = running("ways");
  const note = timeline("undo-ways");
  watch(app.namespace);
  const sets = async () => (await app.kubectl("get", "replicasets", "-o", "name")).trim().split("\n").sort();
  await toNext("ways");
  const before = await sets();
  const undone = await repository.npm("undo", [env, "--app", "ways"]);
  note(undone.output);
  expect(undone.code, undone.output).toBe(0);
  expect(undone.output).toContain(`back from ${next} to ${good}, revision 1: ${good} serves everybody.`);
  expect(await sets()).toEqual(before);

  // Git forward, as printed.
  const forward = /^To roll \S+ out again: +(.*)$/m.exec(undone.output)?.[1] ?? "";
  await repository.shell(forward);
  await app.until(`at 20 % of ${next}`, ({ canary }) => canary?.weights?.canary.weight === 20, 60, note);
  expect((await repository.npm("undo", [env, "--app", "ways"])).output).toContain(`${good} serves, ${next} gets no`);

  // Git back, as printed.
  expect((await repository.npm("rollback", [env, "--app", "ways"])).code).toBe(0);
  await repository.push(`ways has ${good} again`);
  await repository.sync("ways");
  await app.healthy(60, note);
  expect(await sets()).toEqual(before);
  expect((await status()).get("ways")?.live).toMatchObject({ stable: good, state: "done", phase: "Healthy" });
  report(context, `${good} again by its own ReplicaSet; ${next} by its steps, and ${good} by git`);
});

/** Brings an app to the next version without its steps. */
async function toNext(name: string): Promise<void> {
  expect((await repository.npm("promote", ["--tag", next, env, "--app", name])).code).toBe(0);
  await repository.push(`${name} has ${next}`);
  await repository.sync(name);
  await running(name).until("rolled out", ({ currentPodHash, stableRS }) => currentPodHash !== stableRS, 30);
  const promoted = await repository.npm("promote-rollout", [env, "--full", "--app", name]);
  expect(promoted.code, promoted.output).toBe(0);
  await running(name).healthy(60);
}

test("fault: Argo Rollouts is away: promote-rollout, abort and undo say so, and what users get", async (context) => {
  const note = timeline("controller-away");
  const [away, undone] = [running("away"), running("undone")];
  watch(away.namespace);
  watch(undone.namespace);
  await toNext("undone");
  const load = startLoad(await ingress(away.host), requestsPerSecond);
  atEnd(() => load.stop());
  await steady(load, good);
  expect((await repository.npm("promote", ["--tag", next, env, "--app", "away"])).code).toBe(0);
  await repository.push(`away has ${next}`);
  await repository.sync("away");
  await away.until("at 20 %", ({ canary }) => canary?.weights?.canary.weight === 20, 60, note);
  await scaleController(0);
  note("Argo Rollouts is away");
  const asked = ["promote-rollout", "abort"].map((verb) => repository.npm(verb, [env, "--app", "away"]));
  for (const { code, output } of await Promise.all(asked)) {
    note(output);
    expect(output).toContain("asked for, but Argo Rollouts has not acted on it yet");
    expect(output).toMatch(new RegExp(`meanwhile ${next} gets \\d+ % of the requests, ${good} the others`));
    expect(output).toMatch(/deployment argo-rollouts in namespace argo-rollouts has 0 of 0 pods ready/);
    expect(code).toBe(1);
  }
  const last = load.seconds().slice(-11, -1);
  const share = total(last, next).requests / total(last).requests;

  // A colleague's version appears while undo waits for the controller.
  const undoing = repository.npm("undo", [env, "--app", "undone"]);
  const template = () => undone.kubectl("get", "rollout", "undone", "-o", "jsonpath={.spec.template}");
  await expect.poll(template, { timeout: 30_000, interval: 200 }).toContain(`"value":"${good}"`);
  const colleague = [{ op: "add", path: "/spec/template/metadata/annotations", value: { colleague: "newer" } }];
  await undone.kubectl("patch", "rollout", "undone", "--type", "json", "--patch", JSON.stringify(colleague));
  const moved = await undoing;
  note(moved.output);
  expect(moved.output).toContain("something else put");
  expect(moved.code).toBe(1);
  expect(await undone.kubectl("get", "rollout", "undone", "-o", "jsonpath={.status.promoteFull}")).toBe("");

  await scaleController(1);
  const after = await repository.npm("abort", [env, "--app", "away"]);
  expect(after.output).toMatch(new RegExp(`aborted( before)?: ${good} serves, ${next} gets no requests`));
  expect(after.code).toBe(0);
  await expect.poll(() => total(load.seconds().slice(-4, -1), next).requests, { timeout: 30_000 }).toBe(0);
  report(context, `three of three say so; ${next} got ${percent(share)} of the requests meanwhile, none after abort`);
});
