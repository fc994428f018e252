import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, type TestContext, test } from "vitest";
import { parse } from "yaml";
import { outputOfSync } from "../scripts/testing/processes.ts";
import { requireTool } from "../scripts/testing/require.ts";

interface KubeObject {
  kind: string;
  metadata: { name: string; labels: Record<string, string>; annotations?: Record<string, string> };
  // biome-ignore lint/suspicious/noExplicitAny: specs of many kinds, of which each test knows one
  spec: any;
}

const rolling = { type: "rolling", workload: "Rollout", maxSurge: 1, maxUnavailable: 0 };
const deployment = { ...rolling, workload: "Deployment" };
const blueGreen = {
  type: "blueGreen",
  autoPromotionSeconds: 5,
  scaleDownDelaySeconds: 30,
  previewHost: "preview.example.com",
};
const canary = { type: "canary", steps: [{ setWeight: 20 }, { pause: { duration: "5s" } }] };

const chart = path.join(import.meta.dirname, "chart");
const autoscaling = { minReplicas: 2, maxReplicas: 8, targetCPUUtilizationPercentage: 70 };

const strategies = [
  { strategy: deployment, workload: "Deployment", services: ["app", "app-metrics"], hosts: ["app.example.com"] },
  { strategy: rolling, workload: "Rollout", services: ["app", "app-metrics"], hosts: ["app.example.com"] },
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

test("the pods are the same under every strategy: a change of it is no new version", (context) => {
  const pods = strategies.map(({ strategy }) => {
    const pod = render(context, { strategy }).find(({ spec }) => spec?.template)?.spec.template;
    return strategy === deployment
      ? JSON.stringify(pod).replaceAll('"pod-template-hash"', '"rollouts-pod-template-hash"')
      : JSON.stringify(pod);
  });
  expect(new Set(pods).size).toBe(1);
});

test("a rolling update is a canary without steps, whose requests no router and no Service divides", (context) => {
  const specOf = (strategy: object) => render(context, { strategy }).find(({ spec }) => spec?.template)?.spec.strategy;
  const { maxSurge, maxUnavailable } = rolling;
  const roles = { stableMetadata: { labels: { role: "stable" } }, canaryMetadata: { labels: { role: "canary" } } };
  expect(specOf(rolling)).toEqual({ canary: { maxSurge, maxUnavailable, ...roles } });
  expect(specOf(deployment)).toEqual({ type: "RollingUpdate", rollingUpdate: { maxSurge, maxUnavailable } });
});

test.for(strategies.flatMap((each) => ["traefik", "ingress-nginx"].map((controller) => ({ ...each, controller }))))(
  "$strategy.type behind $controller is good Helm with a fixed number of pods and with autoscaling",
  ({ strategy, workload, controller }, context) => {
    const networkPolicy = { enabled: true, ingressNamespaces: [controller], prometheusNamespace: "monitoring" };
    for (const scaled of [{}, { autoscaling }]) {
      helm(context, ["lint", "--strict"], valuesWith({ strategy, networkPolicy, ...scaled }));
      const objects = render(context, { strategy, networkPolicy, ...scaled });
      const [scaler] = ofKind(objects, "HorizontalPodAutoscaler");
      expect(scaler?.spec.scaleTargetRef.kind).toBe("autoscaling" in scaled ? workload : undefined);
      // Whoever applies the chart would undo what the autoscaler did.
      expect(ofKind(objects, workload)[0]?.spec.replicas).toBe("autoscaling" in scaled ? undefined : 2);
    }
  },
);

test("only the ingress controller and Prometheus get in, and only DNS is let out", (context) => {
  const [policy] = ofKind(render(context, { strategy: rolling }), "NetworkPolicy");
  const from = (namespace: string) => [
    { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } } },
  ];
  expect(policy?.spec.policyTypes).toEqual(["Ingress", "Egress"]);
  expect(policy?.spec.ingress).toEqual([
    { from: from("traefik"), ports: [{ port: "http" }] },
    { from: from("monitoring"), ports: [{ port: "metrics" }] },
  ]);
  expect(policy?.spec.egress.map(({ ports }: { ports: { port: number }[] }) => ports.map(({ port }) => port))).toEqual([
    [53, 53],
  ]);
});

const gateway = { name: "apps", namespace: "traefik" };
const byIngress = { className: "nginx", host: "app.example.com", tls: false };
const byGateway = { gateway, host: "app.example.com", tls: false };

