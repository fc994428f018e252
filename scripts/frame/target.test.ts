import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { runAlone, startAlone } from "../testing/processes.ts";
import { fake, fakePlugin, runningKubectl, type StandIn, uid } from "../testing/stand-ins.ts";
import { replicaSet, rollout } from "../testing/workloads.ts";
import { copyRepository, edit, temporaryDirectory } from "../testing/workspace.ts";

const other = "0c1f0e8e-5d5b-4a53-9e0c-2f1a3b4c5d6e";
const clustersFile = "values-src/environments/clusters.json";
const sets = [replicaSet("Rollout", "old", "0.1.0", 1), replicaSet("Rollout", "new", "0.2.0", 2)];
const going = { stableRS: "old", currentPodHash: "new", phase: "Paused", currentStepIndex: 1 };
const live = { rollout: rollout({ version: "0.2.0", status: going }), others: sets };
let root: string;
let fakes: string;

beforeEach(() => {
  root = copyRepository();
  fakes = temporaryDirectory();
  fake(fakes, "helm", `case "$*" in version*) echo v4.3.1;; plugin*) echo "diff 3.15.11";; *list*) echo '[]';; esac`);
  fake(fakes, "helmfile", `[ "$1" = --version ] && echo 1.8.0 || echo "helmfile is told: $*"`);
  fakePlugin(fakes, rollout({ version: "0.2.0", status: { ...going, abort: true, phase: "Degraded" } }));
});

async function run(cluster: StandIn & { server?: string }, command: string, ...args: string[]) {
  runningKubectl(fakes, cluster.server ?? "https://127.0.0.1:6443", cluster);
  return await runAlone(root, { PATH: fakes, CI: "" }, command, ...args);
}

/** Contexts that lead away from this machine, whatever they look like. */
const away: Record<string, StandIn & { server?: string }> = {
  "a far server": { ...live, server: "https://prod.example.com" },
  "a tunnel: a loopback address with the far API's TLS name": {
    ...live,
    entry: { "tls-server-name": "prod.example.com" },
  },
  "a proxy": {
    ...live,
    server: "https://localhost:6443",
    entry: { "proxy-url": "socks5://far.example.com" },
    here: true,
  },
  "a name like kind's": { ...live, server: "https://10.0.0.1:6443", context: "kind-prod" },
  "a tunnel without a TLS name": { ...live, here: false },
};

describe.for(Object.entries(away))("in %s", ([, cluster]) => {
  test.for([
    ["up", "ci"],
    ["down", "ci"],
    ["abort", "ci"],
    ["undo", "ci"],
    ["promote-rollout", "ci"],
  ] as const)("%s does nothing where nobody can be asked", async ([command, env]) => {
    const { code, stdout, stderr } = await run(cluster, command, env);
    expect(stderr).toContain("there is nobody to ask: if it is meant, repeat it with --yes");
    expect(stdout).not.toContain("is told");
    expect(code).toBe(1);
  });

  test("there is no default environment", async () => {
    const { code, stderr } = await run(cluster, "up", "--yes");
    expect(stderr).toContain("is not on this machine, so there is no default");
    expect(code).toBe(1);
  });

  test("another environment is not released over the one that runs, --yes or not", async () => {
    for (const command of ["up", "down"]) {
      const { code, stdout, stderr } = await run(cluster, command, "dev", "--yes");
      expect(stderr).toContain("runs sample-app of ci, not of dev");
      expect(stdout).not.toContain("is told");
      expect(code).toBe(1);
    }
  });
});

describe("an environment whose clusters are known", () => {
  beforeEach(() => edit(root, { [clustersFile]: `{ "prod": ["${uid}"], "staging": ["${other}"] }\n` }));

  test.for(["up", "down", "abort", "guard"])(
    "%s refuses another on its cluster, also on this machine",
    async (command) => {
      const { code, stdout, stderr } = await run(live, command, "dev", ...(command === "guard" ? [] : ["--yes"]));
      expect(stderr).toContain("is prod's cluster, not dev's");
      expect(stdout).not.toContain("is told");
      expect(code).toBe(1);
    },
  );

  test("is refused on a cluster that is none of its own", async () => {
    const { code, stderr } = await run({ ...live, uid: "11111111-5d5b-4a53-9e0c-2f1a3b4c5d6e" }, "guard", "staging");
    expect(stderr).toContain("is none of staging's clusters");
    expect(code).toBe(1);
  });

  test("passes on its own, and where Helmfile asks no cluster", async () => {
    expect((await run(live, "guard", "prod", "--command=apply", "--context=test")).code).toBe(0);
    expect((await run(live, "guard", "dev", "--command=template")).code).toBe(0);
  });
});

