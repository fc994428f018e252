/** Network policies, RBAC and the AppProject refuse what they should. */
import { beforeAll, expect, test } from "vitest";
import { confirm } from "../../frame/target.ts";
import { currentCluster } from "../../outside/cluster.ts";
import { changeWith } from "../../outside/kubectl.ts";
import { App, kubectl, RunningApp, tryKubectl } from "./app.ts";
import { report } from "./results.ts";
import { atEnd, prepareApps } from "./scenario.ts";
import { subject } from "./subject.ts";

const app = new RunningApp(subject);

beforeAll(() => prepareApps({ "policy-stranger": {} }));

test("NetworkPolicy: a pod of another namespace cannot reach the app's pods", async (context) => {
  const stranger = new App("policy-stranger");
  atEnd(() => stranger.remove());
  const [from] = Object.keys(await stranger.pods());
  const [pod] = Object.keys(await app.pods());
  const ip = (await app.kubectl("get", "pod", `${pod}`, "-o", "jsonpath={.status.podIP}")).trim();
  const fetch = (port: number) =>
    stranger.kubectl(
      "exec",
      `${from}`,
      "--",
      "node",
      "-e",
      `fetch("http://${ip}:${port}/", { signal: AbortSignal.timeout(3000) }).then(() => console.log("answered"), () => console.log("no answer"))`,
    );
  const answers = [await fetch(8080), await fetch(9090)].map((text) => text.trim());
  if (answers.every((answer) => answer === "answered")) {
    context.skip("this cluster does not enforce NetworkPolicies: its network plug-in ignores them");
  }
  report(context, "refused on both ports");
  expect(answers).toEqual(["no answer", "no answer"]);
});

test("RBAC: the app has no rights at the API server", async (context) => {
  const account = `--as=system:serviceaccount:${app.namespace}:${app.name}`;
  // A "no" is exit code 1.
  const can = async (...what: string[]) =>
    (await tryKubectl("auth", "can-i", ...what, account, "-n", app.namespace)).stdout.trim();
  const asked = [
    ["get", "secrets"],
    ["list", "pods"],
    ["patch", "rollouts.argoproj.io"],
    ["create", "pods"],
  ];
  const answers = await Promise.all(asked.map((what) => can(...what)));
  const [pod] = Object.keys(await app.pods());
  const look = 'console.log(require("fs").existsSync("/var/run/secrets/kubernetes.io/serviceaccount/token"))';
  const token = (await app.kubectl("exec", `${pod}`, "--", "node", "-e", look)).trim();
  report(context, `refused ${asked.length} of ${asked.length}, and its pods hold no token`);
  expect(answers).toEqual(asked.map(() => "no"));
  expect(token).toBe("false");
});

test("AppProject: another namespace and another repository are refused", async (context) => {
  const name = "e2e-policy";
  atEnd(() => kubectl("delete", "application", name, "-n", "argocd", "--ignore-not-found"));
  const spec = {
    project: app.name,
    source: { repoURL: "https://example.com/not-ours.git", path: "." },
    destination: { server: "https://kubernetes.default.svc", namespace: "kube-system" },
  };
  const object = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name, namespace: "argocd" },
    spec,
  };
  const cluster = await confirm({ yes: true }, await currentCluster(process.env.E2E_CONTEXT), "create an Application");
  await changeWith(cluster, [object], "create");
  const conditions = async () =>
    kubectl("get", "application", name, "-n", "argocd", "-o", "jsonpath={.status.conditions[*].message}");
  await expect.poll(conditions, { timeout: 60_000, interval: 500 }).toMatch(/not permitted in project/);
  const said = await conditions();
  report(context, "refused both");
  expect(said).toContain("kube-system");
  expect(said).toContain("not-ours.git");
});
