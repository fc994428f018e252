import path from "node:path";
import fc from "fast-check";
import {
  type App,
  type AppFacts,
  appIn,
  type Chart,
  type Departure,
  type Egress,
  type Step,
} from "../../values-src/app.ts";
import type { Environment, Ingress, Monitoring } from "../../values-src/environment.ts";
import { type PaceSettings, paces } from "../../values-src/paces.ts";
import { values as httpService } from "../../values-src/releases/http-service.ts";
import type { Slo } from "../../values-src/slo.ts";
import { usedBy } from "../../values-src/world/rollouts.ts";
import type { World } from "../../values-src/world/world.ts";
import { type DeclaredRelease, loadReleases } from "../engine/releases.ts";
import { loadPlatformSchemas } from "../engine/schemas.ts";
import { type EvaluatedRelease, evaluateApp, evaluateRelease, loadValueModules } from "../engine/value-modules.ts";
import { worldOf } from "../engine/world.ts";
import { IssueError } from "../problems/issue.ts";
import { outputOf } from "./processes.ts";

/** Facts that the types allow: an environment and its apps, as a team might write them. */
export interface WorldFacts {
  env: Environment;
  apps: { name: string; facts: AppFacts; imageTag: string }[];
}

/** A world that follows from facts, by the value modules of this repository. */
export interface EvaluatedWorld extends World {
  /** The same releases, with their charts. */
  evaluated: EvaluatedRelease[];
}

/** What a team may have, by chance. Most have no contradiction: what cannot be together is rare in each fact. */
export const anyWorldFacts: fc.Arbitrary<WorldFacts> = anyEnvironment().chain((env) =>
  fc.record({
    env: fc.constant(env),
    apps: fc.uniqueArray(anyApp(env), { minLength: 1, maxLength: 3, selector: ({ name }) => name }),
  }),
);

/** The same worlds' facts for the same seed: to render them, or to apply them to a cluster with `--dry-run=server`. */
export function sampleWorldFacts(seed: number, count: number): WorldFacts[] {
  return fc.sample(anyWorldFacts, { seed, numRuns: count });
}

/** Reads this repository's value modules once, and gives what evaluates facts with them as `gen` does. */
export async function loadWorldMaker(root: string): Promise<(facts: WorldFacts) => EvaluatedWorld> {
  const releases = await loadReleases(root, await loadPlatformSchemas(root));
  const modules = await loadValueModules(root, releases);
  return ({ env, apps: all }) => {
    const apps = all.flatMap(({ name, facts, imageTag }) => appIn(env, name, facts, imageTag) ?? []);
    const facts = Object.fromEntries(all.map((app) => [app.name, app.facts]));
    const platform = releases.map((release: DeclaredRelease) => {
      const module = modules.get(release.name);
      return module && evaluateRelease(root, release, module, env, { here: apps, facts });
    });
    const results = [...platform, ...apps.map((app) => evaluateApp(root, moduleOf(app), app))];
    const evaluated = results.flatMap((result) => {
      if (Array.isArray(result)) throw new IssueError(...result);
      for (const { message } of result?.unfit ?? []) throw new Error(message);
      return result ?? [];
    });
    return { ...worldOf(env, evaluated), evaluated };
  };
}

/** A release's manifests as `helm template` prints them; `chart` is a folder. Throws with what helm says. */
export async function renderRelease(helm: string, release: EvaluatedRelease, chart: string): Promise<string> {
  const { name, namespace, values } = release;
  const versions = ["monitoring.coreos.com/v1", "policy/v1/PodDisruptionBudget"];
  const args = ["template", name, chart, "--namespace", namespace, "--values", "-"];
  const withVersions = [...args, ...versions.flatMap((version) => ["--api-versions", version])];
  return outputOf(helm, withVersions, { input: JSON.stringify(values) });
}

/** Of a chart of its own nobody knows the values. */
function moduleOf({ facts, name }: App) {
  if (facts.chart) return { source: path.join("values-src/apps", `${name}.ts`), values: () => ({}) };
  return { source: "values-src/releases/http-service.ts", values: httpService };
}

