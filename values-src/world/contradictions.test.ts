import path from "node:path";
import { describe, expect, test } from "vitest";
import { loadWorldMaker } from "../../scripts/testing/worlds.ts";
import type { AppFacts, Chart, Departure } from "../app.ts";
import type { Values as ArgoCd } from "../charts/argo-cd.ts";
import type { Values as ArgoRollouts } from "../charts/argo-rollouts.ts";
import type { Values as ArgocdApps } from "../charts/argocd-apps.ts";
import type { Canary, Values } from "../charts/http-service.ts";
import type { Values as Monitoring } from "../charts/kube-prometheus-stack.ts";
import type { Manifest } from "../charts/kubernetes.ts";
import type { Values as Traefik } from "../charts/traefik.ts";
import type { StrategyName } from "../environment.ts";
import { type ExampleFacts, exampleFacts, existingMonitoring as existing } from "../testing/facts.ts";
import { contradictions, type World } from "./world.ts";

const makeWorld = await loadWorldMaker(path.resolve(import.meta.dirname, "../.."));

/** What follows from the facts. */
function worldOf({ env, apps }: ExampleFacts): World {
  return makeWorld({ env, apps: Object.entries(apps).map(([name, facts]) => ({ name, facts, imageTag: "1.2.3" })) });
}

interface Row {
  title: string;
  /** Changes facts before everything follows from them. */
  facts?: (facts: ExampleFacts) => void;
  /** Changes what a value module might give. */
  values?: (world: World) => void;
  /** The whole list of what is found; nothing else is. */
  expected: string[];
}

/** The app's facts in the example. */
function app({ apps }: ExampleFacts, name = "checkout"): AppFacts {
  const facts = apps[name];
  if (!facts) throw new Error(`the example has no app ${name}`);
  return facts;
}

/** Where the app departs from the environment's defaults. */
function departure(facts: ExampleFacts, change: Departure, name = "checkout"): void {
  const own = app(facts, name);
  own.environments = { prod: { ...(own.environments?.prod || {}), ...change } };
}

function valuesOf<T = Values>(world: World, release = "checkout"): T {
  return world.releases.find(({ name }) => name === release)?.values as T;
}

function without(world: World, release: string): void {
  world.releases = world.releases.filter(({ name }) => name !== release);
}

function canaryOf(world: World): Canary {
  return valuesOf(world).strategy as Canary;
}

const ownChart: Chart = {
  from: "git",
  name: "payments",
  url: "https://git.example.org/payments.git",
  path: "chart",
  revision: "v1",
  strategies: ["rolling", "blueGreen"],
  kinds: [],
};

const behindGateway = { controller: "gateway", tls: false } as const;

/** The Gateway among Traefik's extra objects. */
function gatewayIn(world: World): { spec: { listeners: { hostname?: string }[] } } {
  const [gateway] = valuesOf<Traefik>(world, "traefik").extraObjects ?? [];
  return gateway as Manifest & { spec: { listeners: { hostname?: string }[] } };
}

function dashboard(uid: string): string {
  return JSON.stringify({ uid, panels: [] });
}

const owners: Row[] = [
  {
    title: "an app of Argo CD where there is none",
    facts: ({ env }) => {
      env.argoCd = false;
    },
    expected: [
      'checkout belongs to Argo CD, and prod has none: set argoCd to true there, or give it the owner "helmfile"',
    ],
  },
  {
    title: "an app of Argo CD without an Application",
    values: (world) => {
      valuesOf<ArgocdApps>(world, "argocd-apps").applications = {};
    },
    expected: [
      'checkout belongs to Argo CD, and argocd-apps has no Application for it: add one, or give it the owner "helmfile"',
    ],
  },
  {
    title: "an app of Argo CD where argocd-apps is not released",
    values: (world) => without(world, "argocd-apps"),
    expected: [
      'checkout belongs to Argo CD, and argocd-apps has no Application for it: add one, or give it the owner "helmfile"',
    ],
  },
  {
    title: "an app of Helmfile with an Application",
    values: (world) => {
      valuesOf<ArgocdApps>(world, "argocd-apps").applicationsets = { search: {} };
    },
    expected: [
      'search belongs to Helmfile, and argocd-apps has an Application for it: give it the owner "argocd", or remove that',
    ],
  },
  {
    title: "labels of clusters for the apps of nobody",
    facts: (facts) => {
      facts.env.clusterLabels = { stage: "prod" };
      departure(facts, { owner: "helmfile" });
    },
    expected: [
      "clusterLabels of prod choose the clusters of Argo CD's apps, and Helmfile owns every app: " +
        'give one the owner "argocd", or remove clusterLabels',
    ],
  },
];