const backends = [
  { strategy: rolling, expected: { app: [["app", 100]] } },
  {
    strategy: canary,
    expected: {
      app: [
        ["app", 100],
        ["app-canary", 0],
      ],
    },
  },
  { strategy: blueGreen, expected: { app: [["app", 100]], "app-preview": [["app-preview", 100]] } },
];

test.for(backends)(
  "behind a Gateway, an HTTPRoute leads each host of $strategy.type to its Services, a canary's at 0 %",
  ({ strategy, expected }, context) => {
    helm(context, ["lint", "--strict"], valuesWith({ strategy, ingress: byGateway }));
    const objects = render(context, { strategy, ingress: byGateway });
    expect(ofKind(objects, "Ingress")).toEqual([]);
    const found = ofKind(objects, "HTTPRoute").map(({ metadata, spec }) => {
      expect(spec.parentRefs).toMatchObject([{ ...gateway, sectionName: "http" }]);
      const [{ backendRefs }] = spec.rules;
      return [metadata.name, backendRefs.map(({ name, weight }: { name: string; weight: number }) => [name, weight])];
    });
    expect(Object.fromEntries(found)).toEqual(expected);
  },
);

test("behind a Gateway with TLS, hosts are served at its HTTPS listener alone, and HTTP redirects there", (context) => {
  const routes = ofKind(render(context, { strategy: blueGreen, ingress: { ...byGateway, tls: true } }), "HTTPRoute");
  const found = routes.map(({ metadata, spec }) => {
    const [{ filters, backendRefs }] = spec.rules;
    const to = backendRefs?.[0].name ?? filters[0].requestRedirect.scheme;
    return `${spec.parentRefs[0].sectionName}://${spec.hostnames[0]} ${metadata.name} -> ${to}`;
  });
  expect(found).toEqual([
    "https://app.example.com app -> app",
    "http://app.example.com app-redirect -> https",
    "https://preview.example.com app-preview -> app-preview",
    "http://preview.example.com app-preview-redirect -> https",
  ]);
});

test.for([
  { by: "an Ingress", ingress: byIngress, kinds: ["Ingress"], routers: ["nginx"] },
  { by: "a Gateway", ingress: byGateway, kinds: ["HTTPRoute"], routers: ["plugins"] },
  {
    by: "both, during a move",
    ingress: { ...byIngress, ...byGateway },
    kinds: ["Ingress", "HTTPRoute"],
    routers: ["nginx", "plugins"],
  },
])("a canary that is reached by $by has its requests divided there", ({ ingress, kinds, routers }, context) => {
  const objects = render(context, { strategy: canary, ingress });
  const there = objects.filter(({ kind }) => kind === "Ingress" || kind === "HTTPRoute");
  expect(there.map(({ kind, metadata }) => [kind, metadata.name])).toEqual(kinds.map((kind) => [kind, "app"]));
  const { trafficRouting } = ofKind(objects, "Rollout")[0]?.spec.strategy.canary ?? {};
  expect(Object.keys(trafficRouting)).toEqual(routers);
  const plugin = trafficRouting.plugins?.["argoproj-labs/gatewayAPI"];
  if (routers.includes("plugins")) {
    expect(plugin).toEqual({ httpRoute: "app", namespace: "default", disableInProgressLabel: true });
  }
});

test("an app that nothing leads to is refused", (context) => {
  const ingress = { host: "app.example.com", tls: false };
  expect(() => render(context, { strategy: rolling, ingress })).toThrow("ingress");
});

test("the controllers of a move both get in", (context) => {
  const networkPolicy = {
    enabled: true,
    ingressNamespaces: ["ingress-nginx", "traefik"],
    prometheusNamespace: "monitoring",
  };
  const [policy] = ofKind(render(context, { strategy: rolling, networkPolicy }), "NetworkPolicy");
  expect(JSON.stringify(policy?.spec.ingress[0])).toMatch(/ingress-nginx.*traefik/);
});

test("what an app may connect to beside DNS is let out, and nothing else", (context) => {
  const egress = [
    { namespace: "payments", ports: [8443] },
    { cidr: "10.0.0.0/8", ports: [5432, 6379] },
  ];
  const networkPolicy = { enabled: true, ingressNamespaces: ["traefik"], prometheusNamespace: "monitoring", egress };
  const [policy] = ofKind(render(context, { strategy: rolling, networkPolicy }), "NetworkPolicy");
  const payments = { matchLabels: { "kubernetes.io/metadata.name": "payments" } };
  expect(policy?.spec.egress.slice(1)).toEqual([
    { to: [{ namespaceSelector: payments }], ports: [{ port: 8443 }] },
    { to: [{ ipBlock: { cidr: "10.0.0.0/8" } }], ports: [{ port: 5432 }, { port: 6379 }] },
  ]);
});

