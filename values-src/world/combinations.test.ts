import { readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { checkNeedsIn } from "../../scripts/engine/needs.ts";
import { compileSchema, type Validator } from "../../scripts/engine/validator.ts";
import type { EvaluatedRelease } from "../../scripts/engine/value-modules.ts";
import { checkPromql } from "../../scripts/promql/check.ts";
import { requireChart, requireTool } from "../../scripts/testing/require.ts";
import {
  anyWorldFacts,
  type EvaluatedWorld,
  loadWorldMaker,
  renderRelease,
  type WorldFacts,
} from "../../scripts/testing/worlds.ts";
import type { Values } from "../charts/http-service.ts";
import type { Values as Traefik } from "../charts/traefik.ts";
import type { EnvironmentFacts } from "../environment.ts";
import { pluginName } from "../ingress/gateway.ts";
import { classOf, gatewayOf } from "../ingress/ingress.ts";
import { exposedSeries, knownMetrics } from "../observability/metrics.ts";
import { prometheusOf } from "../observability/prometheus.ts";
import { exampleFacts, existingMonitoring as existing } from "../testing/facts.ts";
import { contradictions } from "./world.ts";

const root = path.resolve(import.meta.dirname, "../..");
const worldOf = await loadWorldMaker(root);
/** To see a failure again: SEED=<the seed that was printed> npx vitest run values-src/world/combinations.test.ts */
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000_000);

test("what the types allow is refused, or renders and fits together", { timeout: 120_000 }, async (context) => {
  const helm = requireTool(context, "helm");
  const seen = { refused: 0, rendered: 0, absent: 0 };
  const property = fc.asyncProperty(anyWorldFacts, async (facts) => {
    expect(problemsOfFacts(facts)).toEqual([]);
    const world = worldOf(facts);
    expect(world.evaluated.flatMap(schemaProblems)).toEqual([]);
    if (contradictions(world).length > 0) {
      seen.refused += 1;
      return;
    }
    expect(needsProblems(world)).toEqual([]);
    expect(promqlProblems(facts, world)).toEqual([]);
    const services = world.evaluated.filter(({ of }) => "app" in of && !of.app.facts.chart);
    seen[services.length > 0 ? "rendered" : "absent"] += 1;
    const rendered = await Promise.all(services.map((service) => render(helm, service, "service/chart")));
    expect(rendered.flatMap((objects) => misfits(world, objects))).toEqual([]);
    expect(rendered.map(ownVariables)).toEqual(services.map(({ values }) => (values as Values).env));
    // Of Ingresses, and of HTTPRoutes: during a move, each host has both.
    const hosts = rendered.flat().flatMap(({ kind, spec }) => {
      if (kind === "Ingress") return spec.rules.map(({ host }: { host: string }) => `Ingress ${host}`);
      if (kind === "HTTPRoute") return `${spec.parentRefs[0].sectionName} ${spec.hostnames}`;
      return [];
    });
    expect(new Set(hosts).size).toBe(hosts.length);
  });
  await fc.assert(property, { seed, numRuns: 100 });
  console.log(`seed ${seed}: ${JSON.stringify(seen)}`);
  // Else the property would say little.
  expect(seen.rendered).toBeGreaterThan(20);
});

const mine = { controller: "mine", tls: false, className: "internal", namespace: "edge" } as const;

/** What a team has already, beside the example's facts. */
const teams: { title: string; facts: Partial<EnvironmentFacts>; withoutArgoCd?: true }[] = [
  { title: "nothing", facts: {} },
  { title: "ingress-nginx", facts: { ingress: { controller: "nginx", tls: true } } },
  { title: "a Gateway", facts: { ingress: { controller: "gateway", tls: true } } },
  {
    title: "ingress-nginx, moving to a Gateway",
    facts: { ingress: { controller: "nginx", tls: true, alsoBy: "gateway" } },
  },
  {
    title: "a Gateway, moving back to Traefik",
    facts: { ingress: { controller: "gateway", tls: true, alsoBy: "traefik" } },
  },
  { title: "Prometheus and Grafana", facts: { monitoring: { ...existing, grafana: true, redisExporter: true } } },
  { title: "an ingress controller that divides requests", facts: { ingress: { ...mine, canaryAnnotations: true } } },
  {
    title: "everything that a Deployment takes, and no use for Argo",
    facts: {
      strategy: "rolling",
      argoCd: false,
      argoRollouts: false,
      ingress: { ...mine, canaryAnnotations: false },
      monitoring: existing,
    },
    withoutArgoCd: true,
  },
];

