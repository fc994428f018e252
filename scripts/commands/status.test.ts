import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { runAlone } from "../testing/processes.ts";
import { fake, kubeconfig, runningKubectl } from "../testing/stand-ins.ts";
import { replicaSet, rollout } from "../testing/workloads.ts";
import { temporaryDirectory } from "../testing/workspace.ts";

const root = path.resolve(import.meta.dirname, "../..");
let fakes: string;

beforeEach(() => {
  fakes = temporaryDirectory();
});

function run(env: NodeJS.ProcessEnv, ...args: string[]) {
  return runAlone(root, { PATH: fakes, ...env }, "status", ...args);
}

describe("with a cluster that runs ci", () => {
  beforeEach(() => {
    const status = { stableRS: "old", currentPodHash: "new", phase: "Paused", message: "CanaryPauseStep" };
    const others = [replicaSet("Rollout", "old", "0.0.8", 1), replicaSet("Rollout", "new", "0.0.9", 2)];
    const live = rollout({ version: "0.0.9", status: { ...status, currentStepIndex: 1 } });
    runningKubectl(fakes, "https://127.0.0.1:1", { rollout: live, others });
  });

  test("shows it in ci's row only", async () => {
    const { code, stdout, stderr } = await run({});
    expect(stdout).toMatch(/^environment +version +strategy +owner +live +step +phase$/m);
    expect(stdout).toMatch(/^ci +\S+ +canary +helmfile +0\.0\.8 -> 0\.0\.9 +1\/4, 20 % +Paused$/m);
    expect(stdout).toMatch(/^prod +\S+ +canary +argocd +- +- +-$/m);
    expect(stdout).toMatch(/^ci: CanaryPauseStep$/m);
    expect(stdout).toMatch(/^ci: the cluster has 0\.0\.9, the working tree /m);
    expect(stderr).toContain("context test: ci, released by helmfile");
    expect(code).toBe(0);
  });

  test("as JSON, of one environment", async () => {
    const [row, ...more] = JSON.parse((await run({}, "--json", "ci")).stdout);
    expect(more).toEqual([]);
    expect(row.live).toMatchObject({ stable: "0.0.8", next: "0.0.9", state: "paused", step: "1/4, 20 %" });
  });
});

describe("without a cluster", () => {
  const noKubectl = !["/usr/bin/kubectl", "/bin/kubectl"].some(existsSync);
  const files = {
    nothing: undefined,
    garbage: "garbage: [",
    "a closed port": kubeconfig("https://127.0.0.1:9"),
  };

  // Of kubectl itself, where there is one.
  test.skipIf(noKubectl).for(Object.entries(files))("says so once, and what git says: %s", async ([, text]) => {
    const file = path.join(fakes, "kubeconfig");
    if (text !== undefined) writeFileSync(file, text);
    const { code, stdout, stderr } = await run({ KUBECONFIG: file });
    expect(stdout).toMatch(/^environment +version +strategy +owner$/m);
    expect(stdout).toMatch(/^dev +\S+ +rolling +helmfile$/m);
    expect(stderr.trim().split("\n")).toEqual([expect.stringMatching(/^without a cluster/)]);
    expect(code).toBe(0);
  });

  test("of a kubectl that cannot be run", async () => {
    fake(fakes, "kubectl", 'echo "error: current-context must exist in order to minify" >&2; exit 1');
    const { code, stderr } = await run({});
    expect(stderr).toContain("without a cluster: error: current-context must exist");
    expect(code).toBe(0);
  });
});

test("rejects an environment that there is not", async () => {
  const { code, stderr } = await run({}, "stagin");
  expect(stderr).toContain('did you mean "staging"?');
  expect(code).toBe(1);
});
