import { readFileSync } from "node:fs";
import path from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { runAlone } from "../testing/processes.ts";
import { afterPatch, failingKubectl, refusePatch, runningKubectl } from "../testing/stand-ins.ts";
import { deployment, replicaSet, rollout, routed } from "../testing/workloads.ts";
import { copyWithApps, temporaryDirectory } from "../testing/workspace.ts";

// A copy, since tools that were built into .tools/ go before the fakes.
const root = copyWithApps("web");
const local = "https://127.0.0.1:6443";
const remote = "https://prod.example.com";
const sets = [replicaSet("Rollout", "old", "0.1.0", 1), replicaSet("Rollout", "new", "0.2.0", 2)];
const going = { stableRS: "old", currentPodHash: "new", phase: "Paused", currentStepIndex: 1 };
const pauseConditions = [{ reason: "CanaryPauseStep", startTime: "2026-01-01T00:00:00Z" }];
const paused = rollout({ version: "0.2.0", status: { ...going, pauseConditions, canary: routed(20) } });
const actedOn = { abort: true, abortedAt: "2026-01-01T00:00:00Z", canary: routed(0) };
const aborted = rollout({ version: "0.2.0", status: { ...going, phase: "Degraded", ...actedOn } });
const done = rollout({ version: "0.2.0", status: { stableRS: "new", currentPodHash: "new", phase: "Healthy" } });
let fakes: string;

beforeEach(() => {
  fakes = temporaryDirectory();
});

function run(verb: string, ...args: string[]) {
  return runAlone(root, { PATH: fakes }, verb === "promote" ? "promote-rollout" : verb, ...args);
}

/** The JSON Patch of the last call that had one. */
function patch(): { op: string; path: string; value?: unknown }[] {
  const call = calls()
    .split("\n")
    .findLast((line) => line.includes(" --patch "));
  return JSON.parse(/ --patch (.*) --output json$/.exec(call ?? "")?.[1] ?? "[]");
}

function calls(): string {
  return readFileSync(path.join(fakes, "calls"), "utf8");
}

test("promote goes on, on the context that it has looked at", async () => {
  runningKubectl(fakes, local, { rollout: paused, others: sets });
  afterPatch(fakes, done);
  const { code, stdout } = await run("promote");
  expect(stdout).toBe("ci: promoted: 0.2.0 serves everybody. The instant way back: npm run undo\n");
  expect(calls()).toContain("--context test --request-timeout 15s patch rollouts.argoproj.io web --namespace web");
  expect(patch()).toEqual([
    { op: "test", path: "/spec/template", value: paused.spec.template },
    { op: "test", path: "/status/currentStepIndex", value: 1 },
    { op: "remove", path: "/status/pauseConditions" },
  ]);
  expect(code).toBe(0);
});

test("promote past a step that is no pause begins the next one, and to the end skips all", async () => {
  const measuring = rollout({ version: "0.2.0", status: { ...going, phase: "Progressing", canary: routed(20) } });
  runningKubectl(fakes, local, { rollout: measuring, others: sets });
  afterPatch(fakes, done);
  expect((await run("promote")).code).toBe(0);
  expect(patch().at(-1)).toEqual({ op: "add", path: "/status/currentStepIndex", value: 2 });
  runningKubectl(fakes, local, { rollout: measuring, others: sets });
  afterPatch(fakes, done);
  expect((await run("promote", "--full")).code).toBe(0);
  expect(patch().at(-1)).toEqual({ op: "add", path: "/status/promoteFull", value: true });
});

test("promote lets a rollout go on that somebody has paused as a whole, at the step that it was at", async () => {
  const held = { ...paused, spec: { ...paused.spec, paused: true } };
  runningKubectl(fakes, local, { rollout: held, others: sets });
  afterPatch(fakes, done);
  expect((await run("promote")).code).toBe(0);
  expect(patch().slice(1)).toEqual([{ op: "replace", path: "/spec/paused", value: false }]);
});

test("abort says who serves, and what follows", async () => {
  runningKubectl(fakes, local, { rollout: paused, others: sets });
  afterPatch(fakes, aborted);
  const { code, stdout } = await run("abort");
  expect(stdout).toContain("aborted: 0.1.0 serves, 0.2.0 gets no requests");
  expect(stdout).toContain("npm run rollback -- ci");
  expect(stdout).toContain("kubectl argo rollouts retry rollout web -n web");
  expect(code).toBe(0);
});

