import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import path from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import type { RenderedObject } from "../operations/handover/app-objects.ts";
import { runAlone } from "../testing/processes.ts";
import { fake, runningKubectl } from "../testing/stand-ins.ts";
import { replicaSet, rollout } from "../testing/workloads.ts";
import { addApp, copyWithApps, temporaryDirectory } from "../testing/workspace.ts";

// What a handover does to a cluster is tested on one: scripts/testing/e2e/handover.test.ts.
const root = copyWithApps("web");
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
  expect(stderr).toMatch(/values-src\/environments\/ci\.ts:\d+:1\n {2}in ci, web belongs to helmfile, as every app/);
  expect(stderr).toContain('in values-src/apps/web.ts:\n    environments: { ci: { owner: "argocd" } }');
  expect(stderr).toContain("git push");
  expect(code).toBe(1);
});

test("names the app's departure, where the owner is said there", async () => {
  const departed = copyWithApps("web");
  addApp(departed, "web", 'environments: { ci: { owner: "argocd" } }');
  const { stderr } = await runAlone(departed, { PATH: fakes }, "handover", "ci", "--to", "helmfile");
  expect(stderr).toMatch(/^values-src\/apps\/web\.ts:1:1\n {2}in ci, web belongs to argocd\. Change that first/m);
  expect(stderr).toContain("npm run handover -- ci --to helmfile --app web");
});

describe("of one of two apps", () => {
  const two = copyWithApps("shop", "web");
  addApp(two, "web", 'environments: { ci: { owner: "argocd" } }');
  const project = (name: string, note = "") => yaml("AppProject", name, note);
  const application = (name: string) => yaml("Application", name);
  const yaml = (kind: string, name: string, note = "") =>
    `---\nkind: ${kind}\nmetadata:\n  name: ${name}\n  namespace: argocd\nspec: { description: "${note}" }\n`;

  /** What Helm has released of argocd-apps, and what Helmfile would release. */
  function shared(released: string, rendered: string): void {
    writeFileSync(path.join(fakes, "released"), released);
    writeFileSync(path.join(fakes, "rendered"), rendered);
    const helm = `case "$*" in version*) echo v4.3.1;; *list*) echo '[]';; *"manifest argocd-apps"*) cat "${fakes}/released";; *) echo "release: not found" >&2; exit 1;; esac`;
    fake(fakes, "helm", helm);
    const template = `case "$*" in *name=argocd-apps*) cat "${fakes}/rendered";; *) printf -- '---\nkind: Service\nmetadata:\n  name: web\n';; esac`;
    fake(
      fakes,
      "helmfile",
      `[ "$1" = --version ] && echo 1.8.0 && exit; echo "helmfile $*" >> "${fakes}/calls"; ${template}`,
    );
  }

  const handOver = (...args: string[]) => runAlone(two, { PATH: fakes }, "handover", "ci", ...args);
  const calls = () => readFileSync(path.join(fakes, "calls"), "utf8");

  test("changes nothing where the release would change the other too, and names what", async () => {
    cluster("done");
    const released = project("shop", "old") + project("web");
    shared(released, project("shop", "new") + application("shop") + project("web") + application("web"));
    const { code, stderr } = await handOver("--app", "web");
    expect(stderr).toContain("release argocd-apps (ci)");
    expect(stderr).toContain("AppProject shop: differs\n");
    expect(stderr).toContain("Application shop: new\n");
    expect(stderr).not.toContain("Application web");
    expect(stderr).toContain("helmfile -e ci -l name=argocd-apps apply");
    // But for the Lease, which is gone again.
    expect(calls()).not.toMatch(/ (apply|annotate|delete|patch) (?!leases)| sync/);
    expect(calls()).toContain(" delete leases.coordination.k8s.io handover-web ");
    expect(code).toBe(1);
  });

  test("puts only its own Application and project into the cluster", async () => {
    cluster("done");
    const released = project("shop") + project("web");
    shared(released, project("shop") + project("web") + application("web"));
    const { stdout } = await handOver("--app", "web");
    expect(stdout).toContain("1/7  an Application that may not act yet\n     created");
    const applied = JSON.parse(readFileSync(path.join(fakes, "applied"), "utf8")) as { items: RenderedObject[] };
    expect(applied.items.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      "AppProject web",
      "Application web",
    ]);
  });

  test("has to be named", async () => {
    expect((await handOver()).stderr).toContain("--app\n  is missing: one of shop, web");
  });
});

