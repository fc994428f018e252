import { readFileSync } from "node:fs";
import path from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { runAlone } from "../testing/processes.ts";
import { failingKubectl, fakePlugin, runningKubectl } from "../testing/stand-ins.ts";
import { deployment, replicaSet, rollout } from "../testing/workloads.ts";
import { copyWithApps, temporaryDirectory } from "../testing/workspace.ts";

// A copy, since tools that were built into .tools/ go before the fakes.
const root = copyWithApps("web");
const local = "https://127.0.0.1:6443";
const remote = "https://prod.example.com";
const sets = [replicaSet("Rollout", "old", "0.1.0", 1), replicaSet("Rollout", "new", "0.2.0", 2)];
const going = { stableRS: "old", currentPodHash: "new", phase: "Paused", currentStepIndex: 1 };
const paused = rollout({ version: "0.2.0", status: going });
const aborted = rollout({ version: "0.2.0", status: { ...going, phase: "Degraded", abort: true } });
const done = rollout({ version: "0.2.0", status: { stableRS: "new", currentPodHash: "new", phase: "Healthy" } });
let fakes: string;

beforeEach(() => {
  fakes = temporaryDirectory();
});

function run(verb: string, ...args: string[]) {
  return runAlone(root, { PATH: fakes }, verb === "promote" ? "promote-rollout" : verb, ...args);
}

function calls(): string {
  return readFileSync(path.join(fakes, "calls"), "utf8");
}

test("promote goes on, on the context that it has looked at", async () => {
  runningKubectl(fakes, local, { rollout: paused, others: sets });
  fakePlugin(fakes, done);
  const { code, stdout } = await run("promote");
  expect(stdout).toBe("ci: promoted: 0.2.0 serves everybody. The instant way back: npm run undo\n");
  expect(calls()).toContain("plugin promote web --context test --namespace web\n");
  expect(code).toBe(0);
});

test("abort says who serves, and what follows", async () => {
  runningKubectl(fakes, local, { rollout: paused, others: sets });
  fakePlugin(fakes, aborted);
  const { code, stdout } = await run("abort");
  expect(stdout).toContain("aborted: 0.1.0 serves, 0.2.0 gets no requests");
  expect(stdout).toContain("npm run rollback -- ci");
  expect(stdout).toContain("kubectl argo rollouts retry rollout web -n web");
  expect(code).toBe(0);
});

test("undo goes to the stable revision", async () => {
  runningKubectl(fakes, local, { rollout: aborted, others: sets });
  const back = rollout({ version: "0.1.0", status: { stableRS: "old", currentPodHash: "old", phase: "Healthy" } });
  fakePlugin(fakes, {
    ...back,
    metadata: { ...back.metadata, generation: 3 },
    status: { ...back.status, observedGeneration: "3" },
  });
  const { code, stdout } = await run("undo");
  expect(stdout).toContain("back from 0.2.0 to 0.1.0, revision 1: 0.1.0 serves everybody");
  expect(calls()).toContain("plugin undo web --context test --namespace web --to-revision=1\n");
  expect(code).toBe(0);
});

