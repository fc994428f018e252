/** Adds an app to a copy of this repository by its two files, as a team would, and takes it away again. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { AppFacts, Chart, Departure } from "../../values-src/app.ts";
import { appNames } from "../engine/apps.ts";
import { environmentNames } from "../engine/environments.ts";
import { documentsIn } from "../outside/helmfile.ts";
import { toolEnv } from "../outside/run.ts";
import { outputOf, outputOfSync, runScript } from "./processes.ts";
import { requireChartsDir, requireTool } from "./require.ts";
import { copyRepository, edit } from "./workspace.ts";

const root = path.resolve(import.meta.dirname, "../..");
const [absent = "", ...others] = environmentNames(root);

const judged: Departure = { strategy: "canary", owner: "argocd" };
const switched: Departure = { strategy: "blueGreen", owner: "argocd" };
const departures = Object.fromEntries(others.map((env, index) => [env, index % 2 === 0 ? judged : switched]));

const quokka: AppFacts = {
  image: "example/quokka",
  team: "quokka",
  slo: {
    availability: 0.995,
    latency: { percentile: 0.99, seconds: 1 },
    window: "7d",
    maxBurnRate: 4,
    minRequests: 100,
    onNoData: "pass",
  },
  metrics: { carts_total: { type: "counter", help: "Carts paid.", labels: ["currency"] } },
  environments: { [absent]: false, ...departures },
};

const files = {
  "values-src/apps/quokka.ts": `import type { AppFacts } from "../app.ts";\n\nexport default ${JSON.stringify(quokka)} satisfies AppFacts;\n`,
  "values-src/apps/quokka.tags.json": JSON.stringify(Object.fromEntries(others.map((env) => [env, "1.0.0"]))),
};

const copy = copyRepository();
const git = (...args: string[]) => outputOfSync("git", args, { cwd: copy });
git("init", "--quiet");
git("add", "--all");
git("-c", "user.name=test", "-c", "user.email=test@example.com", "commit", "--quiet", "--message", "As it is");

describe("an app is its two files", () => {
  test("gen, check and lint take it, and nothing that is another app's changes", async () => {
    edit(copy, files);
    const generated = await runScript(copy, "gen");
    expect(generated.stderr).toBe("");
    const changed = git("status", "--short", "--untracked-files=all").trimEnd().split("\n");
    const own = new RegExp(
      `quokka|generated/(${others.join("|")})/(argocd-apps|environment)\\.yaml|generated/dashboards\\.yaml|strategies\\.svg`,
    );
    expect(changed.filter((line) => !own.test(line))).toEqual([]);
    expect((await runScript(copy, "check")).stdout).toMatch(/^\d+ files valid\n$/);
    expect((await runScript(copy, "gen", "--check")).code).toBe(0);
    await outputOf("npx", ["biome", "check", "--write", "values-src/apps"], { cwd: copy });
    await outputOf("npm", ["run", "--silent", "lint"], { cwd: copy });
  });

  test.for(others)("in %s it has a project, an Application, rules, an analysis and a row in status", async (env) => {
    const values = (name: string) => parse(readFileSync(path.join(copy, "generated", env, `${name}.yaml`), "utf8"));
    const { projects, applications } = values("argocd-apps");
    expect(projects.quokka.destinations).toMatchObject([{ namespace: "quokka" }]);
    expect(applications.quokka.source.helm.valueFiles).toEqual([`../../generated/${env}/quokka.yaml`]);
    const { rules, analysis, strategy } = values("quokka");
    expect(strategy.type).toBe(departures[env]?.strategy);
    expect(JSON.stringify(rules)).toContain('job=\\"quokka\\"');
    expect(analysis.metrics.length).toBeGreaterThan(0);
    const { stdout } = await runScript(copy, "status", env, "--app", "quokka", "--json");
    expect(JSON.parse(stdout).apps).toMatchObject([{ app: "quokka", environment: env, version: "1.0.0" }]);
  });

  test.for([absent, ...others])("helmfile template renders %s with it", { timeout: 120_000 }, async (env, context) => {
    requireTool(context, "helm");
    const helmfile = requireTool(context, "helmfile");
    const charts = requireChartsDir(context, releasesWithCharts());
    const options = { cwd: copy, env: { ...toolEnv(), CHARTS_DIR: charts, INIT_CWD: undefined } };
    const enable = env === absent ? [] : ["--state-values-set", "quokka.enabled=true"];
    const text = await outputOf(helmfile, ["--quiet", "--environment", env, "template", ...enable], options);
    const kinds = documentsIn(text)
      .map((document) => parse(document))
      .filter(({ metadata }) => metadata.name === "quokka")
      .map(({ kind }) => kind);
    expect(kinds.includes("Rollout")).toBe(env !== absent);
  });

  test("when the two files are gone, gen leaves nothing of it", async () => {
    edit(copy, Object.fromEntries(Object.keys(files).map((file) => [file, null])));
    expect((await runScript(copy, "gen")).stderr).toBe("");
    expect(git("status", "--short")).toBe("");
  });
});

describe("a chart of an app's own", () => {
  const kinds = [{ group: "apps", kind: "Deployment" }];
  const all = environmentNames(root);
  const [first = "", ...rest] = all;
  const here: Departure = { strategy: "rolling", owner: "argocd" };
  const environments = { ...Object.fromEntries(rest.map((env) => [env, false as const])), [first]: here };
  const { metrics: _, ...standard } = quokka;

  /** The files of an app `okapi` with that chart. */
  function okapi(chart: Chart): Record<string, string> {
    const facts = JSON.stringify({ ...standard, chart, environments });
    return {
      "values-src/apps/okapi.ts": [
        'import type { App, AppFacts } from "../app.ts";',
        'import type { Values } from "../charts/okapi.ts";',
        `export default ${facts} satisfies AppFacts;`,
        "export const values = (app: App): Values => ({ replicas: 3, image: app.image.tag });",
      ].join("\n\n"),
      "values-src/apps/okapi.tags.json": JSON.stringify({ [first]: "7.1.0" }),
      "values-src/charts/okapi.ts": `${chart.from === "repository" ? "// chart: okapi 2.0.0\n" : ""}export interface Values {\n  replicas: number;\n  image: string;\n}\n`,
    };
  }

  const about = { name: "okapi", strategies: ["rolling"], kinds } satisfies Partial<Chart>;
  const charts: { chart: Chart; helmfile: object; argoCd: object }[] = [
    {
      chart: { from: "here", path: "./charts/okapi", ...about },
      helmfile: { chart: "./charts/okapi" },
      argoCd: { path: "charts/okapi" },
    },
    {
      chart: { from: "git", url: "https://git.example.com/okapi.git", path: "deploy", revision: "v2", ...about },
      helmfile: { chart: "git::https://git.example.com/okapi.git@deploy?ref=v2" },
      argoCd: { repoURL: "https://git.example.com/okapi.git", path: "deploy", targetRevision: "v2" },
    },
    {
      chart: { from: "repository", url: "https://charts.example.com", version: "2.0.0", ...about },
      helmfile: { chart: "okapi/okapi", repository: "https://charts.example.com", version: "2.0.0" },
      argoCd: { repoURL: "https://charts.example.com", chart: "okapi", targetRevision: "2.0.0" },
    },
  ];

  test.for(charts)("from $chart.from: Helmfile and Argo CD find it, and its values are checked", async (one) => {
    const files = okapi(one.chart);
    edit(copy, files);
    const generated = await runScript(copy, "gen");
    expect(generated.stderr).toBe("");
    const read = (name: string) => parse(readFileSync(path.join(copy, "generated", first, `${name}.yaml`), "utf8"));
    expect(read("environment").okapi).toEqual({ enabled: false, namespace: "okapi", ...one.helmfile });
    expect(read("okapi")).toEqual({ replicas: 3, image: "7.1.0" });
    const { source, sources = [source] } = read("argocd-apps").applications.okapi;
    expect(sources[0]).toMatchObject(one.argoCd);
    expect(read("argocd-apps").projects.okapi.namespaceResourceWhitelist).toEqual(kinds);
    const wrong = files["values-src/apps/okapi.ts"]?.replace("replicas: 3", "replicsa: 3") ?? "";
    edit(copy, { "values-src/apps/okapi.ts": wrong });
    expect((await runScript(copy, "gen")).stderr).toMatch(/unknown key, did you mean "replicas"\?/);
  });
});

test("no file but an app's own names it", () => {
  const own = /^(values-src\/apps|generated|docs|service)\/|^README\.md$|^node_modules$/;
  const tracked = git("ls-files").trimEnd().split("\n");
  const platform = tracked.filter((file) => !own.test(file));
  // A name without a hyphen may be a word of the platform's own, such as "web".
  for (const app of appNames(root).filter((name) => name.includes("-"))) {
    const naming = platform.filter((file) => readFileSync(path.join(copy, file), "utf8").includes(app));
    expect(naming, `files that name ${app}`).toEqual([]);
  }
  expect(platform.length).toBeGreaterThan(100);
});

/** Releases of upstream charts. */
function releasesWithCharts(): string[] {
  const names = readdirSync(path.join(root, "releases")).filter((file) => file.endsWith(".yaml"));
  const release = (file: string) => parse(readFileSync(path.join(root, "releases", file), "utf8"));
  return names.filter((file) => release(file).repository).map((file) => path.basename(file, ".yaml"));
}
