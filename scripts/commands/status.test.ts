import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { runAlone } from "../testing/processes.ts";
import { fake, kubeconfig, runningKubectl } from "../testing/stand-ins.ts";
import { deployment, replicaSet, rollout } from "../testing/workloads.ts";
import { addApp, copyWithApps, temporaryDirectory } from "../testing/workspace.ts";

const root = copyWithApps("web");
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
    const { apps, orphans } = JSON.parse((await run({}, "--json", "ci")).stdout);
    const [row, ...more] = apps;
    expect(orphans).toEqual([]);
    expect(more).toEqual([]);
    expect(row.live).toMatchObject({ stable: "0.0.8", next: "0.0.9", state: "paused", step: "1/4, 20 %" });
  });
});

describe("of several apps", () => {
  const several = copyWithApps("cart", "web");
  addApp(several, "news", "environments: { ci: false }");
  addApp(several, "shop", 'environments: { ci: { strategy: "rolling", owner: "argocd" } }');
  const git = "https://github.com/example/k8s-observable-rollouts.git";

  const healthy = (app: string, version: string) => {
    return rollout({ app, version, status: { stableRS: "new", currentPodHash: "new", phase: "Healthy" } });
  };
  const status = { stableRS: "old", currentPodHash: "new", phase: "Paused", message: "CanaryPauseStep" };
  const cart = rollout({ app: "cart", version: "0.2.0", status: { ...status, currentStepIndex: 1 } });
  const others = [
    replicaSet("Rollout", "new", "0.1.0", 1),
    replicaSet("Rollout", "old", "0.1.0", 1, "cart"),
    replicaSet("Rollout", "new", "0.2.0", 2, "cart"),
  ];
  const runOf = (...args: string[]) => runAlone(several, { PATH: fakes }, "status", ...args);

  test("is a matrix of apps and environments, and below it the apps that are not simply healthy", async () => {
    runningKubectl(fakes, "https://127.0.0.1:1", { rollouts: [healthy("web", "0.1.0"), cart], others });
    const { code, stdout, stderr } = await runOf();
    const cells = (line: string) => line.trim().split(/ {2,}/);
    const [head = "", defaults = "", ...lines] = stdout.split("\n");
    expect(cells(head)).toEqual(["app", "ci", "dev", "prod", "staging"]);
    expect(cells(defaults)[0]).toBe("canary, helmfile");
    expect(lines.slice(0, 4).map((line) => cells(line).slice(0, 3))).toEqual([
      ["cart", "0.1.0 !", "0.1.0"],
      ["news", "-", "0.1.0"],
      ["shop", "0.1.0 (rolling, argocd)", "0.1.0"],
      ["web", "0.1.0 +", "0.1.0"],
    ]);
    expect(stdout).toContain("ci: 1 app is healthy at the version of the working tree\n");
    expect(stdout).toContain("ci: 1 app not running: shop\n");
    expect(stdout).toMatch(
      /^cart {2}0\.1\.0 -> 0\.2\.0 {2}1\/4, 20 % {2}Paused {2}CanaryPauseStep; the cluster has 0\.2\.0, the working tree 0\.1\.0$/m,
    );
    expect(stdout).not.toMatch(/^web {2}0\.1\.0 {2}-/m);
    expect(stderr).toContain("context test: 2 apps of ci");
    expect(code).toBe(0);
    const calls = readFileSync(path.join(fakes, "calls"), "utf8").split("\n").filter(Boolean);
    // Five, three more to find out why an app is not healthy, and one for what is left over.
    expect(calls.length).toBeLessThanOrEqual(9);
  });

  test("is of one environment, one app, or a program's", async () => {
    runningKubectl(fakes, "https://127.0.0.1:1", { rollouts: [healthy("web", "0.1.0"), cart], others });
    expect((await runOf("dev")).stdout).toMatch(/^app +dev\n/);
    const one = await runOf("--app", "cart");
    expect(one.stdout).toMatch(/^ci +0\.1\.0 +canary +helmfile +0\.1\.0 -> 0\.2\.0 +1\/4, 20 % +Paused$/m);
    expect(one.stdout).not.toContain("web");
    const { apps } = JSON.parse((await runOf("--json")).stdout);
    expect(apps).toHaveLength(15);
    expect(apps).toContainEqual(
      expect.objectContaining({ app: "shop", environment: "ci", departs: ["strategy", "owner"] }),
    );
    expect((await runOf("--app", "cort")).stderr).toContain('did you mean "cart"?');
  });

  test("names the canary Ingress that a change of strategy has left behind, and what removes it", async () => {
    const routed = (app: string, canary: object) => {
      const one = healthy(app, "0.1.0");
      return { ...one, spec: { ...one.spec, strategy: { canary } } };
    };
    const ingress = (app: string) => ({
      kind: "ingresses", // as kubectl is asked for them
      metadata: {
        name: `${app}-${app}-canary`,
        namespace: app,
        ownerReferences: [{ apiVersion: "argoproj.io/v1alpha1", kind: "Rollout", name: app }],
      },
    });
    runningKubectl(fakes, "https://127.0.0.1:1", {
      rollouts: [routed("web", {}), routed("cart", { steps: [{}], trafficRouting: { nginx: {} } })],
      others,
      objects: [ingress("web"), ingress("cart")],
    });
    const command = "kubectl delete ingress web-web-canary -n web";
    const { stdout } = await runOf("--app", "web");
    expect(stdout).toContain(`ci: Ingress web-web-canary is left over from a canary and leads nowhere: ${command}\n`);
    expect((await runOf("--app", "cart")).stdout).not.toContain("left over");
  });

  test("names what has left the facts and still runs, or is still Argo CD's", async () => {
    const application = (name: string, file: string, repoURL = git) => ({
      metadata: { name, namespace: "argocd" },
      spec: { source: { repoURL, helm: { valueFiles: [file] } }, destination: { namespace: name } },
    });
    runningKubectl(fakes, "https://127.0.0.1:1", {
      rollouts: [healthy("web", "0.1.0"), healthy("old-shop", "1.2.0")],
      others: [
        ...others,
        replicaSet("Rollout", "new", "1.2.0", 1, "old-shop"),
        deployment({ app: "news", version: "0.9.0" }),
        // Somebody else's, without the label.
        { ...deployment({ app: "grafana", version: "1" }), metadata: { name: "grafana", namespace: "web" } },
      ],
      applications: [
        application("old-cart", "../../generated/ci/old-cart.yaml"),
        application("web", "../../generated/ci/web.yaml"),
        application("foreign", "../../generated/ci/foreign.yaml", "https://github.com/example/other.git"),
      ],
    });
    const { stdout } = await runOf();
    const orphans = stdout.split("\n").filter((line) => line.includes("left the facts"));
    expect(orphans).toEqual([
      "old-shop in namespace old-shop: left the facts, still runs 1.2.0; npm run down -- ci --app old-shop takes it away",
      "news in namespace news: left the facts, still runs 0.9.0; npm run down -- ci --app news takes it away",
      "old-cart in namespace old-cart: left the facts, Argo CD has Application argocd/old-cart; npm run down -- ci --app old-cart takes it away",
    ]);
    expect(JSON.parse((await runOf("--json")).stdout).orphans).toHaveLength(3);
  });
});