const claims: Row[] = [
  {
    title: "one host of two apps",
    facts: (facts) => {
      app(facts, "search").host = "checkout";
    },
    expected: ["checkout and search both claim the host checkout.example.org: give one of them another host"],
  },
  {
    title: "the host of an app with a chart of its own",
    facts: (facts) => {
      Object.assign(app(facts, "search"), { host: "checkout", chart: ownChart });
    },
    expected: ["checkout and search both claim the host checkout.example.org: give one of them another host"],
  },
  {
    title: "the preview host of another app",
    facts: (facts) => {
      departure(facts, { strategy: "blueGreen" });
      app(facts, "search").host = "preview.checkout";
    },
    expected: [
      "the preview of checkout and search both claim the host preview.checkout.example.org: give one of them another host",
    ],
  },
  {
    title: "Argo CD's host",
    facts: (facts) => {
      app(facts, "search").host = "argocd";
    },
    expected: ["argo-cd and search both claim the host argocd.example.org: give one of them another host"],
  },
  {
    title: "Argo CD's host behind a Gateway",
    facts: (facts) => {
      facts.env.ingress = behindGateway;
      app(facts, "search").host = "argocd";
    },
    expected: ["argo-cd and search both claim the host argocd.example.org: give one of them another host"],
  },
  {
    title: "a host twice during a move",
    facts: (facts) => {
      facts.env.ingress = { controller: "nginx", tls: false, alsoBy: "gateway" };
      app(facts, "search").host = "checkout";
    },
    expected: ["checkout and search both claim the host checkout.example.org: give one of them another host"],
  },
  {
    title: "an app with the name of another one's redirect",
    facts: (facts) => {
      facts.env.ingress = { ...behindGateway, tls: true };
      facts.apps["checkout-redirect"] = { ...app(facts, "search"), namespace: "checkout" };
    },
    expected: [
      "the app checkout and the app checkout-redirect both claim the name checkout-redirect in the namespace checkout: " +
        "rename one of them, or give it another namespace",
    ],
  },
  {
    title: "a host of any other ingress in the platform's values",
    values: (world) => {
      const grafana = { ingress: { enabled: true, ingressClassName: "nginx", hosts: ["search.example.org"] } };
      Object.assign(valuesOf<Monitoring>(world, "kube-prometheus-stack").grafana ?? {}, grafana);
    },
    expected: [
      "kube-prometheus-stack and search both claim the host search.example.org: give one of them another host",
    ],
  },
  {
    title: "two releases with one name in one namespace",
    values: (world) => {
      world.releases.push({ name: "checkout", namespace: "checkout", owner: "helmfile", values: {} });
    },
    expected: [
      "the app checkout and the release checkout both claim the name checkout in the namespace checkout: " +
        "rename one of them, or give it another namespace",
    ],
  },
  {
    title: "an app with the name of another one's Service",
    facts: (facts) => {
      facts.apps["checkout-canary"] = { ...app(facts, "search"), namespace: "checkout" };
    },
    expected: [
      "the app checkout and the app checkout-canary both claim the name checkout-canary in the namespace checkout: " +
        "rename one of them, or give it another namespace",
    ],
  },
  ...["kube-system", "default"].map(
    (namespace): Row => ({
      title: `an app in the namespace ${namespace}`,
      facts: (facts) => {
        app(facts, "search").namespace = namespace;
      },
      expected: [`search and Kubernetes are both in the namespace ${namespace}: give the app another one`],
    }),
  ),
  {
    title: "an app in the namespace of the platform",
    facts: (facts) => {
      app(facts, "search").namespace = "monitoring";
    },
    expected: [
      "search and the release kube-prometheus-stack are both in the namespace monitoring: give the app another one",
    ],
  },
  {
    title: "one uid of two dashboards",
    values: (world) => {
      const values = { dashboards: { "overview.json": dashboard("orders"), "orders.json": dashboard("orders") } };
      world.releases = world.releases.filter(({ name }) => name !== "dashboards");
      world.releases.push({ name: "dashboards", namespace: "monitoring", owner: "helmfile", values });
    },
    expected: ["overview.json and orders.json both claim the dashboard uid orders: give one of them another uid"],
  },
];