test.for(teams)("a team that has $title: every release renders", async ({ facts, withoutArgoCd }, context) => {
  const helm = requireTool(context, "helm");
  const { env, apps } = exampleFacts();
  Object.assign(env, facts);
  if (withoutArgoCd && apps.checkout) delete apps.checkout.environments;
  const all = Object.entries(apps).map(([name, own]) => ({ name, facts: own, imageTag: "1.2.3" }));
  const world = worldOf({ env, apps: all });
  expect(contradictions(world)).toEqual([]);
  expect(world.evaluated.flatMap(schemaProblems)).toEqual([]);
  expect(needsProblems(world)).toEqual([]);
  const objects: KubeObject[] = [];
  for (const release of world.evaluated) {
    const { chart = "./service/chart" } = "release" in release.of ? release.of.release : {};
    const folder = chart.startsWith("./") ? chart : requireChart(context, release.chartName);
    objects.push(...(await render(helm, release, folder)));
  }
  expect(objects.flatMap((object) => [...unselected(world, object), ...wrongClass(world, object)])).toEqual([]);
  const ownRules = objects.filter(({ kind, metadata }) => kind === "PrometheusRule" && /platform/.test(metadata.name));
  expect(ownRules).toHaveLength(env.argoCd || env.monitoring.prometheus === "ours" ? 1 : 0);
  expect(JSON.stringify(ownRules)).not.toContain("`");
  if (ownRules.length > 0) expect(JSON.stringify(ownRules)).toContain("The app {{ $labels.name }} has");
});

/** As much of a Kubernetes object as is looked at here. */
interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; labels?: Record<string, string> };
  // biome-ignore lint/suspicious/noExplicitAny: of any kind.
  spec?: any;
}

/** The release's objects, read as Kubernetes reads them: by YAML 1.1, where `on` is no text. */
async function render(helm: string, release: EvaluatedRelease, chart: string): Promise<KubeObject[]> {
  return parseAllDocuments(await renderRelease(helm, release, chart), { version: "1.1" }).flatMap((document) => {
    if ("errors" in document && document.errors.length > 0) throw document.errors[0];
    return "toJS" in document ? ((document.toJS() as KubeObject | null) ?? []) : [];
  });
}

const validators = new Map<string, Validator>();

function validatorOf(schema: string): Validator {
  const known = validators.get(schema);
  if (known) return known;
  const text = readFileSync(path.join(root, `schemas/${schema}.schema.json`), "utf8");
  const validator = compileSchema(JSON.parse(text) as object);
  validators.set(schema, validator);
  return validator;
}

/** The facts are those that a file could hold. */
function problemsOfFacts({ env: { name: _, ...env }, apps }: WorldFacts) {
  return [...validatorOf("environment")(env), ...apps.flatMap(({ facts }) => validatorOf("app")(facts))];
}

/** Of a chart of an app's own there is no schema here. */
function schemaProblems({ name, of, chartName, values }: EvaluatedRelease): string[] {
  if ("app" in of && of.app.facts.chart) return [];
  return validatorOf(chartName)(values).map(({ path: at, message }) => `${name} /${at.join("/")}: ${message}`);
}

function promqlProblems({ apps }: WorldFacts, { evaluated }: EvaluatedWorld): string[] {
  const own = apps.map(({ facts }) => exposedSeries(facts.metrics ?? {}));
  const known = Object.assign({}, knownMetrics, ...own);
  return evaluated
    .filter(({ of }) => "app" in of)
    .flatMap(({ name, values }) => checkPromql(values, known).map(({ message }) => `${name}: ${message}`));
}

function needsProblems({ env, evaluated }: EvaluatedWorld): string[] {
  const platform = evaluated.flatMap(({ of }) => ("release" in of ? [of.release] : []));
  return checkNeedsIn(env.name, platform).map(({ message }) => message);
}

