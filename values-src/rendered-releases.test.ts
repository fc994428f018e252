import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, type TestContext, test } from "vitest";
import { parse, stringify } from "yaml";
import { outputOf } from "../scripts/testing/processes.ts";
import { requireChart, requireTool } from "../scripts/testing/require.ts";
import type { Environment, EnvironmentFacts } from "./environment.ts";

interface Container {
  name: string;
  env?: { name: string; value?: string }[];
  resources?: Record<"requests" | "limits", { cpu?: string; memory?: string } | undefined>;
}

/** As much of a Kubernetes object as is looked at here. */
interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
  data?: Record<string, string>;
  spec?: {
    namespaceResourceWhitelist?: { group: string; kind: string }[];
    template?: { spec: { initContainers?: Container[]; containers: Container[] } };
  };
}

const root = path.resolve(import.meta.dirname, "..");
const releases = namesIn("releases", ".yaml");
const environments = await Promise.all(namesIn("values-src/environments", ".ts").map(loadEnvironment));
const rendered = new Map<string, KubeObject[]>();

test.for(environments)("every release of $name can be rendered", async (env, context) => {
  expect((await renderAll(context, env)).length).toBeGreaterThan(0);
});

test.for(environments)("no password is rendered in $name, be it a well-known one or made up", async (env, context) => {
  const objects = await renderAll(context, env);
  const secrets = objects.filter(({ kind }) => kind === "Secret").flatMap(({ data }) => Object.entries(data ?? {}));
  const known = secrets.filter(([key, value]) => {
    return /passw/i.test(key) || /prom-operator|passw|^admin$/i.test(Buffer.from(value, "base64").toString());
  });
  expect(known).toEqual([]);
  const variables = objects.flatMap(containersOf).flatMap((container) => container.env ?? []);
  expect(variables.filter(({ name, value }) => /passw/i.test(name) && value !== undefined)).toEqual([]);
});

test.for(environments)(
  "every container of $name requests CPU and memory and is limited in memory alone",
  async (env, context) => {
    const wrong = (await renderAll(context, env)).flatMap((object) =>
      containersOf(object)
        .filter(({ resources: { requests, limits } = { requests: undefined, limits: undefined } }) => {
          return !(requests?.cpu && requests.memory && limits?.memory) || limits.cpu;
        })
        .map((container) => `${object.kind} ${object.metadata.name}: ${container.name}`),
    );
    expect(wrong).toEqual([]);
  },
);

test("the app lets in the ingress controller and Prometheus from the namespaces they are in", async () => {
  const namespaceOf = (release: string) =>
    parse(readFileSync(path.join(root, `releases/${release}.yaml`), "utf8")).namespace;
  for (const env of environments) {
    const { networkPolicy } = (await import("./releases/sample-app.ts")).values(env);
    const controller = env.ingress.controller === "nginx" ? "ingress-nginx" : env.ingress.controller;
    expect(networkPolicy.ingressNamespace).toBe(namespaceOf(controller));
    expect(networkPolicy.prometheusNamespace).toBe(namespaceOf("kube-prometheus-stack"));
  }
});

test("the app's project lets in the kinds that its chart renders under any strategy, and no others", async (context) => {
  // With all that the chart can render.
  const env = { ...environments.find(({ monitoring }) => monitoring.grafana), size: "large" } as Environment;
  const objects = [];
  for (const strategy of ["rolling", "blueGreen", "canary"] as const) {
    objects.push(...(await render(context, { ...env, name: strategy, strategy }, "sample-app")));
  }
  const projects = (await render(context, env, "argocd-apps")).filter(({ kind }) => kind === "AppProject");
  const allowed = projects.flatMap(({ spec }) => spec?.namespaceResourceWhitelist ?? []);
  const groupOf = (apiVersion: string) => (apiVersion.includes("/") ? apiVersion.split("/", 1) : "");
  const used = new Set(objects.map(({ apiVersion, kind }) => `${groupOf(apiVersion)}/${kind}`));
  expect(allowed.map(({ group, kind }) => `${group}/${kind}`).sort()).toEqual([...used].sort());
});

test("for many clusters, the app's ApplicationSet has all that its values say, and nothing else deploys the app", async (context) => {
  const facts = environments.find(({ app }) => app.owner === "argocd") as Environment;
  const env: Environment = { ...facts, name: "many", app: { owner: "argocd", clusterLabels: { stage: "prod" } } };
  const { values } = await import("./releases/argocd-apps.ts");
  const { namespace, ...spec } = values(env).applicationsets?.["sample-app"] ?? {};
  const deploying = (await render(context, env, "argocd-apps")).filter(({ kind }) => kind !== "AppProject");
  expect(deploying).toMatchObject([{ kind: "ApplicationSet", metadata: { name: "sample-app", namespace }, spec }]);
});

async function renderAll(context: TestContext, env: Environment): Promise<KubeObject[]> {
  return (await Promise.all(releases.map((release) => render(context, env, release)))).flat();
}

/** Objects of a release, CRDs left out; none if the environment does not have it. */
async function render(context: TestContext, env: Environment, release: string): Promise<KubeObject[]> {
  const module = await import(`./releases/${release}.ts`);
  if (module.enabled?.(env) === false) return [];
  const key = `${env.name}/${release}`;
  const before = rendered.get(key);
  if (before) return before;
  const { chart, namespace } = parse(readFileSync(path.join(root, "releases", `${release}.yaml`), "utf8"));
  const folder = chart.startsWith("./") ? path.join(root, chart) : requireChart(context, path.basename(chart));
  // What the cluster knows: some charts leave out their ServiceMonitors, or fail, when it does not know them.
  const known = ["monitoring.coreos.com/v1", "policy/v1/PodDisruptionBudget"].flatMap((api) => ["--api-versions", api]);
  const options = ["--namespace", namespace, ...known, "--values", "-"];
  const input = stringify(typeof module.values === "function" ? module.values(env) : module.values);
  const text = await outputOf(requireTool(context, "helm"), ["template", release, folder, ...options], { input });
  const documents = text.split(/^---$/m).filter((document) => !/^kind: CustomResourceDefinition$/m.test(document));
  const objects = documents.map((document) => parse(document)).filter(Boolean);
  rendered.set(key, objects);
  return objects;
}

function containersOf({ spec }: KubeObject): Container[] {
  const pod = spec?.template?.spec;
  return [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])];
}

function namesIn(folder: string, extension: string): string[] {
  const files = readdirSync(path.join(root, folder)).filter((file) => file.endsWith(extension));
  return files.map((file) => path.basename(file, extension));
}

async function loadEnvironment(name: string): Promise<Environment> {
  const facts: EnvironmentFacts = (await import(`./environments/${name}.ts`)).default;
  const tags = parse(readFileSync(path.join(root, "values-src/environments/image-tags.json"), "utf8"));
  return { ...facts, name, imageTag: tags[name] };
}