/** App, what it says, its strategy, and the settings that have no effect then. */
const idle: [string, Departure, StrategyName, string][] = [
  ["search", { pace: { weights: [10] } }, "rolling", "weights"],
  ["search", { pace: { analysisCount: 20, analysisDelay: "2m" } }, "rolling", "analysisCount and analysisDelay"],
  ["checkout", { pace: { scaleDownDelaySeconds: 60 } }, "canary", "scaleDownDelaySeconds"],
  ["checkout", { pace: { weights: [10] } }, "blueGreen", "weights"],
];

const rollouts: Row[] = [
  {
    title: "tests that cannot be asked or told apart",
    facts: (facts) => {
      app(facts, "checkout").tests = [
        { name: "cart", path: "/cart", body: "{}" },
        { name: "cart", path: "/cart/2" },
      ];
    },
    expected: [
      "the test cart of checkout has a body, and GET takes none: remove it, or choose another method",
      "checkout has more than one test cart: give each a name of its own",
    ],
  },
  ...idle.map(
    ([name, departure, strategy, settings]): Row => ({
      title: `a pace that says ${settings} where the strategy is ${strategy}`,
      facts: (facts) => {
        const owner = name === "checkout" ? "argocd" : "helmfile";
        app(facts, name).environments = { prod: { owner, strategy, ...departure } };
      },
      expected: [
        `${name} sets ${settings} of its pace in prod, which the strategy ${strategy} does not use: remove that, or choose another strategy`,
      ],
    }),
  ),
  {
    title: "weights beside steps",
    facts: (facts) => {
      const steps = [{ weight: 10 }, { weight: 50 }];
      app(facts).environments = { prod: { owner: "argocd", steps, pace: { weights: [5] } } };
    },
    expected: ["checkout has both steps and weights of its pace in prod: remove one of the two"],
  },
  {
    title: "steps of a strategy that has none",
    facts: (facts) => {
      app(facts, "search").environments = { prod: { strategy: "rolling", steps: [{ weight: 10 }] } };
    },
    expected: ["search has steps in prod, and the strategy rolling, which has none: remove them, or choose canary"],
  },
  {
    title: "a canary without Argo Rollouts",
    facts: ({ env }) => {
      env.argoRollouts = false;
    },
    expected: [
      "checkout has the strategy canary, and prod has no Argo Rollouts: " +
        "set argoRollouts to true there, or choose the strategy rolling",
    ],
  },
  {
    title: "blue/green without Argo Rollouts",
    facts: (facts) => departure(facts, { strategy: "blueGreen" }),
    values: (world) => without(world, "argo-rollouts"),
    expected: [
      "checkout has the strategy blueGreen, and prod has no Argo Rollouts: " +
        "set argoRollouts to true there, or choose the strategy rolling",
    ],
  },
  {
    title: "a strategy that the app's own chart has not",
    facts: (facts) => {
      app(facts).chart = ownChart;
    },
    expected: [
      "checkout has the strategy canary, and its chart payments has only rolling and blueGreen: " +
        "choose one of these, or add it to the chart and to chart.strategies",
    ],
  },
  {
    title: "a canary behind a controller that does not divide requests",
    facts: ({ env }) => {
      const own = { className: "internal", namespace: "edge", canaryAnnotations: false };
      env.ingress = { controller: "mine", tls: false, ...own };
    },
    expected: [
      "checkout has the strategy canary, and the ingress controller of prod does not obey canary annotations " +
        "(canaryAnnotations is false): choose the strategy blueGreen or rolling",
    ],
  },
  {
    title: "a canary behind a Gateway without Argo Rollouts' plugin",
    facts: ({ env }) => {
      env.ingress = behindGateway;
    },
    values: (world) => {
      delete valuesOf<ArgoRollouts>(world, "argo-rollouts").controller?.trafficRouterPlugins;
    },
    expected: [
      "checkout has the strategy canary and a Gateway, and the release argo-rollouts has no plugin " +
        "argoproj-labs/gatewayAPI: take controller.trafficRouterPlugins from pluginsOf(env)",
    ],
  },
  {
    title: "weights that go down",
    facts: (facts) => departure(facts, { steps: [{ weight: 50 }, { weight: 20 }] }),
    expected: ["the canary of checkout goes from 50 % to 20 %: give each weight a larger one than the last"],
  },
  {
    title: "weights that repeat",
    facts: (facts) => departure(facts, { pace: { weights: [20, 20, 50] } }),
    expected: ["the canary of checkout goes from 20 % to 20 %: give each weight a larger one than the last"],
  },
  {
    title: "an analysis step without an analysis",
    values: (world) => {
      delete valuesOf(world).analysis;
    },
    expected: [
      "the canary of checkout has an analysis step, and its values have no analysis: add it, or drop the step",
    ],
  },
  {
    title: "a weight that nobody judges",
    facts: (facts) => departure(facts, { steps: [{ weight: 5, analysis: false }, { weight: 20 }] }),
    values: (world) => {
      canaryOf(world).steps = canaryOf(world).steps.filter(({ analysis }) => !analysis);
    },
    expected: [
      "checkout has an analysis, and no step runs it at 20 %: " +
        "add the step, or say analysis: false at that weight in the app's steps",
    ],
  },
  {
    title: "a weight of 0 that is judged by requests",
    facts: (facts) => departure(facts, { pace: { weights: [0, 50] } }),
    expected: [
      "the canary of checkout is judged at 0 %, where it gets no request, and onNoData is inconclusive: " +
        "start above 0, or say analysis: false at that weight in the app's steps",
    ],
  },
  {
    title: "a canary that takes as long as its alert waits",
    facts: (facts) => departure(facts, { steps: [{ weight: 20, analysis: false, pause: "1h" }] }),
    expected: [
      "a good rollout of checkout takes at least 1h, and its alert RolloutStuck fires after 1h: " +
        "raise pace.stuckAfter, or shorten the rollout",
    ],
  },
  {
    title: "blue/green that takes longer than its alert waits",
    facts: (facts) => departure(facts, { strategy: "blueGreen", pace: { autoPromotionSeconds: 3570 } }),
    expected: [
      "a good rollout of checkout takes at least 64m, and its alert RolloutStuck fires after 1h: " +
        "raise pace.stuckAfter, or shorten the rollout",
    ],
  },
];