test("an app's own variables, probe paths and image digest reach its pods, and its labels Prometheus", (context) => {
  const digest = `sha256:${"0".repeat(64)}`;
  const objects = render(context, {
    strategy: canary,
    image: { repository: "example/app", tag: "1.2.3", digest },
    env: { MODE: "1e3", COLOUR: "yes" },
    probes: { live: "/livez", ready: "/readyz" },
    metrics: { scrapeInterval: "5s", infoMetric: "app_info", labels: { release: "prom" } },
    rules: [{ name: "app", rules: [{ record: "app:up", expr: "up" }] }],
  });
  const { labels } = ofKind(objects, "Rollout")[0]?.spec.template.metadata ?? {};
  const [container] = ofKind(objects, "Rollout")[0]?.spec.template.spec.containers ?? [];
  expect(container.image).toBe(`example/app:1.2.3@${digest}`);
  expect(labels["app.kubernetes.io/version"]).toBe("1.2.3");
  expect(container.env).toEqual(
    expect.arrayContaining([
      { name: "MODE", value: "1e3" },
      { name: "COLOUR", value: "yes" },
    ]),
  );
  expect([container.livenessProbe.httpGet.path, container.readinessProbe.httpGet.path]).toEqual(["/livez", "/readyz"]);
  for (const kind of ["ServiceMonitor", "PrometheusRule"]) {
    expect(ofKind(objects, kind)[0]?.metadata.labels).toMatchObject({ release: "prom" });
  }
});

test("pods are selected by the app's name, which an upgrade cannot change", (context) => {
  const [rollout] = ofKind(render(context, { strategy: canary }), "Rollout");
  expect(rollout?.spec.selector.matchLabels).toEqual({
    "app.kubernetes.io/name": "app",
    "app.kubernetes.io/instance": "app",
  });
});

test("secrets come by reference only", (context) => {
  const [rollout] = ofKind(render(context, { strategy: canary, secrets: ["database"] }), "Rollout");
  expect(rollout?.spec.template.spec.containers[0].envFrom).toEqual([{ secretRef: { name: "database" } }]);
  expect(() => render(context, { strategy: canary, secrets: [{ name: "database", password: "x" }] })).toThrow(
    "secrets",
  );
});

test("a new version is analysed by its own pod hash, at each weight of a canary and after a switch", (context) => {
  const query = 'sum(up{hash="{{args.latest}}"})';
  const metrics = [{ name: "errors", interval: "5s", count: 3, query, failureCondition: "result[0] > 0" }];
  const analysis = { prometheusAddress: "http://prometheus:9090", metrics };
  const analysed = { ...canary, steps: [{ setWeight: 20 }, { analysis: true }] };
  const objects = render(context, { strategy: analysed, analysis });
  expect(ofKind(objects, "AnalysisTemplate")[0]?.spec.metrics[0].provider.prometheus).toEqual({
    address: "http://prometheus:9090",
    query: 'sum(up{hash="{{args.latest}}"})',
  });
  const { steps } = ofKind(objects, "Rollout")[0]?.spec.strategy.canary ?? {};
  expect(steps[0]).toEqual({ setWeight: 20 });
  const run = steps[1].analysis;
  expect(run.args[0]).toEqual({ name: "latest", valueFrom: { podTemplateHashValue: "Latest" } });
  const switched = ofKind(render(context, { strategy: blueGreen, analysis }), "Rollout")[0]?.spec.strategy.blueGreen;
  expect(() => render(context, { strategy: analysed })).toThrow("strategy.steps has an analysis");
  // Before the switch no user reaches it.
  expect(switched.prePromotionAnalysis).toBeUndefined();
  expect(switched.postPromotionAnalysis.templates).toEqual([{ templateName: "app" }]);
});

test.for([
  ["a metric without a condition, which would always succeed", { successCondition: undefined }, "failureCondition"],
  ["a metric that never ends", { count: undefined }, "count"],
  ["a placeholder that is none", { query: "up{hash='{{args.lates}}'}" }, "query"],
] as const)("Helm refuses %s", ([, spoilt, says], context) => {
  const good = { name: "up", interval: "5s", count: 3, query: "up{hash='{{args.stable}}'}", successCondition: "true" };
  const withMetric = (metric: object) => ({
    strategy: canary,
    analysis: { prometheusAddress: "http://prometheus:9090", metrics: [metric] },
  });
  expect(ofKind(render(context, withMetric(good)), "AnalysisTemplate")).toHaveLength(1);
  expect(() => render(context, withMetric({ ...good, ...spoilt }))).toThrow(says);
});