test("abort says why the new version did not come up", async () => {
  const container = {
    name: "app",
    state: { waiting: { reason: "CreateContainerConfigError", message: 'secret "db\u001b[31m" not found' } },
  };
  const pod = {
    kind: "pods",
    metadata: { name: "web-new-1", namespace: "web", labels: { "rollouts-pod-template-hash": "new" } },
    status: { containerStatuses: [container] },
  };
  runningKubectl(fakes, local, { rollout: paused, others: sets, objects: [pod] });
  afterPatch(fakes, aborted);
  const { stdout } = await run("abort");
  expect(stdout).toContain(
    'Why 0.2.0 does not come up: container app cannot start: secret "db\\u001b[31m" not found\n',
  );
});

test("abort of another configuration of the same version says what differs, and advises no other tag", async () => {
  const [before, after] = [replicaSet("Rollout", "old", "0.2.0", 1), replicaSet("Rollout", "new", "0.2.0", 2)];
  after.spec.template.spec?.containers?.[0]?.env?.push({ name: "LOG_LEVEL", value: "loud" });
  runningKubectl(fakes, local, { rollout: paused, others: [before, after] });
  afterPatch(fakes, aborted);
  const { stdout } = await run("abort");
  expect(stdout).toContain("aborted: 0.2.0 of revision 1 serves, revision 2 of 0.2.0 gets no requests");
  expect(stdout).toContain("git revert:\n  env LOG_LEVEL: (none) -> loud\n");
  expect(stdout).not.toContain("npm run rollback");
});

test("undo in the midst of a rollout is abort: the stable version serves, and no pod template changes", async () => {
  runningKubectl(fakes, local, { rollout: paused, others: sets });
  afterPatch(fakes, aborted);
  const { code, stdout } = await run("undo");
  expect(stdout).toContain("aborted: 0.1.0 serves, 0.2.0 gets no requests");
  expect(patch().at(-1)).toEqual({ op: "add", path: "/status/abort", value: true });
  expect(code).toBe(0);
});

test("undo after a rollout puts the pod template back as that version had it", async () => {
  const [old, ...others] = sets;
  const label = { labels: { "rollouts-pod-template-hash": "old", role: "stable", team: "a" }, annotations: { b: "c" } };
  const marked = {
    ...old,
    kind: "ReplicaSet",
    metadata: {
      ...old?.metadata,
      annotations: {
        ...old?.metadata.annotations,
        "rollout.argoproj.io/ephemeral-metadata": '{"labels":{"role":"stable"}}',
      },
    },
    spec: { template: { ...old?.spec.template, metadata: label } },
  };
  runningKubectl(fakes, local, { rollout: done, others: [marked, ...others] });
  afterPatch(
    fakes,
    rollout({ version: "0.1.0", status: { stableRS: "old", currentPodHash: "old", phase: "Healthy" } }),
  );
  await run("undo");
  const [, change] = patch();
  expect(change).toEqual({
    op: "replace",
    path: "/spec/template",
    value: { ...old?.spec.template, metadata: { labels: { team: "a" }, annotations: { b: "c" } } },
  });
});

describe("while Argo Rollouts is away", () => {
  const controller = {
    ...deployment({ app: "argo-rollouts", version: "1.9.0" }),
    status: { availableReplicas: 0 },
  };
  // What the command wrote itself is no sign that anybody acted on it.
  const asked = { ...paused, status: { ...paused.status, abort: true } };

  test("what somebody else asks for meanwhile is no sign that promote was acted on", async () => {
    runningKubectl(fakes, local, { rollout: paused, others: [...sets, controller] });
    // Their abort, and the step that promote itself has written.
    afterPatch(fakes, { ...asked, status: { ...asked.status, currentStepIndex: 2 } });
    const { code, stderr } = await run("promote");
    expect(stderr).toContain("asked for, but Argo Rollouts has not acted on it yet");
    expect(code).toBe(1);
  });

  test("abort fails, and says what users get", async () => {
    runningKubectl(fakes, local, { rollout: paused, others: [...sets, controller] });
    afterPatch(fakes, asked);
    const { code, stderr, stdout } = await run("abort");
    expect(stderr).toContain("asked for, but Argo Rollouts has not acted on it yet");
    expect(stderr).toContain("meanwhile 0.2.0 gets 20 % of the requests, 0.1.0 the others");
    expect(stderr).toContain("deployment argo-rollouts in namespace argo-rollouts has 0 of 2 pods ready");
    expect(stdout).toBe("");
    expect(code).toBe(1);
  });
});

