import { existsSync } from "node:fs";
import path from "node:path";
import type { MetricContract } from "../../service/src/metrics-contract.ts";
import type { Environment } from "../../values-src/environment.ts";
import type { AllowedSecret } from "../../values-src/platform.ts";
import { type Issue, IssueError, together } from "../problems/issue.ts";
import type { KnownMetrics, SeenSections } from "../promql/check.ts";
import { loadAllowedSecrets } from "./allowed-secrets.ts";
import { type DeclaredApp, httpServiceFile, loadApps } from "./apps.ts";
import { codeVersion, hash } from "./code-version.ts";
import { environmentNames, loadEnvironments } from "./environments.ts";
import { importOrThrow } from "./import-module.ts";
import { placeOfKey } from "./locate-facts.ts";
import { type ChartUse, chartTypesFile, checkChartTypes, type DeclaredRelease, loadReleases } from "./releases.ts";
import { type FurtherCheck, loadPlatformSchemas, platformSchemas, type Schemas, schemaFile } from "./schemas.ts";
import { toPointer } from "./yaml-file.ts";

/** The environments, releases and apps with everything that their values are checked against. */
export interface Platform {
  root: string;
  environments: Environment[];
  releases: DeclaredRelease[];
  apps: DeclaredApp[];
  schemas: Schemas;
  /** Of the PromQL in values. */
  promql: FurtherCheck | undefined;
  allowedSecrets: AllowedSecret[];
}

/**
 * Reads all environments, or only one, the apps and `releases/`, and brings the schemas of all types up to date in memory.
 * Image tags that are given, app -> environment -> tag, count instead of those on disk. The types of the
 * rehearsed chart may be of another version than its releases name. Throws `IssueError` with all problems.
 */
export async function loadPlatform(
  root: string,
  {
    only,
    imageTags = {},
    rehearsed,
  }: {
    only?: string | undefined;
    imageTags?: Record<string, Record<string, string>>;
    rehearsed?: string | undefined;
  } = {},
): Promise<Platform> {
  const schemas = await loadPlatformSchemas(root);
  const known = environmentNames(root);
  const names = only ? [only] : known;
  const [environments, releases, apps] = await together(
    loadEnvironments(root, names, schemas),
    loadReleases(root, schemas),
    loadApps(root, schemas, imageTags),
  );
  const uses: ChartUse[] = [...releases, ...apps.map(chartUse)];
  const issues = [
    ...[...releases, ...apps].filter(({ name }) => isReserved(name)).map(cannotBeCalled),
    ...apps.flatMap(({ name, file }) => nameTaken(root, file, name, releases)),
    ...apps.filter(({ name }) => known.includes(name)).map(calledAsEnvironment),
    ...uses.filter(({ chartName }) => chartName !== rehearsed).flatMap((use) => checkChartTypes(root, use)),
  ];
  if (issues.length > 0) throw new IssueError(...issues);
  const types = uses.map(({ chartName }) => {
    return [chartName, { file: path.join(root, chartTypesFile(chartName)), type: "Values" }] as const;
  });
  await schemas.load(new Map(types));
  const [promql, allowedSecrets] = await together(loadPromqlCheck(root, apps), loadAllowedSecrets(root));
  return { root, environments, releases, apps, schemas, promql, allowedSecrets };
}

function isReserved(name: string): boolean {
  return name in platformSchemas || ["clusters", path.basename(httpServiceFile, ".ts")].includes(name);
}

function cannotBeCalled({ name, file }: { name: string; file: string }): Issue {
  return { file, message: `no release can be called "${name}": rename it` };
}

function calledAsEnvironment({ name, file }: DeclaredApp): Issue {
  return {
    file,
    message: `there is an environment "${name}", which commands would take it for: rename one of the two`,
  };
}

function nameTaken(root: string, file: string, name: string, releases: DeclaredRelease[]): Issue[] {
  const other = releases.find((release) => release.name === name);
  if (!other) return [];
  const where = path.relative(root, other.file);
  return [{ file, message: `the release ${where} has the same name, "${name}": rename one of the two` }];
}

/** The chart that an app uses, for messages about its types. */
function chartUse({ file, chart }: DeclaredApp): ChartUse {
  return { file, chartName: chart.name, ...(chart.from === "repository" && { version: chart.version }) };
}

