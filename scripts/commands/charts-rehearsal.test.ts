import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { environment, type Outcome, outputOfSync, runAlone } from "../testing/processes.ts";
import { requireChart, requireTool } from "../testing/require.ts";
import { fake } from "../testing/stand-ins.ts";
import { copyWithApps, edit, makeWorkspace, snapshot, temporaryDirectory } from "../testing/workspace.ts";

const repository = path.resolve(import.meta.dirname, "../..");
const fixtures = path.join(repository, "scripts/testing/fixtures/chart-upgrade");
let charts: string;
let root: string;

/** The values of a release of the small chart, for the old version. */
function valuesModule(more = ""): string {
  return `import type { Environment } from "../environment.ts";
import type { Values } from "../charts/db.ts";

export const values = (env: Environment): Values => ({
  storage: { size: env.size === "small" ? "1Gi" : "10Gi" },
  legacyMode: true,
  metrics: { scrapeInterval: "30s" },
  backup: { port: "9001" },
  ...(env.name === "two" && { nodePort: 30000 }),
  ${more}
});
`;
}

beforeAll(async () => {
  charts = temporaryDirectory();
  cpSync(path.join(fixtures, "old/db"), path.join(charts, "db"), { recursive: true });
  outputOfSync("tar", ["-czf", path.join(charts, "db-2.0.0.tgz"), "-C", path.join(fixtures, "new"), "db"]);
  root = makeWorkspace({ "values-src/releases/db.ts": valuesModule() });
  cpSync(path.join(repository, "values-src/charts/kubernetes.ts"), path.join(root, "values-src/charts/kubernetes.ts"));
  symlinkSync(path.join(repository, "node_modules/kubernetes-types"), path.join(root, "node_modules/kubernetes-types"));
  const imported = await run([]);
  if (imported.code !== 0) throw new Error(imported.stderr);
});

function run(args: string[], env: Record<string, string> = {}): Promise<Outcome> {
  const XDG_CACHE_HOME = path.join(root, "node_modules/.no-cache");
  return runAlone(root, { PATH: environment().PATH, CHARTS_DIR: charts, XDG_CACHE_HOME, ...env }, "charts", ...args);
}

