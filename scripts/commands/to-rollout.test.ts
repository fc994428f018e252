import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { trackingId } from "../operations/handover/app-objects.ts";
import { ClusterStandIn, type Stored } from "../testing/cluster-stand-in.ts";
import { runAlone } from "../testing/processes.ts";
import { replicaSet } from "../testing/workloads.ts";
import { copyWithApps } from "../testing/workspace.ts";

// What a move does to requests is to be seen on a cluster; here is what the command asks of one.
const root = copyWithApps("web");
const values = path.join(root, "generated/ci/web.yaml");
const generated = readFileSync(values, "utf8");
const instance = { "app.kubernetes.io/instance": "web" };
let cluster: ClusterStandIn;
/** The app as a Deployment of seven pods that Helm has released; the chart has a Service meanwhile that it had not then. */
let before: unknown;
let calls: string[];

beforeAll(() => {
  cluster = new ClusterStandIn({ app: "web", env: "ci", root });
  cluster.workload = "Deployment";
  cluster.release("web");
  scaleDeployment(7);
  cluster.remove("Service", "web");
  before = cluster.save();
});

beforeEach(() => {
  cluster.restore(before);
  writeFileSync(values, generated);
  calls = [];
  cluster.meddle = (call) => {
    calls.push(call);
    return runRollout(call, {});
  };
});

afterAll(() => cluster.close());

function toRollout(...args: string[]) {
  const env = { PATH: cluster.directory, NODE_COMPILE_CACHE: path.join(root, ".tools/node") };
  return runAlone(root, env, "to-rollout", "ci", ...args);
}

function scaleDeployment(replicas: number): void {
  const deployment = cluster.get("Deployment", "web") as Stored;
  cluster.put({ ...deployment, spec: { ...deployment.spec, replicas } });
}

/** Argo Rollouts, which acts just before somebody looks: by default all pods are available at once. */
function runRollout(
  call: string,
  status: { phase?: string; stableRS?: string; availableReplicas?: number },
): undefined {
  const rollout = cluster.get("Rollout", "web");
  if (!rollout || !call.includes(" get ") || !call.includes(" rollouts.argoproj.io ")) return;
  putReplicaSet();
  const { replicas } = rollout.spec;
  const healthy = { phase: "Healthy", stableRS: "h", currentPodHash: "h", availableReplicas: replicas };
  cluster.put({ ...rollout, status: { observedGeneration: "2", ...healthy, ...status } });
}

function putReplicaSet(): void {
  const set = replicaSet("Rollout", "h", "0.1.0", 2) as unknown as Stored;
  cluster.put({ ...set, metadata: { ...set.metadata, labels: { ...set.metadata.labels, ...instance } } });
}

/** The Rollout does not come up: none of its pods gets its image. */
function failRollout(phase: string): void {
  // The command may ask for ReplicaSets before it asks for the Rollout: it then has to be there already.
  putReplicaSet();
  cluster.meddle = (call) => runRollout(call, { phase, stableRS: "", availableReplicas: 0 });
  const waiting = { reason: "ImagePullBackOff", message: "no such image" };
  cluster.put({
    kind: "Pod",
    metadata: { name: "web-h-1", namespace: "web", labels: { ...instance, "rollouts-pod-template-hash": "h" } },
    status: { containerStatuses: [{ name: "app", image: "example/web:0.1.0", state: { waiting } }] },
  });
}

/** The Deployment as it was, and a Rollout that Helm takes over, which deletes the Deployment. */
function expectMoved(where: string, replicas = 7): void {
  expect(cluster.get("Deployment", "web")?.spec.replicas, where).toBe(replicas);
  expect(cluster.get("Rollout", "web")?.spec.replicas, where).toBe(replicas);
  expect(() => cluster.release("web"), where).not.toThrow();
  expect(cluster.get("Deployment", "web"), where).toBeUndefined();
}

