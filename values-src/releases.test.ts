import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { compileSchema } from "../scripts/engine/validator.ts";
import type { AppFacts, Chart } from "./app.ts";
import { paces } from "./paces.ts";
import { platform } from "./platform.ts";
import { values as argoCd } from "./releases/argo-cd.ts";
import { values as argoRollouts } from "./releases/argo-rollouts.ts";
import { values as argocdApps } from "./releases/argocd-apps.ts";
import { enabled as ingressNginx } from "./releases/ingress-nginx.ts";
import { values as monitoring } from "./releases/kube-prometheus-stack.ts";
import { enabled as hasTraefik, values as traefik } from "./releases/traefik.ts";
import { allot } from "./sizes.ts";
import { app, appFacts, appValues, environment } from "./testing/facts.ts";

const env = environment({ owner: "argocd", size: "large" });
const behindGateway = environment({ owner: "argocd", ingress: { controller: "gateway", tls: true } });
const manyClusters = environment({ owner: "argocd", clusterLabels: { stage: "prod" } });

test("whoever signs in to Argo CD may read and, without the admin group, nothing more", () => {
  expect(argoCd(env).configs?.rbac).toMatchObject({
    "policy.default": "role:readonly",
    "policy.csv": `g, ${platform.adminGroup}, role:admin\n`,
  });
});

test("each app's project is limited to its own repository and namespace", () => {
  const { projects } = argocdApps(env, [app(env), app(env, { namespace: "tills" }, "till")]);
  expect(Object.keys(projects ?? {})).toEqual(["shop", "till"]);
  expect(projects?.till).toMatchObject({
    sourceRepos: [env.git.url],
    destinations: [{ namespace: "tills" }],
    clusterResourceWhitelist: [{ group: "", kind: "Namespace", name: "tills" }],
  });
});

test("Argo CD has the apps that it owns, and reads the same values file as Helmfile", () => {
  const mine = app(env, { environments: { test: { owner: "helmfile" } } }, "mine");
  const { applications = {} } = argocdApps(env, [app(env), mine]);
  expect(Object.keys(applications ?? {})).toEqual(["shop"]);
  expect(applications?.shop).toMatchObject({
    source: { path: "service/chart", helm: { valueFiles: ["../../generated/test/shop.yaml"] } },
  });
});

test.for([
  [
    { from: "git", name: "shop", url: "https://git.example.com/shop.git", path: "deploy", revision: "v1.2.0" },
    { repoURL: "https://git.example.com/shop.git", targetRevision: "v1.2.0", path: "deploy" },
  ],
  [
    { from: "repository", name: "shop", url: "https://charts.example.com", version: "1.2.0" },
    { repoURL: "https://charts.example.com", targetRevision: "1.2.0", chart: "shop" },
  ],
] as const)("a chart in another repository gets its values from this one: $0.from", ([where, source]) => {
  const chart: Chart = { ...where, strategies: ["rolling"], kinds: [{ group: "apps", kind: "Deployment" }] };
  const { projects, applications } = argocdApps(env, [app(env, { chart })]);
  const sources = applications?.shop?.sources;
  expect(sources).toMatchObject([
    { ...source, helm: { releaseName: "shop", valueFiles: ["$values/generated/test/shop.yaml"] } },
    { repoURL: env.git.url, targetRevision: "main", ref: "values" },
  ]);
  expect(projects?.shop).toMatchObject({
    sourceRepos: [env.git.url, where.url],
    namespaceResourceWhitelist: chart.kinds,
  });
});

test("for many clusters, a set makes the same Application for each that has the labels, and keeps the app if it goes", () => {
  const { applications, applicationsets, projects } = argocdApps(manyClusters, [app(manyClusters)]);
  expect(applications).toEqual({});
  const { source, syncPolicy } = argocdApps(env, [app(env)]).applications?.shop ?? {};
  expect(applicationsets?.shop).toMatchObject({
    generators: [{ clusters: { selector: { matchLabels: { stage: "prod" } } } }],
    template: { spec: { source, syncPolicy, destination: { server: "{{.server}}", namespace: "shop" } } },
    syncPolicy: { preserveResourcesOnDeletion: true },
  });
  expect(applicationsets?.shop).not.toHaveProperty("finalizers");
  expect(projects?.shop).toMatchObject({ destinations: [{ server: "*", namespace: "shop" }] });
});

test("labels of clusters are one at least", () => {
  const { name: _, ...facts } = manyClusters;
  const problems = (clusterLabels: object) => validatorOf("environment")({ ...facts, clusterLabels });
  expect(problems({ stage: "prod" })).toEqual([]);
  expect(problems({})).toMatchObject([{ path: ["clusterLabels"] }]);
  expect(validatorOf("argocd-apps")(argocdApps(manyClusters, [app(manyClusters)]))).toEqual([]);
});