/** Names of all releases, the apps among them, for messages and options. */
export function releaseNames({ releases, apps }: Platform): string[] {
  return [...releases, ...apps].map(({ name }) => name).sort();
}

/** Name of the chart of a release or an app. */
export function chartOf({ releases, apps }: Platform, name: string): string {
  const release = releases.find((one) => one.name === name);
  return release?.chartName ?? apps.find((one) => one.name === name)?.chart.name ?? name;
}

const promqlVersion = codeVersion(["../promql"], ["@lezer/lr", "@prometheus-io/lezer-promql"]);
const secretsVersion = codeVersion(
  ["../secrets"],
  ["@secretlint/core", "@secretlint/secretlint-rule-preset-recommend"],
);

/** What is checked of a release's values beyond their schema: PromQL, and that they hold no secret. */
export function furtherCheck(platform: Platform, release: string): FurtherCheck {
  const { promql, allowedSecrets } = platform;
  const chart = chartOf(platform, release);
  const allowed = allowedSecrets.filter((one) => one.release === release).map(({ path }) => path);
  return {
    version: JSON.stringify([promql?.version, chart, allowed, secretsVersion()]),
    check: async (values) => {
      const { findSecrets } = await import("../secrets/check.ts");
      const secrets = await findSecrets(values, chart);
      const refused = secrets.filter((finding) => !allowed.includes(toPointer(finding.path)));
      return [...((await promql?.check(values)) ?? []), ...refused];
    },
  };
}

/** Every schema file by absolute path, and a copy in each chart of ours, where Helm looks for it. */
export function schemaFiles({ root, releases, apps, schemas }: Platform): Map<string, string> {
  const files = new Map([...schemas.texts].map(([name, text]) => [path.join(root, schemaFile(name)), text]));
  const here = [
    ...releases.map(({ chartName, chart }) => ({ chartName, folder: chart })),
    ...apps.map(({ chart }) => ({ chartName: chart.name, folder: chart.from === "here" ? chart.path : "" })),
  ];
  for (const { chartName, folder } of here) {
    const text = schemas.texts.get(chartName);
    if (text && folder.startsWith("./")) files.set(path.join(root, folder, "values.schema.json"), text);
  }
  return files;
}

/**
 * The check of PromQL against what `values-src/observability/metrics.ts` exports and the apps' own metrics; none in a
 * repository without it.
 */
async function loadPromqlCheck(root: string, apps: DeclaredApp[]): Promise<FurtherCheck | undefined> {
  const file = path.join(root, "values-src/observability/metrics.ts");
  if (!existsSync(file)) return undefined;
  const { knownMetrics, exposedSeries } = await importOrThrow<MetricsModule>(file);
  if (!isKnownMetrics(knownMetrics)) {
    throw new IssueError({ file, message: "must export knownMetrics: Record<string, readonly string[]>" });
  }
  const known: Record<string, readonly string[]> = { ...knownMetrics };
  const issues: Issue[] = [];
  for (const { file, facts } of apps) {
    for (const [name, labels] of Object.entries(exposedSeries?.(facts.metrics ?? {}) ?? {})) {
      const message = `${name} is a metric of every app, or of the platform: leave it out, or rename it`;
      if (Object.hasOwn(knownMetrics, name)) {
        issues.push({ file, ...(await placeOfKey(file, "metrics", name)), path: `/metrics/${name}`, message });
      }
      // Two apps may have a metric of one name, each with labels of its own.
      known[name] = [...new Set([...(known[name] ?? []), ...labels])];
    }
  }
  if (issues.length > 0) throw new IssueError(...issues);
  const seen: SeenSections = new WeakMap();
  return {
    version: hash(JSON.stringify(known), promqlVersion()),
    // The parser takes time to load, so only changed values pay for it.
    check: async (values) => (await import("../promql/check.ts")).checkPromql(values, known, seen),
  };
}

/** What `values-src/observability/metrics.ts` exports. */
interface MetricsModule {
  knownMetrics?: unknown;
  /** The series of a contract's metrics, with their labels. */
  exposedSeries?(contract: Record<string, MetricContract>): KnownMetrics;
}

function isKnownMetrics(value: unknown): value is KnownMetrics {
  return typeof value === "object" && value !== null && Object.values(value).every(Array.isArray);
}