test("a new version is tested alone before users meet it, by pods that are none of the app's", (context) => {
  const request = { name: "ready", method: "GET", path: "/readyz", status: 200, seconds: 5 };
  const resources = { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "64Mi" } };
  const tests = { image: "example/node:24", requests: [request], deadlineSeconds: 60, resources };
  const tested = { ...canary, steps: [{ setCanaryScale: { weight: 20 } }, { tests: true }, { setWeight: 20 }] };
  expect(() => render(context, { strategy: tested })).toThrow("strategy.steps has tests, and there are no tests");
  for (const [strategy, service] of [
    [tested, "app-canary"],
    [blueGreen, "app-preview"],
  ] as const) {
    const objects = render(context, { strategy, tests });
    const spec = ofKind(objects, "Rollout")[0]?.spec;
    const run = {
      templates: [{ templateName: "app-tests" }],
      args: [{ name: "version", value: "1.2.3" }],
    };
    if (strategy === tested)
      expect(spec.strategy.canary.steps).toEqual([tested.steps[0], { analysis: run }, tested.steps[2]]);
    else expect(spec.strategy.blueGreen.prePromotionAnalysis).toEqual(run);
    const { template } = ofKind(objects, "AnalysisTemplate")[0]?.spec.metrics[0].provider.job.spec ?? {};
    expect(template.spec.containers[0].env).toContainEqual({ name: "TARGET", value: `http://${service}` });
    const [label, value] = Object.entries(template.metadata.labels)[0] ?? [];
    expect(spec.selector.matchLabels).not.toMatchObject({ [String(label)]: value });
    const admitted = { podSelector: { matchLabels: template.metadata.labels } };
    expect(ofKind(objects, "NetworkPolicy")[0]?.spec.ingress).toContainEqual({
      from: [admitted],
      ports: [{ port: "http" }],
    });
    const { data } = objects.find(({ kind }) => kind === "ConfigMap") as unknown as { data: Record<string, string> };
    expect(JSON.parse(data["requests.json"] ?? "")).toEqual([request]);
    expect(data["run-tests.mjs"]).toBe(readFileSync(path.join(chart, "files/run-tests.mjs"), "utf8"));
  }
});

test("a canary's pods are as many as its steps say", (context) => {
  const scaled = { ...canary, steps: [{ setCanaryScale: { weight: 100 } }, { setWeight: 20 }] };
  const [rollout] = ofKind(render(context, { strategy: scaled }), "Rollout");
  expect(rollout?.spec.strategy.canary.steps).toEqual(scaled.steps);
  const twice = { ...canary, steps: [{ setCanaryScale: { weight: 100, matchTrafficWeight: true } }] };
  expect(() => render(context, { strategy: twice })).toThrow("setCanaryScale");
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
  const pod = ofKind(render(context, { strategy: rolling }), "Rollout")[0]?.spec.template.spec;
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

/** The values that differ, over valid ones. */
function valuesWith(changes: { strategy: object; [key: string]: unknown }) {
  return {
    image: { repository: "example/app", tag: "1.2.3" },
    environment: "test",
    env: { LOG_LEVEL: "info" },
    replicaCount: 2,
    progressDeadlineSeconds: 60,
    ports: { http: 8080, metrics: 9090 },
    probes: { live: "/health/live", ready: "/health/ready" },
    ingress: { className: "nginx", host: "app.example.com", tls: true },
    metrics: { scrapeInterval: "5s", infoMetric: "app_info" },
    networkPolicy: { enabled: true, ingressNamespaces: ["traefik"], prometheusNamespace: "monitoring" },
    podDisruptionBudget: { enabled: true },
    resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "128Mi" } },
    ...changes,
  };
}

function helm(context: TestContext, args: string[], values: object): string {
  const input = JSON.stringify(values); // JSON is YAML too.
  return outputOfSync(requireTool(context, "helm"), [...args, chart, "--values", "-"], { input });
}

function render(context: TestContext, changes: { strategy: object; [key: string]: unknown }): KubeObject[] {
  return helm(context, ["template", "app"], valuesWith(changes))
    .split(/^---$/m)
    .map((document) => parse(document))
    .filter(Boolean);
}

function ofKind(objects: KubeObject[], kind: string): KubeObject[] {
  return objects.filter((object) => object.kind === kind);
}
