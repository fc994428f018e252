import { globSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type MetricContract, metricsContract, runtimeMetricsContract } from "../../../service/src/metrics-contract.ts";
import { exposedSeries, knownMetrics } from "../../../values-src/observability/metrics.ts";
import { loadDeclaredApps } from "../../engine/apps.ts";
import { ask } from "../../outside/run.ts";
import { runScript } from "../processes.ts";
import { copyRepository, makeWorkspace, snapshot } from "../workspace.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const declared = await loadDeclaredApps(root);
const apps = declared.map(({ name }) => name);
const contract: Record<string, MetricContract> = { ...metricsContract, ...runtimeMetricsContract };

/** PromQL's strings, and its words that are neither metrics nor functions. */
const strings = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/g;
const keywords = new Set("and or unless bool offset by without on ignoring group_left group_right inf nan".split(" "));

/** A metric or label of the service's contract. */
interface Name {
  kind: "metric" | "label";
  name: string;
}

/** As much as is looked at of what gen tells a program. */
interface Problem {
  file: string;
  environments?: string[];
  apps?: string[];
}

const metricNames = Object.keys(contract).map((name): Name => ({ kind: "metric", name }));
const labels = new Set(Object.values(contract).flatMap((metric) => metric.labels));
const labelNames = [...labels].map((name): Name => ({ kind: "label", name }));
const usedNames = [...metricNames, ...labelNames].filter((name) => generatedUses(root, name).length > 0);

test("the metrics contract is in use", () => {
  console.log(usedNames.map(({ kind, name }) => `${kind} ${name}`).join("\n"));
  expect(new Set(usedNames.map(({ kind }) => kind))).toEqual(new Set(["metric", "label"]));
});