describe("when the app moves meanwhile", () => {
  const newer = rollout({ version: "0.3.0", revision: 3, status: { ...going, currentPodHash: "newer" } });

  test.for(["promote", "abort"])("%s does nothing to what nobody was asked about", async (verb) => {
    runningKubectl(fakes, local, { rollout: paused, others: sets });
    refusePatch(fakes, newer);
    const { code, stderr } = await run(verb);
    expect(stderr).toContain("web\n  moved while this command ran: it was 0.1.0 -> 0.2.0 at step 1/4, 20 %");
    expect(stderr).toContain("is now 0.1.0 -> 0.3.0");
    expect(code).toBe(1);
  });

  test("undo promotes nothing that somebody else put there", async () => {
    runningKubectl(fakes, local, { rollout: done, others: sets });
    afterPatch(fakes, newer);
    const { code, stderr } = await run("undo");
    expect(stderr).toContain("something else put 0.1.0 -> 0.3.0 at step 1/4, 20 % in its place");
    expect(calls()).not.toContain("promoteFull");
    expect(code).toBe(1);
  });
});

describe("is refused", () => {
  test("in a context that is not local when there is nobody to ask, unless --yes", async () => {
    runningKubectl(fakes, remote, { rollout: paused, others: sets });
    afterPatch(fakes, done);
    const refused = await run("promote", "ci");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(
      "would promote 0.2.0 past step 1/4, 20 % in context test (https://prod.example.com)",
    );
    expect(refused.stderr).toContain("--yes");
    expect(calls()).not.toContain(" patch ");
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

  test.for([
    ["promote", "a rolling update has no steps"],
    ["abort", "the app is a Deployment, which nothing aborts: to go back to the version before: npm run undo"],
  ] as const)("%s of a Deployment", async ([verb, message]) => {
    runningKubectl(fakes, local, { others: [deployment({ version: "0.2.0" })] });
    const { code, stderr } = await run(verb);
    expect(stderr).toContain(message);
    expect(code).toBe(1);
  });

  test("a rolling update of a Rollout is aborted while it lasts, and has no step to promote it to", async () => {
    const { spec } = paused;
    const status = { ...paused.status, phase: "Progressing", updatedReplicas: 1, canary: {} };
    const halfway = { ...paused, spec: { ...spec, replicas: 2, strategy: { canary: {} } }, status };
    const aborted = { ...halfway, status: { ...status, abort: true, abortedAt: "2026-01-01T00:00:00Z" } };
    runningKubectl(fakes, local, { rollout: halfway, others: sets });
    expect((await run("promote")).stderr).toContain("a rolling update has no steps: it goes on by itself");
    afterPatch(fakes, aborted);
    const { code, stdout, stderr } = await run("abort");
    expect(stdout, stderr).toContain(
      "aborted: 0.1.0 serves, 0.2.0 gets 50 % of the requests until its last pod has ended",
    );
    expect(code).toBe(0);
  });

  test("promote of a blue/green version that nobody could judge after the switch, but for --full", async () => {
    const spec = { ...paused.spec, strategy: { blueGreen: { autoPromotionSeconds: 300 } } };
    const unsure = { ...paused, spec, status: { ...paused.status, message: "InconclusiveAnalysisRun" } };
    runningKubectl(fakes, local, { rollout: unsure, others: sets });
    afterPatch(fakes, done);
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
    afterPatch(fakes, { ...shop, status: { ...shop.status, phase: "Degraded", ...actedOn } });
    const { code, stdout } = await runOf("abort", "--app", "shop");
    expect(stdout).toContain("ci: aborted: 3.0.0 serves, 4.0.0 gets no requests");
    expect(stdout).toContain("npm run rollback -- ci --app shop");
    expect(calls()).toContain(" patch rollouts.argoproj.io shop --namespace shop --subresource status ");
    expect(code).toBe(0);
  });
});

test("knows its verbs", async () => {
  expect((await run("abor")).stderr).toContain('there is no command "abor", did you mean "abort"?');
  expect((await run("--help")).code).toBe(0);
});