test("creates what the cluster lacks, the Rollout last and with the Deployment's pods, for Helm to take over", async () => {
  const account = cluster.get("ServiceAccount", "web");
  const { code, stdout, stderr } = await toRollout();
  expect(`${code} ${stderr}`).toBe("0 ");
  expect(cluster.changes).toEqual(["create Service web", "create Rollout web"]);
  expect(stdout).toContain("ci: the Rollout of web has 7 pods that are available; the next release takes it over");
  expect(stdout).toContain("kubectl -n web scale rollouts.argoproj.io web --replicas 1");
  expect(cluster.get("ServiceAccount", "web")).toEqual(account);
  for (const kind of ["Service", "Rollout"]) {
    const { labels, annotations } = cluster.get(kind, "web")?.metadata ?? {};
    expect(labels).toMatchObject({ "app.kubernetes.io/managed-by": "Helm" });
    expect(annotations).toMatchObject({
      "meta.helm.sh/release-name": "web",
      "meta.helm.sh/release-namespace": "web",
    });
  }
  expectMoved("moved");
});

test("killed after any change, a repeat ends right, with the version that is asked for by then", async () => {
  for (let at = 1; at <= 2; at++) {
    cluster.restore(before);
    writeFileSync(values, generated);
    cluster.killAt = at;
    expect((await toRollout()).code).toBe("SIGKILL");
    cluster.killAt = undefined;
    cluster.meddle = (call) => runRollout(call, {});
    writeFileSync(values, generated.replace("tag: 0.1.0", "tag: 0.2.0"));
    const { code, stdout, stderr } = await toRollout();
    expect(`${code} ${stderr}`).toBe("0 ");
    expect(stdout).toContain("0.2.0 instead of 0.1.0 gets all requests as soon as it is up, without steps");
    expect(JSON.stringify(cluster.get("Rollout", "web")?.spec.template)).toContain('"0.2.0"');
    expectMoved(`killed after change ${at}`);
  }
});

test("waits where the Rollout is there already, until it has as many pods", async () => {
  expect((await toRollout()).code).toBe(0);
  cluster.changes = [];
  let looks = 0;
  cluster.meddle = (call) => {
    if (call.includes(" rollouts.argoproj.io ")) looks++;
    return runRollout(call, looks < 2 ? { availableReplicas: 3 } : {});
  };
  const { code, stdout } = await toRollout("--app", "web");
  expect(stdout).toMatch(
    /web: everything is there already\nwaiting for web: 3 of 7 pods of its Rollout are available\n/,
  );
  expect(looks).toBe(2);
  expect(cluster.changes).toEqual([]);
  expect(code).toBe(0);
});

test("an app that runs as no Deployment costs one question, and stays as it is", async () => {
  cluster.remove("Deployment", "web");
  const { code, stdout } = await toRollout("--app", "web", "--context=", "--yes");
  expect(stdout).toBe("ci: web stays as it is: no Deployment is to become a Rollout\n");
  expect(calls.filter((call) => !call.startsWith("kubectl config "))).toEqual([
    expect.stringMatching(/^kubectl --context test .* get .* deployments\.apps web --namespace web$/),
  ]);
  expect(code).toBe(0);
});

test("a Deployment that the chart renders as one stays as it is", async () => {
  cluster.workload = "Deployment";
  const { code, stdout } = await toRollout();
  expect(stdout).toBe("ci: every app stays as it is: no Deployment is to become a Rollout\n");
  expect(cluster.changes).toEqual([]);
  expect(code).toBe(0);
});