/** Mostly the first. */
function mostly<T>(usual: fc.Arbitrary<T>, rare: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ arbitrary: usual, weight: 19 }, { arbitrary: rare, weight: 1 });
}

function oneOf<T extends string | number>(...values: T[]): fc.Arbitrary<T> {
  return fc.constantFrom(...values);
}

/** Some keys of a record, each there or not. */
function partly<T extends object>(all: { [Key in keyof T]-?: fc.Arbitrary<NonNullable<T[Key]>> }): fc.Arbitrary<T> {
  return fc.record(all, { requiredKeys: [] }) as fc.Arbitrary<unknown> as fc.Arbitrary<T>;
}

function anyEnvironment(): fc.Arbitrary<Environment> {
  const facts = {
    name: oneOf("prod", "e"),
    domain: oneOf("example.com", "shop.example-1.org", "2024.example"),
    size: oneOf("small", "medium", "large"),
    strategy: oneOf("rolling", "blueGreen", "canary"),
    pace: oneOf("steady", "fast"),
    owner: oneOf("helmfile", "argocd"),
    argoCd: mostly(fc.constant(true), fc.constant(false)),
    argoRollouts: mostly(fc.constant(true), fc.constant(false)),
    ingress: anyIngress(),
    monitoring: anyMonitoring(),
    git: fc.constant({ url: "https://git.example.com/platform.git", revision: "main" }),
  };
  const clusterLabels = mostly(fc.constant(undefined), fc.constant({ stage: "prod" }));
  return fc
    .tuple(fc.record(facts), clusterLabels)
    .map(([env, labels]): Environment => ({ ...env, ...(labels && { clusterLabels: labels }) }));
}

function anyIngress(): fc.Arbitrary<Ingress> {
  const own = {
    controller: fc.constant("mine" as const),
    tls: fc.boolean(),
    className: oneOf("nginx", "internal", "1"),
    namespace: oneOf("edge", "123"),
    canaryAnnotations: mostly(fc.constant(true), fc.constant(false)),
  };
  const ours = { controller: oneOf("traefik", "nginx", "gateway"), tls: fc.boolean() };
  const gatewayPlugin = { location: "http://mirror.example.com/gatewayapi-plugin", sha256: "0".repeat(64) };
  const plugin = mostly(fc.constant({}), fc.constant({ gatewayPlugin }));
  const moved = oneOf<"no" | "traefik" | "nginx">("no", "traefik", "nginx");
  return fc.tuple(fc.oneof(fc.record(own), fc.record(ours)), moved, plugin).map(([facts, to, more]) => {
    const alsoBy = facts.controller === "gateway" ? to : "gateway";
    return { ...facts, ...more, ...(to !== "no" && { alsoBy }) } as Ingress;
  });
}

function anyMonitoring(): fc.Arbitrary<Monitoring> {
  const parts = { grafana: fc.boolean(), redisExporter: fc.boolean() };
  const ours = {
    ...parts,
    prometheus: fc.constant("ours" as const),
    alertmanager: fc.boolean(),
    kubeStateMetrics: fc.boolean(),
    nodeExporter: fc.boolean(),
    admissionWebhooks: fc.boolean(),
  };
  const existing = {
    ...parts,
    prometheus: fc.constant("existing" as const),
    address: oneOf("http://prometheus.observability.svc:9090", "https://prometheus.example.com"),
    namespace: oneOf("observability", "monitoring", "123"),
    labels: fc.constantFrom<Record<string, string>>({}, { release: "prom" }, { "example.com/team": "on", scrape: "1" }),
    retentionDays: mostly(fc.constant(30), fc.constant(15)),
  };
  return fc.oneof<fc.Arbitrary<Monitoring>[]>(fc.record(ours), fc.record(existing));
}

const appNames = ["checkout", "search", "shop-api", "search-metrics", "a".repeat(50)];

