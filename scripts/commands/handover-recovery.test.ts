import { appendFileSync, cpSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { trackingId } from "../operations/handover/app-objects.ts";
import { ClusterStandIn, type Stored } from "../testing/cluster-stand-in.ts";
import { type Outcome, outputOfSync, runAlone, runScript, startAlone } from "../testing/processes.ts";
import { addApp, copyWithApps, edit, temporaryDirectory } from "../testing/workspace.ts";

// A handover that is killed after any change that it makes to a cluster, or gone on with after a push. What it does to a real
// one is tested there: scripts/testing/e2e/handover.test.ts.
const root = copyWithApps("web");
type Owner = "argocd" | "helmfile";
/** Commits with the app at 0.1.0 and, pushed meanwhile, at 0.2.0, by the owner that the facts say. */
const commits = {} as Record<Owner, { first: string; pushed: string }>;
/** The cluster before the handover to that owner; the other one has the app. */
const before = {} as Record<Owner, unknown>;
let cluster: ClusterStandIn;

function git(...args: string[]): string {
  return outputOfSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", ...args], { cwd: root }).trim();
}

async function commit(owner: Owner, tag: string): Promise<string> {
  addApp(root, "web", `environments: { ci: { owner: "${owner}" } }`);
  edit(root, {
    "values-src/apps/web.tags.json": JSON.stringify({ ci: tag, dev: "0.1.0", prod: "0.1.0", staging: "0.1.0" }),
  });
  expect((await runScript(root, "gen")).code).toBe(0);
  git("add", "--all");
  git("commit", "--quiet", "--message", `${owner} ${tag}`);
  return git("rev-parse", "HEAD");
}

/** The tree, and the cluster before the handover. */
function start(to: Owner): void {
  pull(commits[to].first);
  cluster.restore(before[to]);
}

/** The tree and what Argo CD reads: a commit that was pushed and pulled. */
function pull(revision: string): void {
  git("checkout", "--quiet", "--force", revision);
  git("clean", "--quiet", "--force", "-d");
}

function handOver(to: Owner) {
  // Node's compile cache, as npm run has it.
  const env = { PATH: cluster.directory, NODE_COMPILE_CACHE: path.join(root, ".tools/node") };
  return runAlone(root, env, "handover", "ci", "--to", to);
}

beforeAll(async () => {
  git("init", "--quiet");
  appendFileSync(path.join(root, ".git/info/exclude"), "node_modules\n.tools\n");
  for (const owner of ["helmfile", "argocd"] as const)
    commits[owner] = { first: await commit(owner, "0.1.0"), pushed: await commit(owner, "0.2.0") };
  cluster = new ClusterStandIn({ app: "web", env: "ci", root });
  pull(commits.helmfile.first);
  cluster.release("argocd-apps");
  cluster.release("web");
  cluster.release("web");
  pull(commits.argocd.first);
  before.argocd = cluster.save();
  const { code, stdout, stderr } = await handOver("argocd");
  expect(code, stdout + stderr).toBe(0);
  before.helmfile = cluster.save();
});

afterAll(() => cluster.close());

/** What is wrong where the app should be that owner's, and nobody else's. */
function wrongs(owner: Owner): string[] {
  const application = cluster.application();
  const objects = ["ServiceAccount", "Service", "Rollout"].map((kind) => cluster.get(kind, "web"));
  const marked = (key: string) => objects.filter((one) => one?.metadata.annotations?.[key] !== undefined).length;
  const current = cluster.records().filter((status) => owner === "argocd" || status !== "superseded");
  const all = [
    application && owner === "helmfile" && "there is an Application",
    !application?.spec.syncPolicy?.automated && owner === "argocd" && "Argo CD may not act",
    `${current}` !== (owner === "helmfile" ? "deployed" : "") && `Helm's records: ${cluster.records()}`,
    cluster.records("argocd-apps").some((status) => status.startsWith("pending")) && "argocd-apps is unfinished",
    marked(trackingId) !== (owner === "argocd" ? 3 : 0) && `Argo CD's mark on ${marked(trackingId)}`,
    owner === "helmfile" && marked("meta.helm.sh/release-name") !== 3 && "Helm's mark is missing",
    marked("k8s-observable-rollouts/handed-over-at") > 0 && "the note is left",
    cluster.get("Lease", "handover-web") && "the Lease is held",
  ];
  return all.filter((one) => typeof one === "string");
}

function pods(): string[] {
  return cluster.of("Pod").map(({ metadata }) => metadata.name);
}

/** With ALL=1 every change, else every sixth, others in each direction. */
const step = process.env.ALL === "1" ? 1 : 6;

/** Kills a handover after each of its changes, the calls of Helm's among them, and gives the cluster as that left it. */
async function* kills(to: Owner) {
  for (let at = step === 1 || to === "argocd" ? 1 : 4; ; at += step) {
    start(to);
    cluster.killAt = at;
    const { code } = await handOver(to);
    const where = `${to}, killed after change ${at}: ${cluster.changes.at(-1)}`;
    if (code !== "SIGKILL") {
      expect(at).toBeGreaterThan(15);
      console.log(`${to}: killed after ${step === 1 ? "each" : "every sixth"} of its changes`);
      return;
    }
    const left = cluster.save();
    yield { where, left };
  }
}

describe.each(["argocd", "helmfile"] as const)("to %s, killed after any change", (to) => {
  test("a repeat ends right, with and without a push meanwhile", { timeout: 600_000 }, async () => {
    for await (const { where, left } of kills(to)) {
      const same = pods();
      await expectRepeat(to, where);
      expect(pods(), where).toEqual(same);

      cluster.restore(left);
      // A colleague pushes a version; the tree here is the one that the handover began with.
      pull(commits[to].first);
      cluster.pushed = commits[to].pushed;
      cluster.reconcile();
      await expectRepeatAfterPush(to, `${where}, then 0.2.0 was pushed`);
    }
  });
});

async function expectRepeat(to: Owner, where: string): Promise<void> {
  const { code, stdout, stderr } = await handOver(to);
  expect(`${code} ${stderr}`, `${where}\n${stdout}`).toBe("0 ");
  expect(wrongs(to), where).toEqual([]);
}

/** The same after a push of the app. What runs, or what git has, may then be another version: the messages say what to do. */
async function expectRepeatAfterPush(to: Owner, where: string): Promise<void> {
  const { code, stdout, stderr } = await handOver(to);
  if (code !== 0) {
    expect(stderr, where).toMatch(/is not what the cluster runs|differs from \w+, which the cluster runs/);
    pull(commits[to].pushed);
    if (to === "argocd") cluster.release("web");
    return await expectRepeat(to, where);
  }
  expect(wrongs(to), `${where}\n${stdout}`).toEqual([]);
}

test("of several who ask at once, one hands the app over", async () => {
  start("argocd");
  const all = await Promise.all([handOver("argocd"), handOver("argocd"), handOver("argocd")]);
  expect(all.filter(({ code }) => code === 0)).toHaveLength(1);
  for (const { stderr } of all.filter(({ code }) => code !== 0))
    expect(stderr).toContain("hands web over to argocd since");
  expect(wrongs("argocd")).toEqual([]);
});

test("nobody hands it over in the other direction meanwhile, so that it has one owner", async () => {
  start("argocd");
  const colleague = temporaryDirectory();
  cpSync(root, colleague, { recursive: true, verbatimSymlinks: true });
  outputOfSync("git", ["checkout", "--quiet", "--force", commits.helmfile.first], { cwd: colleague });
  let other: Outcome | undefined;
  cluster.meddle = async (call) => {
    if (other === undefined && / delete .*secret\/sh\.helm/.test(call)) {
      other = { code: null, stdout: "", stderr: "" };
      other = await runAlone(colleague, { PATH: cluster.directory }, "handover", "ci", "--to", "helmfile");
    }
    return undefined;
  };
  const { code, stderr } = await handOver("argocd");
  expect(code, stderr).toBe(0);
  expect(wrongs("argocd")).toEqual([]);
  expect(other?.stderr).toContain("hands web over to argocd since");
  expect(other?.code).toBe(1);
});

/** A Lease that was renewed so many seconds ago. */
function lease(holderIdentity: string, secondsAgo = 0): Stored {
  const at = new Date(Date.now() - 1000 * secondsAgo).toISOString().replace("Z", "000Z");
  const spec = { holderIdentity, acquireTime: at, renewTime: at, leaseDurationSeconds: 30 };
  return { kind: "Lease", metadata: { name: "handover-web", namespace: "web" }, spec };
}

const me = `${userInfo().username}@${hostname()}`;

test("a process of this machine has not had the Lease for long, whatever has its number now", async () => {
  start("argocd");
  cluster.put(lease(`${me} process ${process.pid}`, 60));
  await expectRepeat("argocd", "the number of a process that was killed went to another one");
}, 30_000);

test("somebody else's machine may have the name of this one", async () => {
  start("argocd");
  cluster.put(lease(`ann-of-${me} process 999999999`));
  const { code, stderr } = await handOver("argocd");
  expect(stderr).toMatch(/^lease handover-web\n.*ann-of-.* hands web over to/);
  expect(code).toBe(1);
  expect(cluster.application()).toBeUndefined();
});

test("who has lost the Lease stops before the next step, and leaves it to whom it is now", async () => {
  start("argocd");
  cluster.meddle = (call) => {
    if (call.includes(trackingId)) cluster.put(lease("ann@elsewhere process 7"));
    return undefined;
  };
  const { code, stdout, stderr } = await handOver("argocd");
  expect(stderr).toContain("ann@elsewhere process 7 hands web over to");
  expect(stderr).toContain("stopped at step 3/7");
  expect(stdout).not.toContain("4/7");
  expect(cluster.get("Lease", "handover-web")?.spec.holderIdentity).toBe("ann@elsewhere process 7");
  expect(code).toBe(1);
});

test.for([
  ["argocd", "argocd-apps", "pending-upgrade"],
  ["helmfile", "web", "pending-install"],
] as const)("to %s, where Helm alone is killed in %s, a repeat ends right", async ([to, release, status]) => {
  start(to);
  const namespace = release === "web" ? "web" : "argocd";
  const labels = { owner: "helm", name: release, status };
  let killed = false;
  cluster.meddle = (call) => {
    if (killed || !call.startsWith("helmfile ") || !call.includes(` sync --quiet --selector name=${release}`)) return;
    killed = true;
    const name = `sh.helm.release.v1.${release}.v${cluster.records(release).length + 1}`;
    cluster.put({ kind: "Secret", metadata: { name, namespace, labels }, manifest: "" });
    return "Error: signal: killed";
  };
  const { code, stderr } = await handOver(to);
  expect(killed).toBe(true);
  expect(stderr).toContain(`helmfile, release ${release}`);
  expect(code).toBe(1);
  await expectRepeat(to, "Helm was killed");
});

test("an interrupt gives the Lease back, and tells the error of the call that was under way", async () => {
  start("argocd");
  const running = startAlone(root, { PATH: cluster.directory }, "handover", "ci");
  cluster.meddle = async (call) => {
    if (!call.includes(trackingId) || running.stderr() !== "") return undefined;
    running.kill("SIGINT");
    await expect.poll(() => running.stderr(), { timeout: 20_000 }).toContain("waiting for the end");
    return "Error from server: etcd is full";
  };
  const { code, stderr } = await running.ended;
  expect(stderr).toMatch(/interrupted\n(.*\n)* {2}failed: Argo CD's mark on 3 objects\n {4}.*etcd is full/);
  expect(cluster.get("Lease", "handover-web")).toBeUndefined();
  expect(code).toBe(1);
});

test("an interrupt before the first step gives the Lease back too", async () => {
  start("argocd");
  const running = startAlone(root, { PATH: cluster.directory }, "handover", "ci");
  cluster.meddle = async (call) => {
    if (!call.startsWith("helm ") || !call.includes("--pending") || running.stderr() !== "") return undefined;
    running.kill("SIGINT");
    await expect.poll(() => running.stderr(), { timeout: 20_000 }).toContain("interrupted");
    return undefined;
  };
  const { code, stdout } = await running.ended;
  expect(stdout).not.toContain("1/7");
  expect(cluster.get("Lease", "handover-web")).toBeUndefined();
  expect(code).toBe(1);
});
