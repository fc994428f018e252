import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { runAlone } from "../testing/processes.ts";
import { fake, runningKubectl, type StandIn } from "../testing/stand-ins.ts";
import { deployment, replicaSet, rollout } from "../testing/workloads.ts";
import { copyWithApps, temporaryDirectory } from "../testing/workspace.ts";

const root = copyWithApps("web");
const repoURL = "https://github.com/example/k8s-observable-rollouts.git";
const labels = { "app.kubernetes.io/instance": "old-shop", "app.kubernetes.io/part-of": "k8s-observable-rollouts" };
const sets = [replicaSet("Rollout", "new", "1.2.0", 1, "old-shop")];
const status = { stableRS: "new", currentPodHash: "new", phase: "Healthy" };
const oldShop = rollout({ app: "old-shop", version: "1.2.0", status });
let fakes: string;

beforeEach(() => {
  fakes = temporaryDirectory();
  helm([]);
  fake(fakes, "helmfile", `[ "$1" = --version ] && echo 1.8.0 || echo "helmfile is told: $*"`);
});

/** A Helm with these releases, whose objects have the labels; it notes what it is told to change. */
function helm(releases: { name: string; namespace: string }[], marks: Record<string, string> = labels): void {
  const object = { apiVersion: "v1", kind: "Service", metadata: { name: "old-shop", labels: marks } };
  writeFileSync(path.join(fakes, "manifest"), `---\n${stringify(object)}`);
  const script = `cd "${fakes}"; case "$*" in
version*) echo v4.3.1;;
*" list "*) echo '${JSON.stringify(releases)}';;
*" get manifest "*) cat manifest;;
*) echo "helm $*" >> calls;;
esac`;
  fake(fakes, "helm", script);
}

async function down(cluster: StandIn, ...args: string[]) {
  runningKubectl(fakes, "https://127.0.0.1:6443", cluster);
  return await runAlone(root, { PATH: fakes, CI: "" }, "down", "ci", ...args);
}

function calls(): string[] {
  const file = path.join(fakes, "calls");
  return existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
}

/** What was changed, in its order. */
function changes(): string[] {
  return calls().filter((call) => /^helm | (delete|patch|annotate|apply) /.test(call));
}

function service(name: string, further: object = {}) {
  return { apiVersion: "v1", kind: "Service", metadata: { name, namespace: "old-shop", labels, ...further } };
}

function application(name: string, app = name) {
  const source = { repoURL, helm: { valueFiles: [`../../generated/ci/${app}.yaml`] } };
  return { metadata: { name, namespace: "argocd" }, spec: { source, destination: { namespace: app } } };
}