test("the first up of a far cluster writes down whose it is", async () => {
  const cluster = { others: [], server: "https://prod.example.com" };
  const { stdout } = await run(cluster, "up", "prod", "--yes");
  expect(stdout).toContain(`wrote ${clustersFile}\nwrote generated/prod/environment.yaml\n`);
  expect((await run(cluster, "up", "dev", "--yes")).stderr).toContain("is prod's cluster, not dev's");
});

test("a cluster on this machine that was made anew works without ceremony", async () => {
  expect((await run({ others: [] }, "up")).stdout).toContain(
    "helmfile is told: --kube-context test --environment dev apply",
  );
  const anew = { others: [], uid: other };
  expect((await run(anew, "up")).stdout).toContain("helmfile is told: --kube-context test --environment dev apply");
});

test.for([
  [["up", "dev", "--strat", "kind"], '--strat\n  there is no such option, did you mean "--start"?'],
  [["up", "dve"], 'there is no environment "dve"'],
  [["up", "--env", "dev"], "name the environment alone, npm run up -- ENV"],
  [["up", "dev", "--start"], "needs a value: --start NAME"],
  [["abort", "--app", "smaple-app"], 'there is no app "smaple-app", did you mean "sample-app"?'],
  [["statsu"], 'there is no command "statsu", did you mean "status"?'],
] as const)("%s is refused with what was meant", async ([[command, ...args], message]) => {
  const { code, stderr } = await run(live, command, ...args);
  expect(stderr).toContain(message);
  expect(code).toBe(1);
});

test("a problem is also GitHub's annotation where CI runs", async () => {
  edit(root, { "generated/dev/traefik.yaml": "deploymnet: {}\n" });
  runningKubectl(fakes, "https://127.0.0.1:6443", live);
  const { stderr } = await runAlone(root, { PATH: fakes, GITHUB_ACTIONS: "true" }, "check");
  expect(stderr).toContain("::error file=generated/dev/traefik.yaml,line=1,col=1::/deploymnet  unknown key");
});

describe("an interrupt", () => {
  test.for(["SIGINT", "SIGTERM"] as const)(
    "by %s while something is done waits for it, and says that it was done",
    async (signal) => {
      runningKubectl(fakes, "https://127.0.0.1:6443", live);
      // The deed lasts until the command has been interrupted.
      const act = `echo "plugin $*" >> calls; while [ ! -e go-on ]; do sleep 0.05; done`;
      fake(fakes, "kubectl-argo-rollouts", `cd "${fakes}"; [ "$1" = version ] && echo v1.9.0 || { ${act}; }`);
      const child = startAlone(root, { PATH: fakes }, "abort");
      await expect.poll(() => readCalls(), { timeout: 20_000 }).toContain("plugin abort");
      child.kill(signal);
      await expect
        .poll(() => child.stderr(), { timeout: 20_000 })
        .toContain('waiting for the end of "abort the rollout of 0.2.0"');
      writeFileSync(path.join(fakes, "go-on"), "");
      const { code, stderr } = await child.ended;
      expect(stderr).toContain("done: abort the rollout of 0.2.0");
      expect(stderr).toContain("To go on: ");
      expect(stderr).not.toContain("nothing was changed");
      expect(code).toBe(1);
    },
  );

  test("before anything is done says that nothing was changed", async () => {
    runningKubectl(fakes, "https://127.0.0.1:6443", live);
    fake(fakes, "kubectl", `cd "${fakes}"; echo "$*" >> calls; exec sleep 30`);
    const child = startAlone(root, { PATH: fakes }, "abort");
    await expect.poll(() => readCalls(), { timeout: 20_000 }).toContain("config view");
    child.kill("SIGINT");
    expect((await child.ended).stderr).toContain("interrupted: nothing was changed");
  });
});

function readCalls(): string {
  const file = path.join(fakes, "calls");
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}