describe("renaming in the metrics contract", () => {
  test.for(usedNames)("the $kind $name fails the build, which names every release that uses it", async (renamed) => {
    const copy = copyRepository();
    const uses = generatedUses(copy, renamed);
    rename(copy, renamed);

    // For people, gen prints no more than they can read.
    const failed = await runScript(copy, "gen", "--json");
    expect(failed.code).toBe(1);
    const { problems } = JSON.parse(failed.stdout) as { problems: Problem[] };
    for (const { env, release } of uses) {
      const isOf = ({ environments, apps: of }: Problem) =>
        (env === undefined || environments?.includes(env)) &&
        (apps.includes(release) ? of?.includes(release) : of === undefined);
      expect(problems.some(isOf), `${release} in ${env ?? "every environment"}`).toBe(true);
    }
    for (const { file } of problems) expect(path.relative(copy, file)).toMatch(/^values-src\//);

    const { named, changed } = followCompiler(copy, renamed);
    expect(changed.length).toBeGreaterThan(0);
    expect(named).toEqual(expect.arrayContaining(changed));
    // That those were all is shown by what is generated now.
    const { code, stderr } = await runScript(copy, "gen");
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(generatedUses(copy, renamed)).toEqual([]);
  });
});

describe("generated/", () => {
  const documents = generatedDocuments(root);

  test("queries no metric that is not known", () => {
    const expressions = documents.flatMap(({ document }) => expressionsIn(document));
    console.log(`${expressions.length} expressions, ${new Set(expressions.flatMap(metricsIn)).size} metrics`);
    expect(expressions.length).toBeGreaterThan(0);
    const known = {
      ...knownMetrics,
      ...Object.assign({}, ...declared.map(({ facts }) => exposedSeries(facts.metrics ?? {}))),
    };
    expect(expressions.flatMap(metricsIn).filter((name) => !Object.hasOwn(known, name))).toEqual([]);
  });

  test("would show a metric that is not known, wherever it is", () => {
    for (const { document } of documents) {
      const text = JSON.stringify(document);
      for (const metric of new Set(expressionsIn(document).flatMap(metricsIn))) {
        const spoiled: unknown = JSON.parse(text.replace(new RegExp(`(?<![\\w:])${metric}(?![\\w:])`, "g"), "no_such"));
        expect(expressionsIn(spoiled).flatMap(metricsIn)).toContain("no_such");
      }
    }
    const dashboard = {
      panels: [{ type: "row", panels: [{ targets: [{ expr: 'sum by (a) (rate(x{b="c"}[5m])) > 1' }] }] }],
    };
    expect(expressionsIn({ dashboards: { "a.json": JSON.stringify(dashboard) } }).flatMap(metricsIn)).toEqual(["x"]);
  });
});

test("gen refuses a mistyped metric and label in a value module, and writes nothing", async () => {
  const copy = copyRepository();
  replaceIn(copy, globSync("values-src/observability/*.ts", { cwd: copy }), (text, file) =>
    file.endsWith("/metrics.ts")
      ? text
      : text.replaceAll('"http_requests_total"', '"http_request_total"').replaceAll("route:", "rout:"),
  );
  const before = snapshot(copy);
  const { code, stderr } = await runScript(copy, "gen");
  expect(stderr).toMatch(
    /observability\/[\w-]+\.ts:\d+:\d+ \(.+\)\n(?: .*\n)* {2}\/rules\/\d+\/rules\/\d+\/expr +unknown metric "http_request_total" at \d+:\d+(?: and \d+ more places?)?, did you mean "http_requests_total"\?(?: \(\d+ times\))?\n {4}.*http_request_total.*\n +\^\n/,
  );
  expect(stderr).toMatch(
    /metric "http_request_duration_seconds_count" has no label "rout" at \d+:\d+.*, did you mean "route"\?\n/,
  );
  expect(code).toBe(1);
  expect(snapshot(copy)).toEqual(before);
});

test("check names the line of a mistyped metric in a generated file", async () => {
  const copy = copyRepository();
  const asks = ({ document }: { document: unknown }) => JSON.stringify(document).includes("rate(http_requests_total{");
  const { env, release } = generatedDocuments(copy).find((one) => one.env !== undefined && asks(one)) ?? {};
  const file = `generated/${env}/${release}.yaml`;
  replaceIn(copy, [file], (text) => text.replace("rate(http_requests_total{", "rate(http_requests_totl{"));
  const { code, stderr } = await runScript(copy, "check", file);
  const lines = readFileSync(path.join(copy, file), "utf8").split("\n");
  const line = lines.findIndex((text) => text.includes("http_requests_totl")) + 1;
  expect(stderr).toContain(`${file}:${line}:`);
  expect(stderr).toMatch(/unknown metric "http_requests_totl" at 1:\d+, did you mean "http_requests_total"\?/);
  expect(code).toBe(1);
});

test("gen says what metrics.ts must export", async () => {
  const file = "values-src/observability/metrics.ts";
  for (const text of ["export {};", "export const knownMetrics = { up: true };"]) {
    const { code, stderr } = await runScript(makeWorkspace({ [file]: text }), "gen");
    expect(stderr).toContain(`${file}\n  must export knownMetrics: Record<string, readonly string[]>\n`);
    expect(code).toBe(1);
  }
});

/** Releases whose generated values use a name of the contract; those that all environments share have none. */
function generatedUses(directory: string, name: Name): { env?: string | undefined; release: string }[] {
  return generatedDocuments(directory)
    .filter(({ document }) => expressionsIn(document).some((expression) => uses(expression, name)))
    .map(({ env, release }) => ({ env, release }));
}

function generatedDocuments(directory: string): { env?: string | undefined; release: string; document: unknown }[] {
  return globSync("generated/{*/,}*.yaml", { cwd: directory }).map((file) => {
    const [base = "", env] = file.split(path.sep).slice(1).reverse();
    const document: unknown = parse(readFileSync(path.join(directory, file), "utf8"));
    return { env, release: path.basename(base, ".yaml"), document };
  });
}

/** Any string at `expr` or `query`, also in JSON in a string: looser than what gen looks at, and other code. */
function expressionsIn(node: unknown, key = ""): string[] {
  if (typeof node === "string") {
    if (key === "expr" || key === "query") return [node];
    return node.startsWith("{") && node.includes('"panels"') ? expressionsIn(JSON.parse(node)) : [];
  }
  if (typeof node !== "object" || node === null) return [];
  // Of Grafana's variables only one kind asks Prometheus.
  const isOtherVariable = "query" in node && "type" in node && node.type !== "query";
  return Object.entries(node).flatMap(([at, value]) => (isOtherVariable ? [] : expressionsIn(value, at)));
}

/** What is left of an expression without strings, braces, ranges, lists of labels, and names before a bracket. */
function metricsIn(expression: string): string[] {
  const bare = expression
    .replace(strings, '""')
    .replace(/^label_values\((?:(.*),)?\s*\w+\)$/, "$1")
    .replace(/\{[^}]*\}|\[[^\]]*\]/g, " ")
    .replace(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, " ");
  const names = [...bare.matchAll(/(?<![\w:.$])[A-Za-z_:][\w:]*(?![\w:]|\s*\()/g)].map(([name]) => name);
  const inBraces = [...expression.matchAll(/__name__\s*=~?\s*"([^"]*)"/g)].map(([, name = ""]) => name);
  return [...names, ...inBraces].filter((name) => !keywords.has(name));
}