describe("one app", () => {
  test.for([
    ["echo 'Error: list: failed to list: secrets is forbidden' >&2; exit 1", "Helm keeps its releases in Secrets"],
    ["echo this is no Helm", "printed what is no JSON: this is no Helm"],
  ] as const)("changes nothing where `helm list` answers: %s", async ([answer, says]) => {
    fake(
      fakes,
      "helm",
      `case "$*" in version*) echo v4.3.1;; *" list "*) ${answer};; *) echo "helm $*" >> "${fakes}/calls";; esac`,
    );
    const { code, stderr } = await down({ rollout: oldShop, others: sets }, "--app", "old-shop", "--yes");
    expect(stderr).toContain(says);
    expect(stderr).not.toMatch(/\n {4}at /);
    expect(changes()).toEqual([]);
    expect(code).toBe(1);
  });

  test("is taken away after it has left the facts: Helm's release, and what is left", async () => {
    helm([{ name: "old-shop", namespace: "old-shop" }]);
    const owned = service("made-by-a-controller", { ownerReferences: [{ kind: "Rollout", name: "old-shop" }] });
    const cluster = { rollout: oldShop, others: sets, objects: [service("old-shop"), owned] };
    const asked = await down(cluster, "--app", "old-shop");
    expect(asked.stderr).toContain(
      "would take old-shop of ci away (Helm's release, 1 object in namespace old-shop) in context test",
    );
    expect(changes()).toEqual([]);
    const { code, stdout } = await down(cluster, "--app", "old-shop", "--yes");
    expect(changes()[0]).toBe("helm --kube-context test uninstall old-shop --namespace old-shop");
    const deleted = JSON.parse(readFileSync(path.join(fakes, "deleted"), "utf8")) as { items: { metadata: object }[] };
    expect(deleted.items.map(({ metadata }) => metadata)).toEqual([{ name: "old-shop", namespace: "old-shop" }]);
    expect(stdout).toContain("ci: old-shop was taken away");
    expect(stdout).toContain("kubectl delete namespace old-shop");
    expect(stdout).not.toContain("is told");
    expect(code).toBe(0);
  });

  test("of Argo CD loses its Application first, without Argo CD deleting anything", async () => {
    const annotations = { "argocd.argoproj.io/tracking-id": "old-shop:argoproj.io/Rollout:old-shop/old-shop" };
    const tracked = { ...oldShop, metadata: { ...oldShop.metadata, annotations } };
    const cluster = {
      rollout: tracked,
      others: sets,
      objects: [service("old-shop")],
      applications: [application("old-shop"), application("web")],
    };
    const { code, stdout } = await down(cluster, "--app", "old-shop", "--yes");
    const [unfinish = "", remove = "", objects = "", ...more] = changes();
    expect(unfinish).toContain("patch applications.argoproj.io old-shop --namespace argocd");
    expect(unfinish).toContain('"finalizers":null');
    expect(remove).toContain("delete applications.argoproj.io old-shop --namespace argocd");
    expect(objects).toContain("delete --ignore-not-found --wait=false --filename -");
    expect(more).toEqual([]);
    expect(stdout).toContain("Application old-shop, 1 object in namespace old-shop");
    expect(code).toBe(0);
  });

  test("of many clusters loses its ApplicationSet, then the Applications that it made", async () => {
    const { metadata, spec } = application("old-shop");
    const cluster = {
      others: [],
      applicationSets: [{ metadata, spec: { template: { spec } } }],
      applications: [application("old-shop-east", "old-shop"), application("old-shop-west", "old-shop")],
    };
    const { code, stderr } = await down(cluster, "--app", "old-shop", "--yes");
    expect(stderr).toBe("");
    const deleted = changes().filter((call) => call.includes(" delete "));
    expect(deleted[0]).toContain("delete applicationsets.argoproj.io old-shop --namespace argocd");
    expect(deleted[0]).toContain("--cascade=orphan");
    expect(deleted.slice(1).map((call) => /argoproj\.io (\S+)/.exec(call)?.[1])).toEqual([
      "old-shop-east",
      "old-shop-west",
    ]);
    expect(code).toBe(0);
  });

  test("of another cluster's Argo CD is left alone: it would be put back", async () => {
    const annotations = { "argocd.argoproj.io/tracking-id": "old-shop:argoproj.io/Rollout:old-shop/old-shop" };
    const tracked = { ...oldShop, metadata: { ...oldShop.metadata, annotations } };
    const cluster = { rollout: tracked, others: sets, objects: [service("old-shop")] };
    const { code, stderr } = await down(cluster, "--app", "old-shop", "--yes");
    expect(stderr).toContain("has no Application of it that reads generated/ci/old-shop.yaml");
    expect(changes()).toEqual([]);
    expect(code).toBe(1);
  });

  test("of the facts goes too, and what is needed to bring it back is told", async () => {
    helm([{ name: "web", namespace: "web" }]);
    const others = [replicaSet("Rollout", "new", "0.1.0", 1)];
    const { code, stdout } = await down(
      { rollout: rollout({ version: "0.1.0", status }), others },
      "--app",
      "web",
      "--yes",
    );
    expect(changes()).toEqual(["helm --kube-context test uninstall web --namespace web"]);
    expect(stdout).toContain("values-src/apps/web.ts is still there: helmfile -e ci sync brings it back");
    expect(code).toBe(0);
  });

  test("is not somebody else's release of the same name", async () => {
    helm([{ name: "grafana", namespace: "tools" }], {});
    const { code, stderr } = await down({ others: [] }, "--app", "grafana", "--yes");
    expect(stderr).toContain("has nothing of grafana, and values-src/apps/ has no grafana.ts");
    expect(changes()).toEqual([]);
    expect(code).toBe(1);
  });

  test("is one name, and nothing else that a selector understands", async () => {
    const { code, stderr } = await down({ others: [] }, "--app", "web,x!=y", "--yes");
    expect(stderr).toContain('"web,x!=y" is no name of an app');
    expect(code).toBe(1);
  });

  test("of another environment is not taken away", async () => {
    const foreign = deployment({ app: "old-shop", environment: "dev", version: "1.2.0" });
    const { code, stderr } = await down({ others: [foreign] }, "--app", "old-shop", "--yes");
    expect(stderr).toContain("runs old-shop of dev, not of ci: npm run down -- dev --app old-shop");
    expect(changes()).toEqual([]);
    expect(code).toBe(1);
  });
});