function anyApp({ name: env }: Environment): fc.Arbitrary<WorldFacts["apps"][number]> {
  const departures = fc.oneof(
    { arbitrary: fc.constant({}), weight: 2 },
    { arbitrary: anyDeparture().map((departure) => ({ [env]: departure })), weight: 5 },
    { arbitrary: fc.constant({ [env]: false as const }), weight: 1 },
  );
  const facts = fc
    .tuple(
      fc.record({ image: fc.constant("registry:5000/shop/app"), team: oneOf("shop", "123"), slo: anySlo() }),
      moreFacts(),
    )
    .chain(([own, more]) => departures.map((environments): AppFacts => ({ ...own, ...more, environments })));
  const imageTag = oneOf("1.2.3", "20240101", "1e3", `on@sha256:${"0".repeat(64)}`);
  return fc.record({ name: oneOf(...appNames), facts, imageTag });
}

type MoreFacts = Pick<
  AppFacts,
  "namespace" | "host" | "size" | "maxPodLoad" | "env" | "secrets" | "ports" | "probes" | "egress" | "metrics" | "chart"
>;

type Ports = NonNullable<AppFacts["ports"]>;
type Probes = NonNullable<AppFacts["probes"]>;

function moreFacts(): fc.Arbitrary<MoreFacts> {
  return partly<MoreFacts>({
    namespace: mostly(oneOf("shop", "123", "off"), oneOf("monitoring", "argocd")),
    host: mostly(fc.stringMatching(/^[a-z0-9]{1,9}(\.[a-z0-9]{1,9})?$/), oneOf("www", "argocd")),
    size: oneOf("small", "medium", "large"),
    maxPodLoad: oneOf(1, 1.2, 3),
    env: anyVariables(),
    secrets: fc.uniqueArray(oneOf("database", "123", "on"), { maxLength: 3 }),
    ports: mostly<Ports>(fc.constant({ http: 3000, metrics: 3001 }), fc.constant({ http: 8080, metrics: 8080 })),
    probes: mostly<Probes>(
      fc.constant({ live: "/livez", ready: "/readyz:" }),
      fc.constant({ live: "/", ready: "/ping" }),
    ),
    egress: fc.array(anyEgress(), { maxLength: 3 }),
    metrics: fc.constant({ orders_total: { type: "counter", help: "Orders.", labels: ["outcome"] } }),
    chart: anyChart(),
  }).chain((facts) => {
    const { chart: _, ...withoutChart } = facts;
    return mostly(fc.constant<MoreFacts>(withoutChart), fc.constant(facts));
  });
}

function anyVariables(): fc.Arbitrary<Record<string, string>> {
  const name = fc.oneof(
    { arbitrary: oneOf("LOG_LEVEL", "_x1", "Y", "NO", "null", "true"), weight: 80 },
    { arbitrary: oneOf("PORT", "1ST", "a-b", "a: b"), weight: 1 },
  );
  const value = fc.oneof(oneOf("info", "", "{{ .Values }}", "a: b # c", '"', "\\n", "line\nline", "ü🙂"), fc.string());
  return fc.dictionary(name, value, { maxKeys: 3 });
}

function anyEgress(): fc.Arbitrary<Egress> {
  const ports = fc.uniqueArray(fc.integer({ min: 1, max: 65535 }), { minLength: 1, maxLength: 2 });
  const one = fc.oneof(
    fc.record({ namespace: oneOf("database", "123"), ports }),
    fc.record({ cidr: oneOf("10.0.0.0/8", "::/0"), ports }),
  );
  return fc.oneof({ arbitrary: one, weight: 40 }, { arbitrary: fc.record({ ports }), weight: 1 });
}

function anyChart(): fc.Arbitrary<Chart> {
  const strategies = fc.subarray<"rolling" | "blueGreen" | "canary">(["rolling", "blueGreen", "canary"], {
    minLength: 1,
  });
  return strategies.map((all) => ({
    from: "git",
    name: "payments",
    url: "https://git.example.com/payments.git",
    path: "chart",
    revision: "v1",
    strategies: all,
    kinds: [{ group: "", kind: "Service" }],
  }));
}