describe("of an app with a chart of its own", () => {
  const mixed = copyWithApps("web");
  addApp(
    mixed,
    "legacy",
    'chart: { from: "here", path: "./legacy", name: "legacy", strategies: ["rolling"], kinds: [] }',
  );
  appendFileSync(path.join(mixed, "values-src/apps/legacy.ts"), "export const values = () => ({});\n");
  const runOf = (...args: string[]) => runAlone(mixed, { PATH: fakes }, "status", ...args);
  const web = rollout({ version: "0.1.0", status: { stableRS: "new", currentPodHash: "new", phase: "Healthy" } });

  const set = replicaSet("Rollout", "new", "0.1.0", 1);

  test("that has no workload of its name, what runs is not known", async () => {
    runningKubectl(fakes, "https://127.0.0.1:1", { rollout: web, others: [set] });
    const { stdout } = await runOf();
    expect(stdout).toMatch(/^ci: 1 app not known, .*: legacy$/m);
    expect(stdout).not.toContain("not running");
    const one = await runOf("--app", "legacy");
    expect(one.stderr).toContain("no legacy in namespace legacy (a workload of a chart of its own is found by");
  });

  test("no version is compared that its pods do not tell", async () => {
    const legacy = deployment({ app: "legacy", version: "", status: { updatedReplicas: 2, availableReplicas: 2 } });
    legacy.spec.template = {};
    runningKubectl(fakes, "https://127.0.0.1:1", { rollout: web, others: [set, legacy] });
    const { stdout, stderr } = await runOf();
    expect(stdout).toContain("ci: 1 app healthy, of a version that the pods do not tell: legacy\n");
    expect(stdout).not.toContain("the cluster has");
    expect(stderr).toContain("context test: 2 apps of ci");
    runningKubectl(fakes, "https://127.0.0.1:1", { others: [legacy] });
    expect((await runOf()).stderr).toContain("context test: an environment that is not known, released by helmfile");
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
