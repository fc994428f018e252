import { existsSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { findOnPath } from "../outside/find-tool.ts";
import { ask } from "../outside/run.ts";
import { runAlone, startAlone } from "../testing/processes.ts";
import { afterPatch, fake, runningKubectl, type StandIn, uid } from "../testing/stand-ins.ts";
import { replicaSet, rollout, routed } from "../testing/workloads.ts";
import { copyWithApps, edit, temporaryDirectory } from "../testing/workspace.ts";

const other = "0c1f0e8e-5d5b-4a53-9e0c-2f1a3b4c5d6e";
const clustersFile = "values-src/environments/clusters.json";
const sets = [replicaSet("Rollout", "old", "0.1.0", 1), replicaSet("Rollout", "new", "0.2.0", 2)];
const going = { stableRS: "old", currentPodHash: "new", phase: "Paused", currentStepIndex: 1 };
const aborted = rollout({
  version: "0.2.0",
  status: { ...going, abort: true, abortedAt: "2026-01-01T00:00:00Z", phase: "Degraded", canary: routed(0) },
});
const live = { rollout: rollout({ version: "0.2.0", status: going }), others: sets };
/** A cluster whose app does well. */
function serving(environment: string): StandIn {
  const status = { stableRS: "new", currentPodHash: "new", phase: "Healthy" };
  return {
    rollout: rollout({ environment, version: "0.1.0", status }),
    others: [replicaSet("Rollout", "new", "0.1.0", 2)],
  };
}

let root: string;
let fakes: string;

beforeEach(() => {
  root = copyWithApps("web");
  fakes = temporaryDirectory();
  fake(fakes, "helm", `case "$*" in version*) echo v4.3.1;; plugin*) echo "diff 3.15.11";; *list*) echo '[]';; esac`);
  fake(fakes, "helmfile", `[ "$1" = --version ] && echo 1.8.0 || echo "helmfile is told: $*"`);
  afterPatch(fakes, aborted);
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
      expect(stderr).toContain("runs web of ci, not of dev");
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

test("every problem of clusters.json is told, with its line, before any cluster is changed", async () => {
  edit(root, {
    [clustersFile]: `{\n  "prdo": ["${other}"],\n  "prod": ["${uid}"],\n  "staging": ["${uid}", "x"]\n}\n`,
  });
  const { code, stdout, stderr } = await run(live, "down", "prod", "--yes");
  expect(stderr).toContain(`${clustersFile}:2:3`);
  expect(stderr).toContain('there is no environment "prdo", did you mean "prod"?');
  expect(stderr).toContain(`${clustersFile}:4:3`);
  expect(stderr).toContain("must be a list of UIDs");
  expect(stdout).not.toContain("is told");
  expect(code).toBe(1);
  edit(root, { [clustersFile]: `{\n  "prod": ["${uid}"],\n  "staging": ["${uid}"]\n}\n` });
  expect((await run(live, "down", "prod", "--yes")).stderr).toContain(`which is prod's: a cluster has one environment`);
});

test("an environment may have several clusters", async () => {
  edit(root, { [clustersFile]: `{ "prod": ["${other}", "${uid}"] }\n` });
  for (const one of [uid, other])
    expect((await run({ ...live, uid: one }, "guard", "prod", "--command=apply", "--context=test")).code).toBe(0);
});

test("dry-run --prepare creates nothing in a far cluster where nobody can be asked, nor in another environment's", async () => {
  const rendered = "apiVersion: v1\\nkind: ConfigMap\\nmetadata:\\n  name: a\\n  namespace: new\\n";
  fake(fakes, "helmfile", `[ "$1" = --version ] && echo 1.8.0 || printf '${rendered}'`);
  const far = { ...live, server: "https://prod.example.com" };
  const asked = await run(far, "dry-run", "ci", "--prepare");
  expect(asked.stderr).toContain("would create 1 namespace in context test (https://prod.example.com)");
  edit(root, { [clustersFile]: `{ "prod": ["${uid}"] }\n` });
  expect((await run(far, "dry-run", "ci", "--prepare", "--yes")).stderr).toContain("is prod's cluster, not ci's");
  expect(readCalls()).not.toMatch(/ (apply|create) (?!.*--dry-run)/);
});

test("a context that leads to another cluster by the time of the answer is left alone", (context) => {
  const script = findOnPath("script", process.env.PATH);
  if (!script) return context.skip("script, which gives a command a terminal, is not on PATH");
  runningKubectl(fakes, "https://prod.example.com", live);
  // From the second look on, the context leads elsewhere.
  const changes = `case "$*" in *" namespaces kube-system") [ -e looked ] && sed -i s/${uid}/${other}/ kubectl-before; touch looked;; esac`;
  renameSync(path.join(fakes, "kubectl"), path.join(fakes, "kubectl-before"));
  fake(fakes, "kubectl", `cd "${fakes}"; ${changes}; exec ./kubectl-before "$@"`);
  const command = `"${process.execPath}" "${path.join(root, "scripts/cli.ts")}" down ci`;
  const env = { HOME: root, PATH: `${fakes}:/usr/bin:/bin`, CI: "" };
  const { stdout } = ask(script, ["-qec", command, "/dev/null"], { cwd: root, env, input: "y\n" });
  expect(stdout).toContain("in context test (https://prod.example.com)? [y/N]");
  expect(stdout).toContain("now leads to another cluster");
  expect(stdout).not.toContain("is told");
});

describe("a kubeconfig, with the real kubectl", () => {
  const user = {
    exec: { apiVersion: "client.authentication.k8s.io/v1", command: "no-such-login", interactiveMode: "Never" },
  };
  const entries = {
    clusters: [{ name: "c", cluster: { server: "https://127.0.0.1:1" } }],
    users: [{ name: "u", user }],
  };
  const contexts = [{ name: "far", context: { cluster: "c", user: "u" } }];
  const config = { apiVersion: "v1", kind: "Config" };
  test.for([
    [
      "of several files, whose credentials are a command that is missing",
      [
        { ...config, "current-context": "far" },
        { ...config, ...entries, contexts },
      ],
      "context far signs in with the command no-such-login, which is not on PATH",
    ],
    ["without a current context", [{ ...config, ...entries, contexts }], "kubectl config use-context NAME chooses one"],
    [
      "whose current context is gone",
      [{ ...config, "current-context": "gone", ...entries, contexts }],
      "there is no such context",
    ],
  ] as const)("%s", async ([, files, message], context) => {
    const kubectl = findOnPath("kubectl", process.env.PATH);
    if (!kubectl) return context.skip("kubectl is not on PATH");
    symlinkSync(kubectl, path.join(fakes, "kubectl"));
    const names = files.map((file, index) => {
      writeFileSync(path.join(fakes, `config-${index}`), JSON.stringify(file));
      return path.join(fakes, `config-${index}`);
    });
    const { code, stderr } = await runAlone(root, { PATH: fakes, KUBECONFIG: names.join(":") }, "abort", "ci");
    expect(stderr).toContain(message);
    expect(code).toBe(1);
  });
});

test("the first up of a far cluster writes down whose it is", async () => {
  const cluster = { ...serving("prod"), server: "https://prod.example.com" };
  const { stdout } = await run(cluster, "up", "prod", "--yes");
  expect(stdout).toContain(`wrote ${clustersFile}\nwrote generated/prod/environment.yaml\n`);
  expect((await run(cluster, "up", "dev", "--yes")).stderr).toContain("is prod's cluster, not dev's");
});

test("a cluster on this machine that was made anew works without ceremony", async () => {
  expect((await run(serving("dev"), "up")).stdout).toContain(
    "helmfile is told: --kube-context test --environment dev apply",
  );
  const anew = { ...serving("dev"), uid: other };
  expect((await run(anew, "up")).stdout).toContain("helmfile is told: --kube-context test --environment dev apply");
});

test.for([
  [["up", "dev", "--strat", "kind"], '--strat\n  there is no such option, did you mean "--start"?'],
  [["up", "dve"], 'there is no environment "dve", did you mean "dev"?'],
  [["abrot"], 'there is no command "abrot", did you mean "abort"?'],
  [["udno"], 'there is no command "udno", did you mean "undo"?'],
  [["up", "--env", "dev"], "name the environment alone, npm run up -- ENV"],
  [["up", "dev", "--start"], "needs a value: --start NAME"],
  [["abort", "--app", "wbe"], 'there is no app "wbe", did you mean "web"?'],
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
      renameSync(path.join(fakes, "kubectl"), path.join(fakes, "kubectl-at-once"));
      const wait = `echo "$*" >> "${fakes}/calls"; while [ ! -e "${fakes}/go-on" ]; do sleep 0.05; done`;
      fake(fakes, "kubectl", `case "$*" in *" patch "*) ${wait};; esac; exec "${fakes}/kubectl-at-once" "$@"`);
      const child = startAlone(root, { PATH: fakes }, "abort");
      await expect.poll(() => readCalls(), { timeout: 20_000 }).toContain("patch rollouts.argoproj.io web");
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