/** What somebody would notice of an app's objects, though each of them is valid. */
function misfits(world: EvaluatedWorld, objects: KubeObject[]): string[] {
  const named = (kind: string, name: unknown) => objects.find((one) => one.kind === kind && one.metadata.name === name);
  const found: string[] = [];
  const must = (holds: unknown, what: string) => {
    if (!holds) found.push(what);
  };
  const workload = objects.find(({ kind }) => kind === "Deployment" || kind === "Rollout");
  must(workload, "there is a workload");
  const { canary, blueGreen } = workload?.spec.strategy ?? {};
  for (const service of [
    canary?.stableService,
    canary?.canaryService,
    blueGreen?.activeService,
    blueGreen?.previewService,
  ])
    must(service === undefined || named("Service", service), `the Rollout's Service ${service} is there`);
  const { nginx, plugins } = canary?.trafficRouting ?? {};
  const plugin = plugins?.[pluginName];
  if (nginx) must(named("Ingress", nginx.stableIngress), "the canary's Ingress is there");
  if (plugin) must(named("HTTPRoute", plugin.httpRoute), "the canary's HTTPRoute is there");
  const ways = new Set(objects.flatMap(({ kind }) => (kind === "Ingress" || kind === "HTTPRoute" ? kind : [])));
  must(ways.has("Ingress") === (classOf(world.env) !== undefined), "there is an Ingress where there is a class");
  must(
    ways.has("HTTPRoute") === (gatewayOf(world.env) !== undefined),
    "there is an HTTPRoute where there is a Gateway",
  );
  if (canary?.canaryService)
    must(ways.size === [nginx, plugin].filter(Boolean).length, "each way divides the requests");
  for (const template of JSON.stringify(workload?.spec.strategy).matchAll(/"templateName":"([^"]*)"/g))
    must(named("AnalysisTemplate", template[1]), `the AnalysisTemplate ${template[1]} is there`);

  const [container] = workload?.spec.template.spec.containers ?? [];
  const ports: string[] = container.ports.map(({ name }: { name: string }) => name);
  const variables: string[] = container.env.map(({ name }: { name: string }) => name);
  must(new Set(variables).size === variables.length, `the variables are set once: ${variables}`);
  const podLabels = workload?.spec.template.metadata.labels;
  for (const { kind, metadata, spec } of objects) {
    if (kind === "Service") {
      must(contains(podLabels, spec.selector), `the Service ${metadata.name} selects the pods`);
      for (const { targetPort } of spec.ports) must(ports.includes(targetPort), `the pods have the port ${targetPort}`);
    }
    if (kind === "Ingress") {
      const { service } = spec.rules[0].http.paths[0].backend;
      const port = named("Service", service.name)?.spec.ports.some(
        ({ name }: { name: string }) => name === service.port.name,
      );
      must(port, `the Ingress ${metadata.name} leads to a port of a Service`);
    }
    if (kind === "HTTPRoute") {
      must(listensAt(world, spec), `the HTTPRoute ${metadata.name} attaches to a listener`);
      for (const { name, port } of spec.rules[0].backendRefs ?? []) {
        const ports = named("Service", name)?.spec.ports ?? [];
        must(
          ports.some((one: { port: number }) => one.port === port),
          `${metadata.name} leads to a port of a Service`,
        );
      }
    }
    if (kind === "HorizontalPodAutoscaler") {
      const { kind: target, name } = spec.scaleTargetRef;
      must(named(target, name) === workload, `the autoscaler scales the ${workload?.kind}`);
    }
    if (kind === "ServiceMonitor") {
      const services = objects.filter(
        (one) => one.kind === "Service" && contains(one.metadata.labels, spec.selector.matchLabels),
      );
      must(services.length === 1, "each pod is scraped through one Service");
    }
  }
  return [
    ...found,
    ...objects.flatMap((object) => [...unselected(world, object), ...wrongClass(world, object), ...noText(object)]),
  ];
}

/** Whether the Gateway that Traefik's values have takes in an HTTPRoute. */
function listensAt({ releases }: EvaluatedWorld, { parentRefs: [parent] }: { parentRefs: GatewayRef[] }): boolean {
  const { extraObjects } = (releases.find(({ name }) => name === "traefik")?.values ?? {}) as Traefik;
  return (extraObjects ?? []).some((object) => {
    const { metadata, spec } = object as KubeObject & { metadata: GatewayRef };
    const here = metadata.name === parent?.name && metadata.namespace === parent.namespace;
    return here && spec.listeners.some(({ name }: { name: string }) => name === parent.sectionName);
  });
}

interface GatewayRef {
  name: string;
  namespace: string;
  sectionName?: string;
}

/** Variables that the pods get, without those that the chart adds. */
function ownVariables(objects: KubeObject[]): Record<string, string> {
  const workload = objects.find(({ kind }) => kind === "Deployment" || kind === "Rollout");
  const all: { name: string; value: string }[] = workload?.spec.template.spec.containers[0].env;
  const own = all.filter(({ name }) => !/^(PORT|METRICS_PORT|APP_.*|POD_NAME)$/.test(name));
  return Object.fromEntries(own.map(({ name, value }) => [name, value]));
}

function contains(all: Record<string, unknown> = {}, some: Record<string, unknown> = {}): boolean {
  return Object.entries(some).every(([key, value]) => all[key] === value);
}

/** ServiceMonitors and rules that the Prometheus does not take. */
function unselected({ env }: EvaluatedWorld, { kind, metadata }: KubeObject): string[] {
  if (kind !== "ServiceMonitor" && kind !== "PrometheusRule") return [];
  return contains(metadata.labels, prometheusOf(env).labels) ? [] : [`Prometheus takes the ${kind} ${metadata.name}`];
}

function wrongClass({ env }: EvaluatedWorld, { kind, metadata, spec }: KubeObject): string[] {
  if (kind !== "Ingress" || spec.ingressClassName === classOf(env)) return [];
  return [`the Ingress ${metadata.name} has the class that is served`];
}

/** Names and labels that YAML reads as a number or a boolean: the API server refuses them. */
function noText(node: unknown, at = ""): string[] {
  if (typeof node !== "object" || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) => {
    const isText = /^(name|namespace|host|ingressClassName|path|value|secretName|sectionName|image|query|expr)$/.test(
      key,
    );
    const inLabels = /(labels|matchLabels|annotations|selector)$/i.test(at) && typeof value !== "object";
    const wrong = (isText || inLabels) && typeof value !== "string" && typeof value !== "object";
    return [...(wrong ? [`${at}/${key} is text, not ${JSON.stringify(value)}`] : []), ...noText(value, `${at}/${key}`)];
  });
}
