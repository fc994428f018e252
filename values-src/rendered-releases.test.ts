import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, type TestContext, test } from "vitest";
import { parse } from "yaml";
import { generate } from "../scripts/engine/generate.ts";
import type { EvaluatedRelease } from "../scripts/engine/value-modules.ts";
import { outputOf } from "../scripts/testing/processes.ts";
import { requireChart, requireTool } from "../scripts/testing/require.ts";
import { httpService } from "./app.ts";
import { values as argocdApps } from "./releases/argocd-apps.ts";
import { values } from "./releases/http-service.ts";
import { app, environment } from "./testing/facts.ts";

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
const { releases: everything } = await generate({ root });
const environments = [...new Set(everything.map(({ env }) => env.name))];
const rendered = new Map<string, KubeObject[]>();

test.for(environments)("every release of %s can be rendered", async (env, context) => {
  expect((await renderAll(context, env)).length).toBeGreaterThan(0);
});

test.for(environments)("no password is rendered in %s, be it a well-known one or made up", async (env, context) => {
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
  "every container of %s requests CPU and memory and is limited in memory alone",
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

test("a project lets in the kinds that the chart renders under any strategy, and what it rendered before", async (context) => {
  const objects = [];
  const facts = (["rolling", "blueGreen", "canary"] as const).map((strategy) => ({ strategy, argoRollouts: true }));
  for (const strategy of [...facts, { strategy: "rolling", argoRollouts: false } as const]) {
    const ingress = { controller: "traefik", tls: true, alsoBy: "gateway" } as const;
    const both = app(environment({ ...strategy, size: "large", ingress }));
    objects.push(...(await renderChart(context, "shop", httpService.path, "shop", values(both))));
  }
  const groupOf = (apiVersion: string) => (apiVersion.includes("/") ? apiVersion.split("/", 1) : "");
  const used = new Set<string>();
  for (const { apiVersion, kind } of objects) used.add(`${groupOf(apiVersion)}/${kind}`);
  expect(httpService.kinds.map(({ group, kind }) => `${group}/${kind}`).sort()).toEqual([...used].sort());
});

test("for many clusters, an app's ApplicationSet has all that its values say, and nothing else deploys the app", async (context) => {
  const env = environment({ owner: "argocd", clusterLabels: { stage: "prod" } });
  const all = argocdApps(env, [app(env)]);
  const { namespace, ...spec } = all.applicationsets?.shop ?? {};
  const deploying = (await renderRelease(context, "argocd-apps", all)).filter(({ kind }) => kind !== "AppProject");
  expect(deploying).toMatchObject([{ kind: "ApplicationSet", metadata: { name: "shop", namespace }, spec }]);
});

async function renderAll(context: TestContext, env: string): Promise<KubeObject[]> {
  const all = everything.filter((release) => release.env.name === env);
  return (await Promise.all(all.map((release) => render(context, release)))).flat();
}

/** Objects of a release, CRDs left out. */
async function render(context: TestContext, { env, name, of, values }: EvaluatedRelease): Promise<KubeObject[]> {
  const key = `${env.name}/${name}`;
  const before = rendered.get(key);
  if (before) return before;
  // Charts of other repositories are not at hand.
  if ("app" in of && of.app.chart.from !== "here") return [];
  const objects =
    "app" in of && of.app.chart.from === "here"
      ? await renderChart(context, name, of.app.chart.path, of.app.namespace, values)
      : await renderRelease(context, name, values);
  rendered.set(key, objects);
  return objects;
}

function renderRelease(context: TestContext, release: string, values: unknown): Promise<KubeObject[]> {
  const { chart, namespace } = parse(readFileSync(path.join(root, "releases", `${release}.yaml`), "utf8"));
  return renderChart(context, release, chart, namespace, values);
}

async function renderChart(context: TestContext, release: string, chart: string, namespace: string, values: unknown) {
  const folder = chart.startsWith("./") ? path.join(root, chart) : requireChart(context, path.basename(chart));
  // What the cluster knows: some charts leave out their ServiceMonitors, or fail, when it does not know them.
  const known = ["monitoring.coreos.com/v1", "policy/v1/PodDisruptionBudget"].flatMap((api) => ["--api-versions", api]);
  const options = ["--namespace", namespace, ...known, "--values", "-"];
  const input = JSON.stringify(values); // JSON is YAML too.
  const text = await outputOf(requireTool(context, "helm"), ["template", release, folder, ...options], { input });
  const documents = text.split(/^---$/m).filter((document) => !/^kind: CustomResourceDefinition$/m.test(document));
  return documents.map((document): KubeObject => parse(document)).filter(Boolean);
}

function containersOf({ spec }: KubeObject): Container[] {
  const pod = spec?.template?.spec;
  return [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])];
}