function anySlo(): fc.Arbitrary<Slo> {
  return fc.record({
    availability: fc.constantFrom(0.9, 0.95, 0.99, 0.9999),
    latency: fc.record({ percentile: fc.constantFrom(0.5, 0.95, 0.999), seconds: oneOf(0.005, 0.25, 1, 5) }),
    window: oneOf("7d", "14d", "28d", "30d"),
    maxBurnRate: fc.double({ min: 1, max: 50, noNaN: true }),
    minRequests: oneOf(1, 50, 100_000),
    onNoData: oneOf("fail", "pass", "inconclusive"),
  });
}

function anyDeparture(): fc.Arbitrary<Departure> {
  return partly<Departure>({
    strategy: oneOf("rolling", "blueGreen", "canary"),
    owner: oneOf("helmfile", "argocd"),
    pace: fc.oneof(oneOf("steady", "fast"), anyPace()),
    slo: mostly(fc.constant<Partial<Slo>>({ window: "14d", minRequests: 10 }), anySlo()),
    size: oneOf("small", "medium", "large"),
    replicas: fc.integer({ min: 1, max: 12 }),
    maxReplicas: fc.integer({ min: 10, max: 48 }),
    steps: anySteps(),
    env: anyVariables(),
  }).map(inEffect);
}

/** All that is said has an effect: steps and a pace's settings come with a strategy that uses them, a maximum with a size. */
function inEffect({ pace, steps, maxReplicas, ...departure }: Departure): Departure {
  const { strategy = steps || typeof pace === "object" ? "canary" : undefined } = departure;
  const used = (setting: string) => !strategy || (usedBy[setting as keyof PaceSettings]?.includes(strategy) ?? true);
  const isKept = (setting: string) => used(setting) && !(steps && setting === "weights");
  const settings = typeof pace === "object" && Object.entries(pace).filter(([setting]) => isKept(setting));
  return {
    ...departure,
    ...(strategy && { strategy }),
    ...(maxReplicas && departure.size === "large" && { maxReplicas }),
    ...(steps && strategy === "canary" && { steps }),
    ...(pace && { pace: settings ? Object.fromEntries(settings) : pace }),
  };
}

function anyPace(): fc.Arbitrary<Partial<PaceSettings>> {
  const { scrapeInterval, analysisRange, analysisInterval, analysisDelay } = paces.steady;
  return partly<Partial<PaceSettings>>({
    scrapeInterval: fc.constantFrom(scrapeInterval, "5s"),
    progressDeadlineSeconds: oneOf(1, 600),
    weights: anyWeights(),
    analysisRange: fc.constantFrom(analysisRange, "80s"),
    analysisInterval: fc.constantFrom(analysisInterval, "2m"),
    analysisDelay: fc.constantFrom(analysisDelay, "1h"),
    analysisCount: oneOf(1, 10, 20),
    analysisFailureLimit: oneOf(0, 3),
    autoPromotionSeconds: oneOf(1, 300),
    scaleDownDelaySeconds: oneOf(30, 600),
    stuckAfter: oneOf("2h", "90m"),
  });
}

/** Going up, but for a few. */
function anyWeights(): fc.Arbitrary<number[]> {
  const weight = fc.integer({ min: 0, max: 100 });
  const up = fc.uniqueArray(weight, { minLength: 1, maxLength: 4 }).map((weights) => weights.sort((a, b) => a - b));
  return mostly(up, fc.array(weight, { minLength: 1, maxLength: 4 }));
}

function anySteps(): fc.Arbitrary<Step[]> {
  const rest = partly<Omit<Step, "weight">>({
    analysis: fc.constant(false as const),
    pause: oneOf("30s", "1h", "promotion"),
  });
  return fc
    .tuple(anyWeights(), fc.array(rest, { minLength: 4, maxLength: 4 }))
    .map(([weights, rests]) => weights.map((weight, index) => ({ weight, ...rests[index] })));
}