describe("npm run charts -- --to VERSION NAME", { timeout: 120_000 }, () => {
  test("says what an upgrade would do in every environment, and writes nothing", async (ctx) => {
    requireTool(ctx, "helm");
    const before = snapshot(root);
    const { code, stdout, stderr } = await run(["--to", "2.0.0", "db"]);
    expect(stderr).toBe("");
    expect(stdout).toBe(`db 1.2.3 -> 2.0.0 (app 5.0 -> 5.1), with our values of one, two

4 keys of ours that it takes otherwise:
  legacyMode              is gone, Helm would ignore it
  metrics.scrapeInterval  is gone, Helm would ignore it: likely monitor.scrapeInterval now
  backup.port             must be number or null, got "9001"
  nodePort                is gone, Helm would ignore it: likely nodePorts now               (two)

6 defaults that our values leave as they are:
  logLevel   info -> warn
  nodePort   is gone, was 0         (one)
  cache      is gone, was 2 values
  nodePorts  is new: 0
  monitor    is new: 1 value
  audit      is new: 3 values

versions of images and subcharts:
  image.tag  5.0 -> 5.1

2 CRDs:
  gadgets.example.org  goes: Helm deletes it, with all objects of its kind
  widgets.example.org  changes, by hand: fields of v1: 1 removed: spec.colour; version v2 comes
  Helm installs what is in a folder crds/ with the first release, and neither upgrades nor removes it. On each
  cluster, before the upgrade: helm show crds "$CHARTS_DIR/db-2.0.0.tgz" | kubectl apply --server-side --force-conflicts --filename -

objects that the upgrade fails on:
  StatefulSet cache  spec.serviceName cannot be changed: delete it first

pods of 2 workloads that restart:
  Deployment db      image example.org/db:5.0 -> 5.1; containers[db].args changes; and 4 more fields
  StatefulSet cache  only checksums and the chart's version in labels

other objects:
  goes   Service        metrics
  comes  NetworkPolicy  db
  1 object more in checksums and version labels alone
`);
    expect(code).toBe(2);
    expect(snapshot(root)).toEqual(before);
  });

  test("rehearses a bump that releases/ names already, and gives all of it as JSON", async (ctx) => {
    requireTool(ctx, "helm");
    const release = readFileSync(path.join(root, "releases/db.yaml"), "utf8");
    edit(root, { "releases/db.yaml": release.replace("1.2.3", "2.0.0") });
    const { code, stdout, stderr } = await run(["--to", "2.0.0", "db", "--json"]);
    edit(root, { "releases/db.yaml": release });
    expect(stderr).toBe("");
    expect(code).toBe(2);
    const told = JSON.parse(stdout);
    expect(told).toMatchObject({ chart: "db", from: "1.2.3", to: "2.0.0", environments: ["one", "two"], failures: [] });
    expect(told.values).toContainEqual({
      place: ["nodePort"],
      kind: "gone",
      likely: ["nodePorts"],
      environments: ["two"],
    });
    const password = told.objects.find(({ name }: { name: string }) => name === "password");
    expect(password).toMatchObject({ onlyMarks: true });
  });

  test("says where the new version does not render with our values", async (ctx) => {
    requireTool(ctx, "helm");
    const module = path.join(root, "values-src/releases/db.ts");
    writeFileSync(module, valuesModule(`...(env.name === "two" && { extra: { audit: true } }),`));
    const fresh = withNewChart((chart) => {
      const file = path.join(chart, "templates/audit.yaml");
      writeFileSync(file, readFileSync(file, "utf8").replace(".Values.audit.enabled", ".Values.extra.audit"));
    });
    const { code, stdout, stderr } = await run(["--to", "2.0.0", "db"], { CHARTS_DIR: fresh });
    writeFileSync(module, valuesModule());
    expect(stderr).toBe("");
    expect(stdout).toMatch(/the new version does not render:\n {2}Error: .*audit\.sink is needed.*\(two\)/s);
    expect(code).toBe(2);
  });

  test("exits with 0 where nothing of ours is affected", async (ctx) => {
    requireTool(ctx, "helm");
    const same = temporaryDirectory();
    cpSync(path.join(charts, "db"), path.join(same, "db"), { recursive: true });
    cpSync(path.join(charts, "db"), path.join(same, "new/db"), { recursive: true });
    // Without what carries the chart's version into a pod.
    for (const chart of ["db", "new/db"]) edit(path.join(same, chart), { "templates/cache.yaml": null });
    edit(path.join(same, "new/db"), { "Chart.yaml": "apiVersion: v2\nname: db\nversion: 1.2.4\n" });
    outputOfSync("tar", ["-czf", path.join(same, "db-1.2.4.tgz"), "-C", path.join(same, "new"), "db"]);
    const agent = { "values-src/releases/db.ts": valuesModule('agent: { enabled: true, level: "info" },') };
    edit(root, agent);
    const { code, stdout, stderr } = await run(["--to", "1.2.4", "db"], { CHARTS_DIR: same });
    edit(root, { "values-src/releases/db.ts": valuesModule() });
    expect(stderr).toBe("");
    expect(stdout).toContain("nothing of ours is affected");
    expect(code).toBe(0);
  });

  test.for([
    [["--to", "2.0.0", "bd"], 'no release or app of an upstream chart is called "bd", did you mean "db"? Known: db'],
    [["--to", "2.0.0"], "rehearses one upgrade at a time: npm run charts -- --to 2.0.0 NAME"],
    [["--to", "2", "db"], '"2" is no exact version: name one, such as 1.2.3'],
    [["--to", "1.2.3", "db"], "db is 1.2.3 already: name another version"],
    [["--to", "3.0.0", "db"], "the new version, db 3.0.0, cannot be had: "],
  ] as const)("%s: says in one line what is wrong", async ([args, message]) => {
    const { code, stdout, stderr } = await run([...args]);
    expect(stdout).toBe("");
    expect(stderr).toContain(message);
    expect(stderr).toContain("1 problem in 1 file");
    expect(code).toBe(1);
  });

  test("names the old version where that one cannot be had", async () => {
    const only = temporaryDirectory();
    cpSync(path.join(charts, "db-2.0.0.tgz"), path.join(only, "db-2.0.0.tgz"));
    const { code, stderr } = await run(["--to", "2.0.0", "db"], { CHARTS_DIR: only });
    expect(stderr).toContain("the old version, db 1.2.3, cannot be had: no chart db 1.2.3 in ");
    expect(code).toBe(1);
  });

  test("a version that is pulled leaves the cached one where it is", async (ctx) => {
    const helm = requireTool(ctx, "helm");
    const bin = temporaryDirectory();
    const cache = temporaryDirectory();
    const folder = path.join(cache, "k8s-observable-rollouts/charts");
    mkdirSync(folder, { recursive: true });
    cpSync(path.join(charts, "db"), path.join(folder, "db"), { recursive: true });
    const archive = path.join(charts, "db-2.0.0.tgz");
    const pull = `while [ $# -gt 0 ]; do [ "$1" = --destination ] && cp "${archive}" "$2/db-2.0.0.tgz"; shift; done`;
    fake(bin, "helm", `case "$1" in pull) ${pull};; *) exec "${helm}" "$@";; esac`);
    const PATH = `${bin}:${process.env.PATH}`;
    const { code, stdout, stderr } = await run(["--to", "2.0.0", "db"], {
      PATH,
      CHARTS_DIR: "",
      XDG_CACHE_HOME: cache,
    });
    expect(stderr).toBe("");
    expect(stdout).toContain("--repo https://charts.example.com --version 2.0.0 | kubectl apply --server-side");
    expect(code).toBe(2);
    expect(readdirSync(folder).sort()).toEqual(["db", "db-2.0.0.tgz"]);
    expect(parse(readFileSync(path.join(folder, "db/Chart.yaml"), "utf8")).version).toBe("1.2.3");
  });

  test("compares an upstream chart with a copy that has one more default and another version", async (ctx) => {
    requireTool(ctx, "helm");
    const chart = requireChart(ctx, "argo-rollouts");
    const folder = temporaryDirectory();
    const copy = path.join(folder, "new/argo-rollouts");
    symlinkSync(chart, path.join(folder, "argo-rollouts"));
    cpSync(chart, copy, { recursive: true, dereference: true });
    const about = readFileSync(path.join(copy, "Chart.yaml"), "utf8");
    writeFileSync(path.join(copy, "Chart.yaml"), about.replace(/^version:.*$/m, "version: 999.0.0"));
    const defaults = readFileSync(path.join(copy, "values.yaml"), "utf8");
    writeFileSync(path.join(copy, "values.yaml"), `${defaults}\nfreshDefault: 7\n`);
    const archive = path.join(folder, "argo-rollouts-999.0.0.tgz");
    outputOfSync("tar", ["-czf", archive, "-C", path.join(folder, "new"), "argo-rollouts"]);
    const { code, stdout, stderr } = await runAlone(
      copyWithApps("web"),
      { PATH: environment().PATH, CHARTS_DIR: folder },
      ...(["charts", "--to", "999.0.0", "argo-rollouts", "--json"] as [string, ...string[]]),
    );
    expect(stderr).toBe("");
    expect(code).toBe(2);
    const told = JSON.parse(stdout);
    expect(told.defaults).toEqual([
      { place: ["freshDefault"], kind: "came", after: 7, environments: ["ci", "dev", "prod", "staging"] },
    ]);
    expect(told).toMatchObject({ failures: [], values: [], images: [], crds: [] });
    expect(told.objects.filter(({ onlyMarks }: { onlyMarks?: true }) => !onlyMarks)).toEqual([]);
  });
});

/** A folder for CHARTS_DIR whose new version is changed first. */
function withNewChart(change: (chart: string) => void): string {
  const folder = temporaryDirectory();
  cpSync(path.join(charts, "db"), path.join(folder, "db"), { recursive: true });
  const chart = path.join(folder, "new/db");
  cpSync(path.join(fixtures, "new/db"), chart, { recursive: true });
  change(chart);
  outputOfSync("tar", ["-czf", path.join(folder, "db-2.0.0.tgz"), "-C", path.join(folder, "new"), "db"]);
  return folder;
}