const pods: Row[] = [
  {
    title: "an autoscaler whose maximum is below what it starts from",
    facts: (facts) => departure(facts, { size: "large", maxReplicas: 3 }),
    expected: [
      "the autoscaler of checkout has a maximum of 3 pods in prod, and the version that serves needs 4 beside a " +
        "canary: raise maxReplicas, or lower replicas",
    ],
  },
  {
    title: "an autoscaler whose maximum is below its minimum",
    facts: (facts) => departure(facts, { size: "large", strategy: "rolling" }),
    values: (world) => {
      valuesOf(world).autoscaling = { minReplicas: 6, maxReplicas: 5, targetCPUUtilizationPercentage: 70 };
    },
    expected: [
      "the autoscaler of checkout has a maximum of 5 pods in prod, and the version that serves needs 6 beside a " +
        "canary: raise maxReplicas, or lower replicas",
    ],
  },
  {
    title: "a maximum without an autoscaler",
    facts: (facts) => departure(facts, { maxReplicas: 8 }),
    expected: [
      "checkout sets maxReplicas in prod, and the size medium has no autoscaler: remove it, or choose the size large",
    ],
  },
  {
    title: "a canary pod that must carry more than the autoscaler sees",
    facts: (facts) => departure(facts, { size: "large" }),
    values: (world) => {
      canaryOf(world).steps = canaryOf(world).steps.filter(({ setCanaryScale }) => !setCanaryScale);
    },
    expected: [
      "at 50 % a new pod of checkout in prod may have to carry 1.65 times its normal load, and 1.43 is allowed: " +
        "let setCanaryScale start more pods, take smaller weights, or raise maxPodLoad",
    ],
  },
  {
    title: "a canary pod that is alone with a fifth of the requests",
    facts: (facts) => departure(facts, { replicas: 10 }),
    values: (world) => {
      for (const step of canaryOf(world).steps) if (step.setCanaryScale) step.setCanaryScale = { replicas: 1 };
    },
    expected: [
      "at 20 % a new pod of checkout in prod may have to carry 2.00 times its normal load, and 1.00 is allowed: " +
        "let setCanaryScale start more pods, take smaller weights, or raise maxPodLoad",
    ],
  },
];

