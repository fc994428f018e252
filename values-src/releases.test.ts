import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { compileSchema } from "../scripts/engine/validator.ts";
import type { Environment } from "./environment.ts";
import prod from "./environments/prod.ts";
import { values as argoCd } from "./releases/argo-cd.ts";
import { values as argocdApps } from "./releases/argocd-apps.ts";
import { values as monitoring } from "./releases/kube-prometheus-stack.ts";
import { values as sampleApp } from "./releases/sample-app.ts";
import { values as traefik } from "./releases/traefik.ts";
import { allot } from "./sizes.ts";

const env: Environment = { ...prod, name: "prod", imageTag: "1.2.3" };
const manyClusters: Environment = { ...env, app: { owner: "argocd", clusterLabels: { stage: "prod" } } };

test("whoever signs in to Argo CD may read and, without the admin group, nothing more", () => {
  expect(argoCd(env).configs?.rbac).toMatchObject({
    "policy.default": "role:readonly",
    "policy.csv": "g, platform-admins, role:admin\n",
  });
});

test("the app's project is limited to its own repository and namespace", () => {
  expect(argocdApps(env).projects?.["sample-app"]).toMatchObject({
    sourceRepos: [env.git.url],
    destinations: [{ namespace: "sample-app" }],
    clusterResourceWhitelist: [{ group: "", kind: "Namespace", name: "sample-app" }],
  });
});

test("Argo CD has the app only where it owns it, and reads the same values file as Helmfile", () => {
  expect(argocdApps({ ...env, app: { owner: "helmfile" } }).applications).toEqual({});
  expect(argocdApps(env).applications?.["sample-app"]).toMatchObject({
    source: { path: "service/chart", helm: { valueFiles: ["../../generated/prod/sample-app.yaml"] } },
  });
});

test("for many clusters, a set makes the same Application for each that has the labels, and keeps the app if it goes", () => {
  const { applications, applicationsets, projects } = argocdApps(manyClusters);
  expect(applications).toEqual({});
  const { source, syncPolicy } = argocdApps(env).applications?.["sample-app"] ?? {};
  expect(applicationsets?.["sample-app"]).toMatchObject({
    generators: [{ clusters: { selector: { matchLabels: { stage: "prod" } } } }],
    template: { spec: { source, syncPolicy, destination: { server: "{{.server}}", namespace: "sample-app" } } },
    syncPolicy: { preserveResourcesOnDeletion: true },
  });
  expect(applicationsets?.["sample-app"]).not.toHaveProperty("finalizers");
  expect(projects?.["sample-app"]).toMatchObject({ destinations: [{ server: "*", namespace: "sample-app" }] });
});

test("labels of clusters are taken where Argo CD releases the app, and one at least", () => {
  const problems = (app: object) => validatorOf("environment")({ ...prod, app });
  expect(problems(manyClusters.app)).toEqual([]);
  expect(problems({ owner: "argocd", clusterLabels: {} })).toMatchObject([{ path: ["app", "clusterLabels"] }]);
  expect(validatorOf("argocd-apps")(argocdApps(manyClusters))).toEqual([]);
  expect(() => argocdApps({ ...env, app: { ...manyClusters.app, owner: "helmfile" } })).toThrow(
    'environments/prod.ts gives app.clusterLabels, which takes app.owner "argocd", not "helmfile"',
  );
});

test("Argo CD applies the app client-side, since server-side it would take Argo Rollouts' pod hash out of selectors", () => {
  expect(JSON.stringify(argocdApps(env))).not.toContain("ServerSideApply");
});

test("in prod the app and what its traffic passes through survive the loss of a pod and the drain of a node", () => {
  const app = sampleApp(env);
  expect(app.replicaCount).toBeGreaterThanOrEqual(2);
  expect(app.podDisruptionBudget).toEqual({ enabled: true });
  const ingress = traefik(env);
  expect(ingress.deployment?.replicas).toBeGreaterThanOrEqual(2);
  expect(ingress.podDisruptionBudget).toMatchObject({ enabled: true });
});

test("one replica gets no PodDisruptionBudget, which would block every drain", () => {
  expect(allot("small", "app")).toMatchObject({ replicas: 1, pdb: false });
});

test("Prometheus takes the monitors and rules of every release", () => {
  expect(monitoring(env).prometheus?.prometheusSpec).toMatchObject({
    serviceMonitorSelectorNilUsesHelmValues: false,
    podMonitorSelectorNilUsesHelmValues: false,
    ruleSelectorNilUsesHelmValues: false,
  });
});

test("a canary is judged at each weight, for longer than a version needs to have traffic", () => {
  for (const pace of ["fast", "steady"] as const) {
    const { strategy, analysis } = sampleApp({ ...env, pace });
    const steps = "steps" in strategy ? strategy.steps : [];
    expect(steps.filter((_, index) => index % 2 === 1)).toEqual(steps.filter(({ analysis }) => analysis));
    const seconds = (text = "") => Number.parseInt(text, 10);
    const settled = analysis?.metrics.find(({ name }) => name === "traffic")?.initialDelay;
    for (const { interval, count = 0 } of analysis?.metrics.filter(({ initialDelay }) => !initialDelay) ?? []) {
      expect(seconds(interval) * (count - 1)).toBeGreaterThanOrEqual(seconds(settled));
    }
  }
});

test("an environment may tighten the SLO, and not loosen it", () => {
  const strict = sampleApp({ ...env, slo: { availability: 0.9995 } });
  expect(JSON.stringify(strict.rules)).toContain("/ 0.0005 >");
  expect(() => sampleApp({ ...env, slo: { availability: 0.95 } })).toThrow("its availability 0.95 is below 0.99");
});

test("a rate is judged only where one failure alone cannot send a version back", () => {
  for (const slo of [{}, { availability: 0.9999 }, { minRequests: 5000 }] as const) {
    for (const { query, successCondition } of sampleApp({ ...env, slo }).analysis?.metrics.slice(0, 2) ?? []) {
      const enough = Number(query.match(/>= (\d+)$/)?.[1]);
      const allowed = Number(successCondition?.match(/<= ([\d.]+)$/)?.[1]);
      expect(1 / enough).toBeLessThan(allowed);
    }
  }
});

function validatorOf(name: string) {
  const file = path.resolve(import.meta.dirname, `../schemas/${name}.schema.json`);
  return compileSchema(JSON.parse(readFileSync(file, "utf8")));
}