test("so does one that the Rollout refers to", async () => {
  cluster.more = [{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" } }];
  expect((await toRollout()).stdout).toContain("no Deployment is to become a Rollout");
  expect(cluster.changes).toEqual([]);
});

test("Helm's hooks are left to Helm", async () => {
  const annotations = { "helm.sh/hook": "pre-upgrade" };
  cluster.more = [{ apiVersion: "batch/v1", kind: "Job", metadata: { name: "migrate", annotations } }];
  expect((await toRollout()).code).toBe(0);
  expect(cluster.changes).toEqual(["create Service web", "create Rollout web"]);
});

test("where Argo CD owns the app, its objects get no mark of Helm's, and nothing by which a sync would take pods away", async () => {
  const deployment = cluster.get("Deployment", "web") as Stored;
  const { annotations, ...metadata } = deployment.metadata;
  cluster.put({
    ...deployment,
    metadata: { ...metadata, annotations: { [trackingId]: "web:apps/Deployment:web/web" } },
  });
  const { code, stdout } = await toRollout();
  expect(stdout).toContain("commit and push: Argo CD takes it over");
  const created = cluster.get("Rollout", "web");
  expect(created?.spec.replicas).toBe(7);
  expect(Object.keys(created?.metadata.annotations ?? {})).toEqual(["rollout.argoproj.io/revision"]);
  expect(code).toBe(0);
});

test("a Rollout that Argo CD has synced is left to it", async () => {
  expect((await toRollout()).code).toBe(0);
  const rollout = cluster.get("Rollout", "web") as Stored;
  const annotations = { ...rollout.metadata.annotations, [trackingId]: "web:argoproj.io/Rollout:web/web" };
  cluster.put({ ...rollout, metadata: { ...rollout.metadata, annotations } });
  cluster.changes = [];
  writeFileSync(values, generated.replace("tag: 0.1.0", "tag: 0.2.0"));
  expect((await toRollout()).code).toBe(0);
  expect(cluster.changes).toEqual([]);
});

test("an HPA that scales the Deployment meanwhile scales the Rollout too", async () => {
  let looks = 0;
  cluster.meddle = (call) => {
    if (call.includes(" rollouts.argoproj.io ") && call.includes(" get ")) looks++;
    if (looks === 1) scaleDeployment(9);
    return runRollout(call, looks === 1 ? { availableReplicas: 6 } : {});
  };
  const { code, stdout } = await toRollout();
  expect(stdout).toContain("web: the Deployment has 9 pods by now, and so gets the Rollout");
  expect(stdout).toContain("has 9 pods that are available");
  expect(code).toBe(0);
  expectMoved("scaled", 9);
});

test("a Rollout that does not come up is told with its causes, and the Deployment stays", async () => {
  failRollout("Degraded");
  const deployment = cluster.get("Deployment", "web");
  const { code, stderr } = await toRollout();
  expect(stderr).toMatch(/^web\n {2}0 of 7 pods of its Rollout are available: 0\.1\.0 is Degraded\n/);
  expect(stderr).toContain("no such image");
  expect(stderr).toContain(
    "its Deployment was not touched; mend the cause, then repeat npm run to-rollout -- ci --app web",
  );
  expect(code).toBe(1);
  expect(cluster.get("Deployment", "web")).toEqual(deployment);
});

test("so is one that is not up in time", async () => {
  failRollout("Progressing");
  const { code, stdout, stderr } = await toRollout("--timeout", "1");
  expect(stdout).toContain("waiting for web: 0 of 7 pods of its Rollout are available: 0.1.0 is Progressing");
  expect(stderr).toContain("no such image");
  expect(code).toBe(1);
  expect((await toRollout("--timeout", "soon")).stderr).toContain("--timeout\n  must be a number of seconds");
});

test("refuses a cluster that runs the app of another environment", async () => {
  const deployment = cluster.get("Deployment", "web") as Stored;
  cluster.put(
    JSON.parse(
      JSON.stringify(deployment).replace('"APP_ENVIRONMENT","value":"ci"', '"APP_ENVIRONMENT","value":"prod"'),
    ),
  );
  const { code, stderr } = await toRollout();
  expect(stderr).toContain("context test runs web of prod, not of ci");
  expect(cluster.changes).toEqual([]);
  expect(code).toBe(1);
});