test("Argo CD applies an app client-side, since server-side it would take Argo Rollouts' pod hash out of selectors", () => {
  expect(JSON.stringify(argocdApps(env, [app(env)]))).not.toContain("ServerSideApply");
});

test("behind a Gateway, Argo CD takes a canary's weights for no difference, and its syncs leave them alone", () => {
  const { ignoreDifferences, syncPolicy } = argocdApps(behindGateway, [app(behindGateway)]).applications?.shop ?? {};
  expect(ignoreDifferences).toMatchObject([
    { kind: "HTTPRoute", jqPathExpressions: [".spec.rules[].backendRefs[].weight"] },
  ]);
  const { syncOptions } = syncPolicy as { syncOptions: string[] };
  expect(syncOptions).toContain("ApplyOutOfSyncOnly=true");
  // It would freeze every rule of the HTTPRoute: https://github.com/argoproj/argo-cd/issues/27480
  expect(syncOptions).not.toContain("RespectIgnoreDifferences=true");
  const elsewhere = JSON.stringify(argocdApps(env, [app(env)]));
  expect(elsewhere).not.toMatch(/ignoreDifferences|ApplyOutOfSyncOnly/);
});

test("Argo Rollouts has its plugin, pinned by a checksum, and the rights for it, only where there is a Gateway", () => {
  const { controller, providerRBAC } = argoRollouts(behindGateway);
  const sha256 = expect.stringMatching(/^[0-9a-f]{64}$/);
  expect(controller?.trafficRouterPlugins).toMatchObject([{ name: "argoproj-labs/gatewayAPI", sha256 }]);
  const granted = Object.entries(providerRBAC?.providers ?? {}).filter(([, granted]) => granted);
  expect(granted).toEqual([["gatewayAPI", true]]);
  const gatewayPlugin = { location: "http://mirror.example.com/plugin", sha256: "0".repeat(64) };
  const mirrored = environment({ ingress: { controller: "gateway", tls: false, gatewayPlugin } });
  expect(argoRollouts(mirrored).controller?.trafficRouterPlugins).toMatchObject([gatewayPlugin]);
  expect(argoRollouts(env).controller).not.toHaveProperty("trafficRouterPlugins");
  expect(argoRollouts(env).providerRBAC).toEqual({ enabled: false });
});

const moves = [
  { ingress: { controller: "traefik", tls: true }, has: ["traefik"], traefikServes: ["Ingress"], argoCd: ["ingress"] },
  {
    ingress: { controller: "traefik", tls: true, alsoBy: "gateway" },
    has: ["traefik"],
    traefikServes: ["Ingress", "HTTPRoute"],
    argoCd: ["ingress", "httproute"],
  },
  {
    ingress: { controller: "gateway", tls: true },
    has: ["traefik"],
    traefikServes: ["HTTPRoute"],
    argoCd: ["httproute"],
  },
  {
    ingress: { controller: "nginx", tls: true, alsoBy: "gateway" },
    has: ["ingress-nginx", "traefik"],
    traefikServes: ["HTTPRoute"],
    argoCd: ["ingress", "httproute"],
  },
] as const;

test.for(moves)(
  "$ingress.controller, beside it $ingress.alsoBy: $has",
  ({ ingress, has, traefikServes, argoCd: by }) => {
    const at = environment({ ingress });
    const there = { "ingress-nginx": ingressNginx(at), traefik: hasTraefik(at) };
    expect(Object.entries(there).flatMap(([name, on]) => (on ? name : []))).toEqual(has);
    const { providers = {}, ingressClass } = traefik(at);
    const { kubernetesIngressNGINX, kubernetesGateway } = providers;
    const serves = [kubernetesIngressNGINX?.enabled && "Ingress", kubernetesGateway?.enabled && "HTTPRoute"];
    expect(serves.filter(Boolean)).toEqual(traefikServes);
    expect(ingressClass?.enabled).toBe(serves.includes("Ingress"));
    const { server = {} } = argoCd(at);
    expect(Object.keys(server).filter((key) => key === "ingress" || key === "httproute")).toEqual(by);
  },
);

test("only a Gateway may answer beside an Ingress: two controllers of Ingresses would share an IngressClass", () => {
  const { name: _, ...facts } = environment();
  const problems = (ingress: object) => validatorOf("environment")({ ...facts, ingress: { tls: false, ...ingress } });
  expect(problems({ controller: "traefik", alsoBy: "gateway" })).toEqual([]);
  expect(problems({ controller: "gateway", alsoBy: "nginx" })).toEqual([]);
  for (const [controller, alsoBy] of [
    ["gateway", "gateway"],
    ["traefik", "traefik"],
    ["traefik", "nginx"],
  ]) {
    expect(problems({ controller, alsoBy })).toMatchObject([{ path: ["ingress", "alsoBy"] }]);
  }
});

