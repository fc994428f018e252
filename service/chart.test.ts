import { spawnSync } from "node:child_process";
import path from "node:path";
import { expect, type TestContext, test } from "vitest";
import { parse, stringify } from "yaml";
import { requireTool } from "../scripts/lib/tool-test.ts";

interface KubeObject {
  kind: string;
  metadata: { name: string; labels: Record<string, string>; annotations?: Record<string, string> };
  // biome-ignore lint/suspicious/noExplicitAny: specs of many kinds, of which each test knows one
  spec: any;
}

const rolling = { type: "rolling", maxSurge: 1, maxUnavailable: 0 };
const blueGreen = {
  type: "blueGreen",
  autoPromotionSeconds: 5,
  scaleDownDelaySeconds: 30,
  previewHost: "preview.example.com",
};
const canary = { type: "canary", steps: [{ setWeight: 20 }, { pause: { duration: "5s" } }] };

const strategies = [
  { strategy: rolling, workload: "Deployment", services: ["app", "app-metrics"], hosts: ["app.example.com"] },
  { strategy: canary, workload: "Rollout", services: ["app", "app-canary", "app-metrics"], hosts: ["app.example.com"] },
  {
    strategy: blueGreen,
    workload: "Rollout",
    services: ["app", "app-preview", "app-metrics"],
    hosts: ["app.example.com", "preview.example.com"],
  },
];

test.for(strategies)(
  "$strategy.type runs as a $workload with services $services",
  ({ strategy, workload, services, hosts }, context) => {
    const objects = render(context, { strategy });
    expect(objects.filter(({ spec }) => spec?.template).map(({ kind }) => kind)).toEqual([workload]);
    expect(ofKind(objects, "Service").map(({ metadata }) => metadata.name)).toEqual(services);
    expect(ofKind(objects, "Ingress").map(({ spec }) => spec.rules[0].host)).toEqual(hosts);
  },
);

test.for(strategies)("$strategy.type renders nothing that Argo Rollouts writes itself", ({ strategy }, context) => {
  const objects = render(context, { strategy });
  for (const { spec } of ofKind(objects, "Service")) {
    expect(Object.keys(spec.selector)).toEqual(["app.kubernetes.io/name", "app.kubernetes.io/instance"]);
  }
  for (const { metadata } of objects) expect(metadata.annotations).toBeUndefined();
  const canaries = ofKind(objects, "Ingress").filter(({ metadata }) => metadata.name.endsWith("-canary"));
  expect(canaries).toEqual([]);
});

test("the pods are the same under every strategy, but for the label that tells versions apart", (context) => {
  const pods = strategies.map(({ strategy }) => {
    const pod = render(context, { strategy }).find(({ spec }) => spec?.template)?.spec.template;
    return JSON.stringify(pod).replaceAll('"rollouts-pod-template-hash"', '"pod-template-hash"');
  });
  expect(new Set(pods).size).toBe(1);
});

test("Prometheus finds each pod once, through one service", (context) => {
  const objects = render(context, { strategy: canary });
  const [monitor] = ofKind(objects, "ServiceMonitor");
  const wanted = Object.entries(monitor?.spec.selector.matchLabels);
  const scraped = ofKind(objects, "Service").filter(({ metadata }) => {
    return wanted.every(([label, value]) => metadata.labels[label] === value);
  });
  expect(scraped.map(({ metadata }) => metadata.name)).toEqual(["app-metrics"]);
  expect(scraped[0]?.spec.ports[0].name).toBe(monitor?.spec.endpoints[0].port);
});

test("the pod meets the restricted Pod Security Standard", (context) => {
  const pod = ofKind(render(context, { strategy: rolling }), "Deployment")[0]?.spec.template.spec;
  expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
  expect(pod.automountServiceAccountToken).toBe(false);
  expect(pod.containers[0].securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  });
});

test("blueGreen without autoPromotionSeconds waits for somebody to promote", (context) => {
  const strategyOf = (strategy: object) => ofKind(render(context, { strategy }), "Rollout")[0]?.spec.strategy.blueGreen;
  const { autoPromotionSeconds, ...manual } = blueGreen;
  expect(strategyOf(manual)).toMatchObject({ autoPromotionEnabled: false });
  // Argo Rollouts passes over autoPromotionSeconds where autoPromotionEnabled is false.
  expect(strategyOf(blueGreen)).toMatchObject({ autoPromotionSeconds });
  expect(strategyOf(blueGreen)).not.toHaveProperty("autoPromotionEnabled");
});

function render(context: TestContext, changes: { strategy: object }): KubeObject[] {
  const values = {
    image: { repository: "example/app", tag: "1.2.3" },
    replicaCount: 2,
    progressDeadlineSeconds: 60,
    ports: { http: 8080, metrics: 9090 },
    ingress: { className: "nginx", host: "app.example.com", tls: true },
    metrics: { scrapeInterval: "5s" },
    podDisruptionBudget: { enabled: true },
    resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "128Mi" } },
    ...changes,
  };
  const chart = path.join(import.meta.dirname, "chart");
  const helm = spawnSync(requireTool(context, "helm"), ["template", "app", chart, "--values", "-"], {
    encoding: "utf8",
    input: stringify(values),
  });
  if (helm.status !== 0) throw new Error(helm.stderr);
  return helm.stdout
    .split(/^---$/m)
    .map((document) => parse(document))
    .filter(Boolean);
}

function ofKind(objects: KubeObject[], kind: string): KubeObject[] {
  return objects.filter((object) => object.kind === kind);
}