const traffic: Row[] = [
  {
    title: "an ingress class that nobody serves",
    values: (world) => without(world, "traefik"),
    expected: [
      "prod has the ingress class nginx, and not the release traefik, which serves it: " +
        "enable traefik, or name another controller in the environment's ingress",
    ],
  },
  {
    title: "a controller that serves another class",
    values: (world) => {
      valuesOf<Traefik>(world, "traefik").ingressClass = { enabled: true, name: "edge" };
    },
    expected: [
      "traefik serves the ingress class edge (ingressClass.name), and prod asks for nginx: make them the same",
    ],
  },
  {
    title: "an app that asks for another class",
    values: (world) => {
      valuesOf(world).ingress.className = "traefik";
    },
    expected: [
      "checkout asks for the ingress class traefik, and traefik serves nginx in prod: take the class from classOf(env)",
    ],
  },
  {
    title: "a platform release that asks for another class",
    values: (world) => {
      Object.assign(valuesOf<ArgoCd>(world, "argo-cd").server?.ingress ?? {}, { ingressClassName: "edge" });
    },
    expected: [
      "argo-cd asks for the ingress class edge, and traefik serves nginx in prod: take the class from classOf(env)",
    ],
  },
  {
    title: "a Gateway that nobody serves",
    facts: ({ env }) => {
      env.ingress = behindGateway;
    },
    values: (world) => without(world, "traefik"),
    expected: [
      "prod has the Gateway apps, and not the release traefik, which serves it: " +
        "enable traefik, or name another controller in the environment's ingress",
    ],
  },
  {
    title: "an Ingress where a Gateway alone serves",
    facts: ({ env }) => {
      env.ingress = behindGateway;
    },
    values: (world) => {
      valuesOf(world).ingress.className = "nginx";
    },
    expected: [
      "checkout asks for the ingress class nginx, and prod serves HTTPRoutes alone: take the class from classOf(env)",
    ],
  },
  {
    title: "an app that a move leaves out, on either side",
    facts: ({ env }) => {
      env.ingress = { controller: "gateway", tls: false, alsoBy: "nginx" };
    },
    values: (world) => {
      delete valuesOf(world).ingress.className;
      delete valuesOf(world, "search").ingress.gateway;
    },
    expected: [
      "checkout has no Ingress, and ingress-nginx serves nginx in prod: take the class from classOf(env)",
      "search asks for no Gateway, and prod has the Gateway apps in the namespace traefik: take the Gateway from gatewayOf(env)",
    ],
  },
  {
    title: "a Gateway without a listener for HTTPS",
    facts: ({ env, apps }) => {
      env.ingress = { ...behindGateway, tls: true };
      delete apps.search;
    },
    values: (world) => {
      gatewayIn(world).spec.listeners.pop();
    },
    expected: [
      "checkout has the host checkout.example.org, and the Gateway apps of traefik has no listener https for it: " +
        "take the Gateway from gatewayObject(env)",
    ],
  },
  {
    title: "a Gateway whose listener is for other hosts",
    facts: ({ env, apps }) => {
      env.ingress = behindGateway;
      delete apps.search;
    },
    values: (world) => {
      for (const listener of gatewayIn(world).spec.listeners) listener.hostname = "*.example.com";
    },
    expected: [
      "checkout has the host checkout.example.org, and the Gateway apps of traefik has no listener http for it: " +
        "take the Gateway from gatewayObject(env)",
    ],
  },
  {
    title: "a network policy that lets in one of two controllers",
    facts: ({ env }) => {
      env.ingress = { controller: "gateway", tls: false, alsoBy: "nginx" };
    },
    values: (world) => {
      valuesOf(world).networkPolicy.ingressNamespaces = ["traefik"];
    },
    expected: [
      "checkout lets in requests from the namespace traefik, and the ingress controller ingress-nginx is in ingress-nginx: " +
        "make networkPolicy.ingressNamespaces the same",
    ],
  },
  {
    title: "a network policy that lets in a namespace without a controller",
    values: (world) => {
      valuesOf(world).networkPolicy.ingressNamespaces.push("edge");
    },
    expected: [
      "checkout lets in requests from the namespace traefik and edge, and no ingress controller is in edge: " +
        "make networkPolicy.ingressNamespaces the same",
    ],
  },
  {
    title: "a network policy for another namespace than the controller's",
    values: (world) => {
      valuesOf(world).networkPolicy.ingressNamespaces = ["ingress-nginx"];
    },
    expected: [
      "checkout lets in requests from the namespace ingress-nginx, and the ingress controller traefik is in traefik: " +
        "make networkPolicy.ingressNamespaces the same",
    ],
  },
  {
    title: "a controller in another namespace than its facts say",
    facts: ({ apps }) => {
      delete apps.search;
    },
    values: (world) => {
      for (const release of world.releases) if (release.name === "traefik") release.namespace = "edge";
    },
    expected: [
      "checkout lets in requests from the namespace traefik, and the ingress controller traefik is in edge: " +
        "make networkPolicy.ingressNamespaces the same",
    ],
  },
  {
    title: "a variable that the chart sets",
    facts: (facts) => {
      app(facts).env = { METRICS_PORT: "9000" };
    },
    expected: ["checkout sets METRICS_PORT, and its chart sets it to ports.metrics: remove it from env"],
  },
  {
    title: "a variable that no shell takes",
    facts: (facts) => {
      app(facts).env = { "log-level": "info" };
    },
    expected: [
      'checkout sets "log-level", and a shell takes only letters, digits and _, with no digit first: rename it in env',
    ],
  },
  {
    title: "a probe that counts as a user's request",
    facts: (facts) => {
      app(facts).probes = { live: "/ping", ready: "/readyz" };
    },
    expected: [
      "checkout is probed at /ping, and its SLO counts that route as users' requests (not /(health|livez|readyz).*): " +
        "probe another path, or widen probeRoutes in observability/sli.ts",
    ],
  },
  {
    title: "one port for two things",
    facts: (facts) => {
      app(facts).ports = { http: 8080, metrics: 8080 };
    },
    expected: ["checkout has the port 8080 both for http and for metrics: give one of them another port"],
  },
  {
    title: "egress to nowhere",
    facts: (facts) => {
      app(facts).egress = [{ ports: [5432] }];
    },
    expected: ["the egress of checkout to port 5432 has neither a namespace nor a cidr: give it one of the two"],
  },
  {
    title: "egress to two places",
    facts: (facts) => {
      app(facts).egress = [{ namespace: "db", cidr: "10.0.0.0/8", ports: [5432] }];
    },
    expected: [
      "the egress of checkout to port 5432 has both the namespace db and the cidr 10.0.0.0/8: give it one of the two",
    ],
  },
];