test("a large environment's apps and what their traffic passes through survive the loss of a pod and the drain of a node", () => {
  const values = appValues(env);
  expect(values.replicaCount).toBeGreaterThanOrEqual(2);
  expect(values.podDisruptionBudget).toEqual({ enabled: true });
  const ingress = traefik(env);
  expect(ingress.deployment?.replicas).toBeGreaterThanOrEqual(2);
  expect(ingress.podDisruptionBudget).toMatchObject({ enabled: true });
});

test("one replica gets no PodDisruptionBudget, which would block every drain", () => {
  for (const [replicas, enabled] of [
    [1, false],
    [3, true],
  ] as const) {
    const values = appValues(environment(), { environments: { test: { replicas } } });
    expect(values).toMatchObject({ replicaCount: replicas, podDisruptionBudget: { enabled } });
  }
});

test("Prometheus takes the monitors and rules of every release", () => {
  expect(monitoring(env).prometheus?.prometheusSpec).toMatchObject({
    serviceMonitorSelectorNilUsesHelmValues: false,
    podMonitorSelectorNilUsesHelmValues: false,
    ruleSelectorNilUsesHelmValues: false,
  });
});

test("an app departs from its environment's defaults, and only there", () => {
  const facts: Partial<AppFacts> = {
    env: { COLOUR: "red", MODE: "quick" },
    environments: { test: { strategy: "blueGreen", size: "medium", env: { MODE: "careful" } } },
  };
  const departed = appValues(environment(), facts);
  expect(departed).toMatchObject({
    strategy: { type: "blueGreen", previewHost: "preview.shop.example.com" },
    replicaCount: allot("medium", "app").replicas,
    env: { COLOUR: "red", MODE: "careful" },
  });
  const elsewhere = appValues(environment({ name: "other" }), facts);
  expect(elsewhere).toMatchObject({ strategy: { type: "canary" }, env: { MODE: "quick" } });
});

test("an app sets what a pace decides for itself: another pace, or one setting of it", () => {
  const paced = (pace: "steady" | { stuckAfter: string; weights: number[] }) =>
    appValues(environment(), { environments: { test: { pace } } });
  expect(paced("steady").metrics.scrapeInterval).toBe(paces.steady.scrapeInterval);
  const own = paced({ stuckAfter: "2h", weights: [1, 99] });
  expect(own.metrics.scrapeInterval).toBe(paces.fast.scrapeInterval);
  const weights = "steps" in own.strategy ? own.strategy.steps.flatMap(({ setWeight }) => setWeight ?? []) : [];
  expect(weights).toEqual([1, 99]);
  expect(JSON.stringify(own.rules)).toContain("for more than 2h");
});

/** Before users meet it: pods as the first weight needs them, the tests, and after the weight pods that follow it. */
function tested(weight: number) {
  return [
    { setCanaryScale: { weight } },
    { tests: true },
    { setWeight: weight },
    { setCanaryScale: { matchTrafficWeight: true } },
  ];
}

test("steps of one's own may be judged or not, and end by time or by promotion", () => {
  const steps = [
    { weight: 1, pause: "promotion" },
    { weight: 10, analysis: false as const, pause: "5m" },
  ];
  expect(appValues(environment(), { environments: { test: { steps } } }).strategy).toEqual({
    type: "canary",
    steps: [...tested(1), { analysis: true }, { pause: {} }, { setWeight: 10 }, { pause: { duration: "5m" } }],
  });
});

test("a canary is judged at each weight, for longer than a version needs to have traffic", () => {
  for (const pace of ["fast", "steady"] as const) {
    const { strategy, analysis } = appValues(environment({ pace }));
    const steps = "steps" in strategy ? strategy.steps : [];
    const weights = paces[pace].weights.flatMap((weight, index) => {
      return [...(index === 0 ? tested(weight) : [{ setWeight: weight }]), { analysis: true }];
    });
    expect(steps).toEqual(weights);
    const seconds = (text = "") => Number.parseInt(text, 10);
    const settled = analysis?.metrics.find(({ name }) => name === "traffic")?.initialDelay;
    for (const { interval, count = 0 } of analysis?.metrics.filter(({ initialDelay }) => !initialDelay) ?? []) {
      expect(seconds(interval) * (count - 1)).toBeGreaterThanOrEqual(seconds(settled));
    }
  }
});

test("an app may have another SLO in an environment", () => {
  const strict = appValues(environment(), { environments: { test: { slo: { availability: 0.9995 } } } });
  expect(JSON.stringify(strict.rules)).toContain("/ 0.0005 >");
});

test("a rate is judged only where one failure alone cannot send a version back", () => {
  for (const slo of [{}, { availability: 0.9999 }, { minRequests: 5000 }] as const) {
    const facts = { slo: { ...appFacts().slo, ...slo } };
    for (const { query, successCondition } of appValues(env, facts).analysis?.metrics.slice(0, 2) ?? []) {
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