function uses(expression: string, { kind, name }: Name): boolean {
  const metrics = metricsIn(expression).map((series) => series.replace(/_(bucket|sum|count)$/, ""));
  if (kind === "metric") return metrics.includes(name);
  const isLabel = new RegExp(`[{,(]\\s*${name}\\s*(?:[=!,)]|$)`).test(expression.replace(strings, '""'));
  return isLabel && metrics.some((metric) => contract[metric]?.labels.includes(name));
}

function rename(copy: string, { kind, name }: Name): void {
  const [from, to] = kind === "metric" ? [`${name}:`, `${name}_renamed:`] : [`"${name}"`, `"${name}_renamed"`];
  replaceIn(copy, ["service/src/metrics-contract.ts"], (text) => text.replaceAll(from, to));
}

/** Replaces text in files; throws where that changes none. */
function replaceIn(copy: string, files: string[], replace: (text: string, file: string) => string): void {
  const changed = files.filter((file) => {
    const text = readFileSync(path.join(copy, file), "utf8");
    writeFileSync(path.join(copy, file), replace(text, file));
    return replace(text, file) !== text;
  });
  if (changed.length === 0) throw new Error(`nothing to replace in ${files.join(", ")}`);
}

/** Where the value modules no longer compile. The rest is left out: it takes a second, and the service is not asked. */
function compilerErrors(copy: string): { file: string; line: number }[] {
  const config = { extends: "./tsconfig.json", include: ["values-src"], exclude: ["**/*.test.ts"] };
  writeFileSync(path.join(copy, "tsconfig.values.json"), JSON.stringify(config));
  const tsc = path.join(root, "node_modules/.bin/tsc");
  const { stdout } = ask(tsc, ["--noEmit", "-p", "tsconfig.values.json"], { cwd: copy });
  const places = stdout.matchAll(/^(values-src\/[^(]+)\((\d+),\d+\): error/gm);
  return [...places].map(([, file = "", line]) => ({ file, line: Number(line) }));
}

/** Renames in the files that the compiler points to until it is content: the files named at first, and those changed. */
function followCompiler(copy: string, { name }: Name): { named: string[]; changed: string[] } {
  const first = compilerErrors(copy);
  const changed = new Set<string>();
  const word = new RegExp(`(?<!\\w)${name}(?=(?:_bucket|_sum|_count)?(?!\\w))`, "g");
  for (let errors = first; errors.length > 0; errors = compilerErrors(copy)) {
    const files = new Set(errors.map(({ file }) => file)).difference(changed);
    replaceIn(copy, [...files], (text, file) => {
      if (word.test(text)) changed.add(file);
      return text.replaceAll(word, `${name}_renamed`);
    });
  }
  return { named: first.map(({ file }) => file), changed: [...changed] };
}
