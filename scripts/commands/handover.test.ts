import { beforeEach, expect, test } from "vitest";
import { runAlone } from "../testing/processes.ts";
import { fake, runningKubectl } from "../testing/stand-ins.ts";
import { replicaSet, rollout } from "../testing/workloads.ts";
import { copyRepository, temporaryDirectory } from "../testing/workspace.ts";

// What a handover does to a cluster is tested on one: scripts/testing/e2e/handover.test.ts.
const root = copyRepository();
const sets = [replicaSet("Rollout", "old", "0.1.0", 1), replicaSet("Rollout", "new", "0.2.0", 2)];
let fakes: string;

beforeEach(() => {
  fakes = temporaryDirectory();
  helm([]);
  fake(fakes, "helmfile", "[ \"$1\" = --version ] && echo 1.8.0 || printf -- '---\\nkind: Service\\nmetadata: {}\\n'");
});

function handover(...args: string[]) {
  return runAlone(root, { PATH: fakes }, "handover", ...args);
}

function helm(unsettled: { name: string; status: string }[]): void {
  const list = unsettled.map((release) => ({ namespace: release.name, revision: "1", ...release }));
  fake(fakes, "helm", `case "$*" in version*) echo v4.3.1;; *list*) echo '${JSON.stringify(list)}';; esac`);
}

/** A cluster whose app is on the way from one version to another, or has arrived. */
function cluster(state: "going" | "done"): void {
  const status = { stableRS: state === "done" ? "new" : "old", currentPodHash: "new" };
  const live = rollout({ version: "0.2.0", status: { ...status, phase: state === "done" ? "Healthy" : "Paused" } });
  runningKubectl(fakes, "https://127.0.0.1:6443", { rollout: live, others: sets });
}

test("says what to change first, where the facts name another owner", async () => {
  const { code, stderr } = await handover("ci");
  expect(stderr).toMatch(/values-src\/environments\/ci\.ts:\d+:1\n {2}ci's app belongs to helmfile/);
  expect(stderr).toContain('app: { owner: "argocd" }');
  expect(stderr).toContain("git push");
  expect(code).toBe(1);
});

test("waits for nobody's rollout", async () => {
  cluster("going");
  const { code, stderr } = await handover("ci", "--to", "helmfile");
  expect(stderr).toContain("0.2.0 is being rolled out (Paused): let that end");
  expect(code).toBe(1);
});

test("takes no other environment's cluster", async () => {
  cluster("done");
  const { code, stderr } = await handover("dev", "--to", "helmfile");
  expect(stderr).toContain("context test runs the app of ci, not of dev");
  expect(code).toBe(1);
});

test("takes no app away whose release an interrupted Helm has left half-way", async () => {
  cluster("done");
  helm([
    { name: "sample-app", status: "pending-install" },
    { name: "argocd-apps", status: "pending-upgrade" },
  ]);
  const { code, stderr } = await handover("ci", "--to", "helmfile");
  expect(stderr).toContain("selector owner=helm,name=sample-app,status=pending-install");
  expect(stderr).toContain("helm rollback argocd-apps");
  expect(stderr).not.toContain("helm uninstall");
  expect(code).toBe(1);
});

test.for([
  [[], "takes ENV, got nothing"],
  [["prdo"], 'there is no environment "prdo"'],
  [["ci", "--to", "helmfle"], 'did you mean "helmfile"?'],
] as const)("refuses %s", async ([args, message]) => {
  const { code, stderr } = await handover(...args);
  expect(stderr).toContain(message);
  expect(code).toBe(1);
});