describe("is refused", () => {
  test("in a context that is not local when there is nobody to ask, unless --yes", async () => {
    runningKubectl(fakes, remote, { rollout: paused, others: sets });
    fakePlugin(fakes, done);
    const refused = await run("promote", "ci");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(
      "would promote 0.2.0 past step 1/4, 20 % in context test (https://prod.example.com)",
    );
    expect(refused.stderr).toContain("--yes");
    expect(calls()).not.toContain("plugin");
    expect((await run("promote", "ci", "--yes")).code).toBe(0);
  });

  test.for([
    ["promote", aborted, "0.2.0 was given up, 0.1.0 serves"],
    ["abort", done, "too late, 0.2.0 serves everybody. To go back: npm run undo"],
  ] as const)("%s where there is nothing to do it to", async ([verb, live, message]) => {
    runningKubectl(fakes, local, { rollout: live, others: sets });
    const { code, stderr } = await run(verb);
    expect(stderr).toContain(message);
    expect(code).toBe(1);
  });

  test.for(["promote", "abort"])("%s of a rolling update, which has no steps", async (verb) => {
    runningKubectl(fakes, local, { others: [deployment({ version: "0.2.0" })] });
    const { code, stderr } = await run(verb);
    expect(stderr).toContain("a rolling update has no steps");
    expect(code).toBe(1);
  });

  test("promote of a blue/green version that nobody could judge after the switch, but for --full", async () => {
    const spec = { ...paused.spec, strategy: { blueGreen: { autoPromotionSeconds: 300 } } };
    const unsure = { ...paused, spec, status: { ...paused.status, message: "InconclusiveAnalysisRun" } };
    runningKubectl(fakes, local, { rollout: unsure, others: sets });
    fakePlugin(fakes, done);
    const { code, stderr } = await run("promote");
    expect(stderr).toContain("npm run promote-rollout -- --full keeps it, npm run abort gives it up");
    expect(code).toBe(1);
    expect((await run("promote", "--full")).code).toBe(0);
  });

  test("undo where Argo CD would revert it", async () => {
    const annotations = { "argocd.argoproj.io/tracking-id": "web:argoproj.io/Rollout:web/web" };
    const tracked = { ...done, metadata: { ...done.metadata, annotations } };
    runningKubectl(fakes, local, { rollout: tracked, others: sets });
    const { code, stderr } = await run("undo");
    expect(stderr).toContain("npm run rollback -- ci");
    expect(code).toBe(1);
  });

  test("where the app does not run", async () => {
    runningKubectl(fakes, local, { others: [] });
    const { code, stderr } = await run("abort");
    expect(stderr).toContain("context test runs no web in namespace web");
    expect(code).toBe(1);
  });

  test("without the plugin, with how to get it", async () => {
    runningKubectl(fakes, local, { rollout: paused, others: sets });
    const { code, stderr } = await run("abort");
    expect(stderr).toContain("npm run tools -- kubectl-argo-rollouts");
    expect(code).toBe(1);
  });

  test.for([
    ["error: You must be logged in to the server (Unauthorized)", "sign in again"],
    [
      'Error from server (Forbidden): rollouts.argoproj.io is forbidden: User "bob" cannot list resource "rollouts" in API group "argoproj.io" in the namespace "web"',
      "ask for the permission",
    ],
  ] as const)("by the cluster: %s", async ([said, advice]) => {
    failingKubectl(fakes, remote, said);
    const { code, stderr } = await run("abort", "ci");
    expect(stderr).toContain(`  ${said}\n`);
    expect(stderr).toContain(advice);
    expect(code).toBe(1);
  });
});

describe("with several apps", () => {
  const several = copyWithApps("shop", "web");
  const runOf = (...args: string[]) => runAlone(several, { PATH: fakes }, ...(args as [string]));

  test.for(["promote-rollout", "abort", "undo"])("%s wants to know which", async (verb) => {
    runningKubectl(fakes, local, { rollout: paused, others: sets });
    const { code, stderr } = await runOf(verb);
    expect(stderr).toContain("--app\n  is missing: one of shop, web");
    expect(code).toBe(1);
  });

  test("acts on the one that is named, and names it in what to do next", async () => {
    const others = [
      ...sets,
      ...[replicaSet("Rollout", "old", "3.0.0", 1, "shop"), replicaSet("Rollout", "new", "4.0.0", 2, "shop")],
    ];
    const shop = rollout({ app: "shop", version: "4.0.0", status: going });
    runningKubectl(fakes, local, { rollouts: [paused, shop], others });
    fakePlugin(fakes, { ...shop, status: { ...shop.status, phase: "Degraded", abort: true } });
    const { code, stdout } = await runOf("abort", "--app", "shop");
    expect(stdout).toContain("ci: aborted: 3.0.0 serves, 4.0.0 gets no requests");
    expect(stdout).toContain("npm run rollback -- ci --app shop");
    expect(calls()).toContain("plugin abort shop --context test --namespace shop\n");
    expect(code).toBe(0);
  });
});

test("knows its verbs", async () => {
  expect((await run("abor")).stderr).toContain('there is no command "abor", did you mean "abort"?');
  expect((await run("--help")).code).toBe(0);
});
