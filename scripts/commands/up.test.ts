import { writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { runAlone } from "../testing/processes.ts";
import { failingKubectl, fake, runningKubectl } from "../testing/stand-ins.ts";
import { replicaSet, rollout, routed } from "../testing/workloads.ts";
import { copyWithApps, temporaryDirectory } from "../testing/workspace.ts";

const served = { stableRS: "new", currentPodHash: "new", phase: "Healthy" };

/** A cluster that runs the apps, each at 0.1.0. */
function runs(environment: string, ...apps: string[]) {
  const rollouts = apps.map((app) => rollout({ app, environment, version: "0.1.0", status: served }));
  return { rollouts, others: apps.map((app) => replicaSet("Rollout", "new", "0.1.0", 2, app)) };
}

const refused = "The connection to the server 127.0.0.1:9 was refused - did you specify the right host or port?";
let root: string;
let fakes: string;

beforeAll(() => {
  root = copyWithApps("web");
});

beforeEach(() => {
  fakes = temporaryDirectory();
});

function run(command: string, ...args: string[]) {
  return runAlone(root, { PATH: fakes, CI: "" }, command, ...args);
}

/** Helm with its plugin and Helmfile, which note how they are called. */
function fakeHelmfile(): void {
  const pending = '[{"name":"traefik","namespace":"traefik","revision":"2","status":"pending-upgrade"}]';
  fake(
    fakes,
    "helm",
    `case "$*" in version*) echo v4.3.1;; plugin*) echo "diff 3.15.11";; *list*) [ -e "${fakes}/pending" ] && echo '${pending}' || echo '[]';; esac`,
  );
  fake(fakes, "helmfile", `[ "$1" = --version ] && echo 1.8.0 || echo "helmfile is told: $*"`);
}

describe("without a cluster", () => {
  test("says how to start one, and does the main job", async () => {
    failingKubectl(fakes, "https://127.0.0.1:9", refused);
    const { code, stdout, stderr } = await run("up");
    expect(stderr).toContain(refused);
    expect(stderr).toMatch(/npm run up -- dev --start kind +# kind create cluster/);
    expect(stdout).toContain("in generated/dev/, generated and validated");
    expect(stdout).toContain("npm run tools");
    expect(code).toBe(0);
  });

  test("starts one where it is told to", async () => {
    failingKubectl(fakes, "https://127.0.0.1:9", refused);
    fake(fakes, "kind", 'echo "kind is told: $*"');
    const { stdout } = await run("up", "--start", "kind");
    expect(stdout).toContain("kind is told: create cluster --name rollouts");
    const missing = await run("up", "--start", "minikube");
    expect(missing.stderr).toContain("minikube\n  is not on PATH: install it");
    expect(missing.code).toBe(1);
    expect((await run("up", "--start", "knid")).stderr).toContain(
      'no starter "knid", did you mean "kind"? Known: kind, minikube.',
    );
  });

  test("fails when a program runs it", async () => {
    failingKubectl(fakes, "https://127.0.0.1:9", refused);
    expect((await run("up", "--yes")).code).toBe(1);
  });

  test("has nothing to take down", async () => {
    failingKubectl(fakes, "https://127.0.0.1:9", refused);
    expect(await run("down", "--yes")).toMatchObject({ code: 1, stderr: expect.stringContaining(refused) });
  });
});

describe("with a cluster", () => {
  test("names all that is in the way at once", async () => {
    const namespaces = [{ metadata: { name: "monitoring" }, status: { phase: "Terminating" } }];
    runningKubectl(fakes, "https://127.0.0.1:6443", { others: [], context: "kind-x", namespaces });
    fake(fakes, "docker", 'echo "Cannot connect to the Docker daemon at unix:///var/run/docker.sock." >&2; exit 1');
    fakeHelmfile();
    writeFileSync(path.join(fakes, "pending"), "");
    const { code, stderr } = await run("up");
    expect(stderr).toContain("Cannot connect to the Docker daemon");
    expect(stderr).toMatch(/^kind\n {2}is not on PATH/m);
    expect(stderr).toContain("kubectl wait --for=delete namespace/monitoring");
    expect(stderr).toContain("helm rollback traefik --namespace traefik");
    expect(stderr).toContain("4 problems");
    expect(code).toBe(1);
  });

  test.for([
    [
      'echo "Error: list: failed to list: secrets is forbidden: User \\"bob\\" cannot list resource" >&2; exit 1',
      "secrets is forbidden: User .*\n {2}Helm keeps its releases in Secrets: ask for the permission",
    ],
    ["echo this is no Helm", "printed what is no JSON: this is no Helm"],
  ])("says what is wrong where `helm list` answers: %s", async ([answer, says]) => {
    runningKubectl(fakes, "https://127.0.0.1:6443", runs("ci", "web"));
    fakeHelmfile();
    fake(fakes, "helm", `case "$*" in version*) echo v4.3.1;; plugin*) echo "diff 3.15.11";; *list*) ${answer};; esac`);
    const { code, stderr } = await run("up", "ci");
    expect(stderr).toMatch(new RegExp(`^helm list\\n {2}.*${says}`));
    expect(stderr).not.toMatch(/\n {4}at /);
    expect(code).toBe(1);
  });

  test("releases to the context that it has looked at, and says what is where", async () => {
    runningKubectl(fakes, "https://127.0.0.1:6443", runs("ci", "web"));
    fakeHelmfile();
    const { code, stdout } = await run("up", "ci");
    expect(stdout).toContain("helmfile is told: --kube-context test --environment ci apply");
    expect(stdout).toContain("must have example/web:");
    expect(stdout).toMatch(/^helmfile apply: done after \d+ s$/m);
    expect(stdout).toContain("\nweb: 0.1.0 serves\n");
    expect(stdout).toContain("What to try:");
    expect(code).toBe(0);
  });

  test("is not done while an app is Degraded, and says why", async () => {
    const status = {
      stableRS: "old",
      currentPodHash: "new",
      phase: "Degraded",
      message: "timed out",
      abort: true,
      abortedAt: "2026-01-01T00:00:00Z",
    };
    const waiting = { reason: "ErrImagePull", message: "not found" };
    const pod = {
      kind: "pods",
      metadata: { name: "web-new-1", namespace: "web", labels: { "rollouts-pod-template-hash": "new" } },
      status: { containerStatuses: [{ name: "app", image: "example/web:0.2.0", state: { waiting } }] },
    };
    const others = [replicaSet("Rollout", "old", "0.1.0", 1), replicaSet("Rollout", "new", "0.2.0", 2)];
    const app = { rollout: rollout({ version: "0.2.0", status }), others, objects: [pod] };
    runningKubectl(fakes, "https://127.0.0.1:6443", app);
    fakeHelmfile();
    const { code, stdout, stderr } = await run("up", "ci");
    expect(stderr).toContain("web\n  is released, and does not serve as it should: 0.2.0 is Degraded, timed out\n");
    expect(stderr).toContain("image example/web:0.2.0 cannot be pulled: not found");
    expect(stderr).toContain("npm run rollback -- ci --app web");
    expect(stdout).not.toContain("What to try:");
    expect(code).toBe(1);
  });

  test("says how far a rollout is that goes through its steps", async () => {
    const status = { stableRS: "old", currentPodHash: "new", phase: "Paused", currentStepIndex: 1, canary: routed(20) };
    const fresh = replicaSet("Rollout", "new", "0.2.0", 2);
    const others = [replicaSet("Rollout", "old", "0.1.0", 1), { ...fresh, status: { availableReplicas: 1 } }];
    runningKubectl(fakes, "https://127.0.0.1:6443", { rollout: rollout({ version: "0.2.0", status }), others });
    fakeHelmfile();
    expect((await run("up", "ci")).stdout).toContain("\nweb: 0.2.0 is rolled out (1/4, 20 %), 0.1.0 serves\n");
  });

  test("releases several apps, provides each image once, and says what to try with one of them", async () => {
    const several = copyWithApps("shop", "web");
    runningKubectl(fakes, "https://127.0.0.1:6443", runs("ci", "shop", "web"));
    fakeHelmfile();
    const { code, stdout } = await runAlone(several, { PATH: fakes, CI: "" }, "up", "ci");
    expect(stdout.match(/must have example\/(shop|web):0\.1\.0/g)).toHaveLength(2);
    expect(stdout.match(/What to try/g)).toHaveLength(1);
    expect(stdout).toContain("What to try, here with shop, one of 2 apps:");
    expect(stdout).toMatch(/npm run promote -- --tag 0\.2\.0 ci --app shop +# asks/);
    expect(code).toBe(0);
  });

  test("looks at the apps' namespaces too, before it releases and after it has taken away", async () => {
    const namespaces = [{ metadata: { name: "web" }, status: { phase: "Terminating" } }];
    runningKubectl(fakes, "https://127.0.0.1:6443", { others: [], namespaces });
    fakeHelmfile();
    expect((await run("up", "ci")).stderr).toContain("kubectl wait --for=delete namespace/web");
    expect((await run("down", "ci", "--yes")).stdout).toContain("kubectl delete namespace web");
  });

  test("that is not local, does nothing unasked", async () => {
    runningKubectl(fakes, "https://prod.example.com", runs("dev", "web"));
    fakeHelmfile();
    const { code, stdout, stderr } = await run("up", "dev");
    expect(stderr).toContain("would release dev in context test (https://prod.example.com)");
    expect(stdout).not.toContain("is told");
    expect(code).toBe(1);
    expect((await run("up", "dev", "--yes")).stdout).toContain("is told");
  });

  test("whose credentials have expired, says so with what else is missing", async () => {
    failingKubectl(fakes, "https://prod.example.com", "error: You must be logged in to the server (Unauthorized)");
    const { code, stderr } = await run("up");
    expect(stderr).toContain("sign in again");
    expect(stderr).toContain("helmfile (>=1.8 <2)");
    expect(code).toBe(1);
  });

  test("down asks, also where it is local, and names what it leaves", async () => {
    runningKubectl(fakes, "https://127.0.0.1:6443", { others: [] });
    fakeHelmfile();
    const unasked = await run("down");
    expect(unasked).toMatchObject({ code: 1, stderr: expect.stringContaining("repeat it with --yes") });
    expect(unasked.stdout).not.toContain("is told");
    const { code, stdout } = await run("down", "--yes");
    expect(stdout).toContain("helmfile is told: --kube-context test --environment dev destroy");
    expect(stdout).toContain("Nothing is left.");
    expect(code).toBe(0);
  });
});

test.for(["up", "down"])("%s rejects an environment that there is not", async (command) => {
  const { code, stderr } = await run(command, "dve");
  expect(stderr).toContain('there is no environment "dve"');
  expect(code).toBe(1);
});