const monitoring: Row[] = [
  ...(
    [
      [
        { scrapeInterval: "30s", analysisRange: "2m", analysisDelay: "2m" },
        "is scraped every 30s (pace.scrapeInterval), and rates of versions are recorded over a minute: scrape every 15s at least",
      ],
      [
        { analysisRange: "30s" },
        "has an analysis of rates over 30s (pace.analysisRange), and is scraped every 15s (pace.scrapeInterval): make the range four scrapes long at least",
      ],
      [
        { analysisDelay: "30s" },
        "has its traffic measured after 30s (pace.analysisDelay), over 1m (pace.analysisRange): wait for a whole range at least",
      ],
      [
        { analysisCount: 1 },
        "is measured 1 times (pace.analysisCount), and 1 failures are tolerated (pace.analysisFailureLimit), so no version is ever aborted: measure more often, or tolerate fewer",
      ],
    ] as const
  ).map(
    ([pace, says]): Row => ({
      title: `an analysis with ${JSON.stringify(pace)}`,
      facts: (facts) => {
        app(facts).environments = { prod: { owner: "argocd", pace } };
      },
      expected: [`checkout ${says}`],
    }),
  ),
  {
    title: "an analysis that asks another Prometheus",
    values: (world) => {
      Object.assign(valuesOf(world).analysis ?? {}, { prometheusAddress: "http://thanos.example.org" });
    },
    expected: [
      "the analysis of checkout asks http://thanos.example.org, and the Prometheus of prod is " +
        "http://kube-prometheus-stack-prometheus.monitoring.svc:9090: take the address from prometheusOf(env)",
    ],
  },
  {
    title: "an analysis that asks a Prometheus that is not there",
    values: (world) => without(world, "kube-prometheus-stack"),
    expected: [
      "the analysis of checkout asks the Prometheus of kube-prometheus-stack, and prod does not have that release: " +
        "enable it, or name an existing Prometheus in the environment's monitoring",
    ],
  },
  {
    title: "a Prometheus in another namespace than its facts say",
    facts: ({ apps }) => {
      delete apps.search;
    },
    values: (world) => {
      for (const release of world.releases) if (release.name === "kube-prometheus-stack") release.namespace = "watch";
    },
    expected: [
      "the analysis of checkout asks http://kube-prometheus-stack-prometheus.monitoring.svc:9090, and " +
        "kube-prometheus-stack is in the namespace watch: correct the address in observability/prometheus.ts",
      "checkout lets itself be scraped from the namespace monitoring, and the Prometheus of prod is in watch: " +
        "make networkPolicy.prometheusNamespace the same",
    ],
  },
  {
    title: "a network policy for another namespace than Prometheus's",
    facts: ({ env }) => {
      env.monitoring = existing;
    },
    values: (world) => {
      valuesOf(world).networkPolicy.prometheusNamespace = "monitoring";
    },
    expected: [
      "checkout lets itself be scraped from the namespace monitoring, and the Prometheus of prod is in observability: " +
        "make networkPolicy.prometheusNamespace the same",
    ],
  },
  {
    title: "an app's ServiceMonitor that an existing Prometheus does not select",
    facts: ({ env }) => {
      env.monitoring = existing;
    },
    values: (world) => {
      delete valuesOf(world).metrics.labels;
    },
    expected: [
      "the ServiceMonitor of checkout lacks release: prom, by which the Prometheus of prod selects: " +
        "take the labels from prometheusOf(env)",
    ],
  },
  {
    title: "a platform release's ServiceMonitor that it does not select",
    facts: ({ env }) => {
      env.monitoring = existing;
    },
    values: (world) => {
      Object.assign(valuesOf<ArgoCd>(world, "argo-cd").redis?.metrics ?? {}, {
        serviceMonitor: { enabled: true, additionalLabels: { release: "other" } },
      });
    },
    expected: [
      "the ServiceMonitor of argo-cd lacks release: prom, by which the Prometheus of prod selects: " +
        "take the labels from prometheusOf(env)",
    ],
  },
  {
    title: "our Prometheus, which takes its own release's monitors alone",
    values: (world) => {
      const { prometheus } = valuesOf<Monitoring>(world, "kube-prometheus-stack");
      delete prometheus?.prometheusSpec?.serviceMonitorSelectorNilUsesHelmValues;
    },
    expected: [
      "kube-prometheus-stack would take its own ServiceMonitors alone, and not those of the apps: " +
        "set prometheusSpec.serviceMonitorSelectorNilUsesHelmValues to false",
    ],
  },
  {
    title: "an SLO window longer than our Prometheus keeps metrics",
    facts: (facts) => {
      departure(facts, { slo: { window: "7d" } }, "search");
    },
    values: (world) => {
      Object.assign(valuesOf<Monitoring>(world, "kube-prometheus-stack").prometheus?.prometheusSpec ?? {}, {
        retention: "2w",
      });
    },
    expected: [
      "the SLO of checkout has a window of 28d, and the Prometheus of prod keeps metrics for 2w: " +
        "shorten the window, or keep them for longer",
    ],
  },
  {
    title: "an SLO window longer than an existing Prometheus keeps metrics",
    facts: (facts) => {
      facts.env.monitoring = { ...existing, retentionDays: 28 };
      departure(facts, { slo: { window: "30d" } });
    },
    expected: [
      "the SLO of checkout has a window of 30d, and the Prometheus of prod keeps metrics for 28d: " +
        "shorten the window, or keep them for longer",
    ],
  },
  {
    title: "an SLO that an environment loosens",
    facts: (facts) => departure(facts, { slo: { availability: 0.98 } }),
    expected: [
      "the SLO of checkout in prod is looser than its own (availability 0.98 is below 0.99): " +
        "an environment may only tighten it",
    ],
  },
];

describe.each([
  ["owners", owners],
  ["claims", claims],
  ["rollouts", rollouts],
  ["pods", pods],
  ["traffic", traffic],
  ["monitoring", monitoring],
])("refuses, of %s,", (_, rows) => {
  test.each(rows)("$title", ({ facts: changeFacts, values: changeValues, expected }) => {
    const facts = exampleFacts();
    changeFacts?.(facts);
    const world: World = structuredClone(worldOf(facts));
    changeValues?.(world);
    expect(contradictions(world).map(({ message }) => message)).toEqual(expected);
  });
});