describe("beside another handover of the same app", () => {
  const lease = (holderIdentity: string, secondsAgo: number) => {
    const renewTime = new Date(Date.now() - 1000 * secondsAgo).toISOString();
    return {
      kind: "leases.coordination.k8s.io",
      metadata: { name: "handover-web", annotations: { "k8s-observable-rollouts/handover-to": "argocd" } },
      spec: { holderIdentity, acquireTime: renewTime, renewTime, leaseDurationSeconds: 30 },
    };
  };

  /** Creating fails as the cluster says. */
  function refuseCreate(said: string): void {
    renameSync(path.join(fakes, "kubectl"), path.join(fakes, "kubectl-else"));
    fake(
      fakes,
      "kubectl",
      `case "$*" in *" create "*) echo '${said}' >&2; exit 1;; esac; exec "${fakes}/kubectl-else" "$@"`,
    );
  }

  const exists = 'Error from server (AlreadyExists): leases.coordination.k8s.io "handover-web" already exists';
  const live = rollout({ version: "0.2.0", status: { stableRS: "new", currentPodHash: "new", phase: "Healthy" } });
  const runs = (objects: { kind: string }[]) =>
    runningKubectl(fakes, "https://127.0.0.1:6443", { rollout: live, others: sets, objects });
  const calls = () => readFileSync(path.join(fakes, "calls"), "utf8");

  test("says who is at it, and changes nothing", async () => {
    runs([lease("ann@elsewhere process 7", 5)]);
    refuseCreate(exists);
    const { code, stderr } = await handover("ci", "--to", "helmfile");
    expect(stderr).toMatch(
      /^lease handover-web\n {2}ann@elsewhere process 7 hands web over to argocd since .* last seen \d+ s ago/,
    );
    expect(calls()).not.toMatch(/ (apply|annotate|delete|patch|replace) /);
    expect(code).toBe(1);
  });

  test("goes on at once where that one was killed on this machine", async () => {
    const web = "printf -- '---\\nkind: Service\\nmetadata: { name: web }\\n'";
    fake(fakes, "helmfile", `case "$*" in --version) echo 1.8.0;; *name=argocd-apps*) ;; *) ${web};; esac`);
    runs([lease(`${userInfo().username}@${hostname()} process 999999999`, 5)]);
    refuseCreate(exists);
    const { stdout, stderr } = await handover("ci", "--to", "helmfile");
    expect(calls()).toContain(" replace --filename -");
    expect(stdout, stderr).toContain("1/5");
  });

  test("says which rights are missing", async () => {
    runs([]);
    refuseCreate(
      'Error from server (Forbidden): leases.coordination.k8s.io is forbidden: User "bob" cannot create resource',
    );
    const { code, stderr } = await handover("ci", "--to", "helmfile");
    expect(stderr).toContain(
      "It takes create, get, update, patch and delete of leases.coordination.k8s.io in namespace web",
    );
    expect(code).toBe(1);
  });
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
  expect(stderr).toContain("context test runs web of ci, not of dev");
  expect(code).toBe(1);
});

test("takes no app away whose release an interrupted Helm has left half-way", async () => {
  cluster("done");
  helm([
    { name: "web", status: "pending-install" },
    { name: "argocd-apps", status: "pending-upgrade" },
  ]);
  const { code, stderr } = await handover("ci", "--to", "helmfile");
  expect(stderr).toContain("selector owner=helm,name=web,status=pending-install");
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
