import { existsSync, readFileSync, realpathSync } from "node:fs";
import path from "node:path";
import type { App, AppFacts } from "../../values-src/app.ts";
import type { Environment } from "../../values-src/environment.ts";
import { pictureFiles } from "../drawings/strategies.ts";
import { type Issue, IssueError } from "../problems/issue.ts";
import { requireKnown } from "../problems/suggest.ts";
import { findUnused } from "./allowed-secrets.ts";
import { loadClusters } from "./clusters.ts";
import { environmentNames } from "./environments.ts";
import { ValueSources } from "./locate-values.ts";
import { checkNeeds, checkNeedsIn } from "./needs.ts";
import { furtherCheck, loadPlatform, type Platform, releaseNames, schemaFiles } from "./platform.ts";
import { schemaFile } from "./schemas.ts";
import {
  type EvaluatedRelease,
  evaluateApp,
  evaluateRelease,
  loadValueModules,
  type ValueModule,
} from "./value-modules.ts";
import { loadWorldCheck, type WorldCheck } from "./world.ts";
import {
  type Change,
  leftTemporaries,
  linkProblems,
  listFiles,
  listFolder,
  planChanges,
  type Text,
} from "./write-tree.ts";
import { toPointer } from "./yaml-file.ts";

export interface GenerateOptions {
  /** Root of the repository. */
  root: string;
  /** Directory to hold `<env>/<release>.yaml` and nothing else; without it `generated/`, and schemas are kept too. */
  out?: string | undefined;
  /** Only this environment's files. */
  env?: string | undefined;
  /** Only this release's files. */
  release?: string | undefined;
  /** Tags to count instead of those on disk, app -> environment -> tag: what would follow from a promotion. */
  imageTags?: Record<string, Record<string, string>> | undefined;
  /** UIDs of environments' clusters to count instead of those in clusters.json. */
  clusters?: Record<string, string[]> | undefined;
  /** Name of a chart whose types may be of another version than its releases name: its upgrade is rehearsed. */
  rehearsed?: string | undefined;
}

/** What follows from values-src/. */
export interface Generated {
  /** What has to change on disk. */
  changes: Change[];
  /** Every release of the environments, with its values. */
  releases: EvaluatedRelease[];
}

/**
 * What has to change on disk so that it holds what values-src/ says. Everything is read, evaluated and validated, and
 * nothing written. Throws `IssueError` with all problems.
 */
export async function generate(options: GenerateOptions): Promise<Generated> {
  const { root, out, env, release, imageTags, clusters, rehearsed } = options;
  const known = environmentNames(root);
  requireKnown("environment", env, known);
  const platform = await loadPlatform(root, { only: env, rehearsed, ...(imageTags && { imageTags }) });
  requireKnown("release", release, releaseNames(platform));
  const modules = await loadValueModules(root, platform.releases);
  const checkWorld = await loadWorldCheck(root);

  const knownClusters = loadClusters(root, known);
  const uids = { ...knownClusters.clusters, ...clusters };
  const issues: Issue[] = [...knownClusters.issues, ...checkNeeds(platform.releases)];
  const target = path.resolve(root, out ?? "generated");
  if (out !== undefined) requireElsewhere(root, target);
  const sources = new ValueSources(root, platform.apps);
  const files = new Map<string, Text>();
  const everything: EvaluatedRelease[] = [];
  const facts = Object.fromEntries(platform.apps.map((app) => [app.name, app.facts]));
  const everywhere = { platform, modules, facts, sources, checkWorld };
  for (const environment of platform.environments) {
    const evaluated = await evaluateAll(everywhere, environment, issues);
    everything.push(...evaluated);
    const here = { env: environment.name, evaluated };
    renderAll(files, platform, here, { target, uids: uids[environment.name] ?? [] });
  }
  if (issues.length === 0 && !env) issues.push(...(await findUnused(root, platform.allowedSecrets, everything)));
  if (issues.length > 0) throw new IssueError(...issues);
  platform.schemas.remember();

  const inScope = scopeOf(target, env, release);
  const wanted = new Map([...files].filter(([file]) => inScope(file)));
  if (!out) for (const [file, text] of schemaFiles(platform)) wanted.set(file, text);
  if (!out && !env)
    for (const [file, text] of pictureFiles(root, everything.flatMap(timelineOf))) wanted.set(file, text);
  const links = linkProblems(out ? target : root, wanted.keys());
  const foreign = out ? [...wanted.keys()].filter((file) => existsSync(file) && !isGenerated(file)) : [];
  const notOurs = foreign.map((file) => ({
    file,
    message: "was not written by gen: move it away, or name another --out",
  }));
  if (links.length + notOurs.length > 0) throw new IssueError(...links, ...notOurs);
  const values = listFiles(target)
    // Another environment may have what is the same everywhere.
    .filter((file) => inScope(file) && !(env && path.dirname(file) === target));
  const present = [...values, ...(out ? [] : listFolder(path.join(root, "schemas")))];
  const left = present.filter((file) => !wanted.has(file) && isGenerated(file));
  const written = [target, ...[...wanted.keys(), ...values].map((file) => path.dirname(file))];
  // The tags, which a promotion writes, and the clusters.
  const folders = out ? [] : ["apps", "environments"].map((name) => path.join(root, "values-src", name));
  const temporaries = leftTemporaries(new Set([...written, ...folders]));
  return { changes: planChanges(wanted, [...left, ...temporaries]), releases: everything };
}

/** Throws `IssueError` where --out is the repository, holds it, or is one of its folders with sources. */
function requireElsewhere(root: string, target: string): void {
  const real = existsSync(target) ? realpathSync(target) : target;
  const [inside] = path.relative(realpathSync(root), real).split(path.sep);
  const holds = !path.relative(real, realpathSync(root)).startsWith("..");
  const isSource = inside !== undefined && inside !== ".." && inside !== "generated" && sources.includes(inside);
  if (!holds && !isSource) return;
  const what = holds ? "holds this repository" : `is in its folder ${inside}`;
  throw new IssueError({ file: "--out", message: `${target} ${what}: name a folder for generated files alone` });
}

/** Folders of the repository in which nothing is generated but what gen itself puts there. */
const sources = [
  ...["values-src", "schemas", "releases", "service", "scripts", "docs"],
  ...[".git", ".github", ".ci", ".tools", "node_modules"],
];

/** What is the same for every environment. */
interface Everywhere {
  platform: Platform;
  modules: Map<string, ValueModule>;
  /** Of all apps by name. */
  facts: Record<string, AppFacts>;
  sources: ValueSources;
  checkWorld: WorldCheck;
}

/** Values of every release and app that the environment has; problems are added to the issues. */
async function evaluateAll(
  { platform, modules, facts, sources, checkWorld }: Everywhere,
  env: Environment,
  issues: Issue[],
): Promise<EvaluatedRelease[]> {
  const { root, releases, apps, schemas } = platform;
  const before = issues.length;
  const here = apps.flatMap((declared) => {
    const app = declared.in(env);
    return app ? [{ declared, app }] : [];
  });
  const ofApps = { here: here.map(({ app }) => app), facts };
  const ofPlatform = releases.map((release) => {
    const module = modules.get(release.name);
    return { release, result: module && evaluateRelease(root, release, module, env, ofApps) };
  });
  const results = [
    ...ofPlatform.map(({ result }) => result),
    ...here.map(({ declared, app }) => evaluateApp(root, declared, app)),
  ];
  const evaluated: EvaluatedRelease[] = [];
  for (const result of results) {
    if (Array.isArray(result)) issues.push(...result);
    else if (result) {
      const { name, source, chartName, unfit, everywhere, of } = result;
      const values = schemas.sections.share(result.values);
      const scope = { ...(!everywhere && { environments: [env.name] }), ...("app" in of && { apps: [of.app.name] }) };
      const further = furtherCheck(platform, name);
      const findings = unfit.length > 0 ? unfit : await schemas.validate(chartName, values, further);
      for (const finding of findings) {
        const { path: at, message, others } = finding;
        const place = { file: path.join(root, source), ...(await sources.placeOf(result, finding)) };
        issues.push({ ...place, ...scope, path: toPointer(at), message, ...(others && { others }) });
      }
      evaluated.push({ ...result, values });
    }
  }
  // What cannot be evaluated may be there: nobody is told that it is missing.
  const on = ofPlatform.flatMap(({ release, result }) => (result ? [release] : []));
  issues.push(...checkNeedsIn(env.name, on));
  if (issues.length === before) issues.push(...(await checkWorld(env, evaluated)));
  return evaluated;
}

/** Adds the files of one environment, and those that are the same in each: path -> text. */
function renderAll(
  files: Map<string, Text>,
  platform: Platform,
  { env, evaluated }: { env: string; evaluated: EvaluatedRelease[] },
  { target, uids }: { target: string; uids: string[] },
): void {
  for (const { name, chartName, source, values, everywhere } of evaluated) {
    const file = path.join(target, everywhere ? "" : env, `${name}.yaml`);
    if (files.has(file)) continue;
    const schema = path.join(platform.root, schemaFile(chartName));
    files.set(file, () => valuesHeader(source, file, schema) + platform.schemas.sections.yaml(values));
  }
  const file = path.join(target, env, "environment.yaml");
  files.set(file, renderEnvironmentFile(platform, evaluated, uids));
}

/** An app with its values, where the picture of the strategies can show it. */
function timelineOf({ of, values }: EvaluatedRelease): { app: App; values: unknown }[] {
  return "app" in of ? [{ app: of.app, values }] : [];
}

function scopeOf(target: string, env?: string, release?: string): (file: string) => boolean {
  return (file) => {
    const directory = path.dirname(path.relative(target, file));
    return (!env || [env, "."].includes(directory)) && (!release || path.basename(file) === `${release}.yaml`);
  };
}

/** First words of every file that gen writes as YAML; a file that does not begin with them is never removed by it. */
const generatedMark = "# Generated by `npm run gen` from ";

/** Whether a values file or a schema begins as gen begins it. What only quotes that somewhere is not gen's. */
function isGenerated(file: string): boolean {
  const start = readFileSync(file, "utf8").slice(0, 100);
  if (file.endsWith(".yaml")) return start.startsWith(generatedMark);
  return file.endsWith(".schema.json") && /^\{\s*"\$comment": "Generated by `npm run gen` from /.test(start);
}

/** What stands above the values in a file: where it comes from, and its schema for the editor. */
function valuesHeader(source: string, file: string, schema: string): string {
  const toSchema = path.relative(path.dirname(file), schema);
  return `${generatedMark}${source}, do not edit.\n# yaml-language-server: $schema=${toSchema}\n`;
}

/** `environment.yaml`, which helmfile.yaml reads: which releases are Helmfile's to release, and the cluster UIDs. */
function renderEnvironmentFile(
  { releases, schemas }: Platform,
  evaluated: EvaluatedRelease[],
  clusters: string[],
): string {
  const has = new Set(evaluated.map(({ name }) => name));
  const platform = releases.map(({ name }) => [name, { enabled: has.has(name) }] as const);
  const apps = evaluated.flatMap(({ of }) => ("app" in of ? [[of.app.name, releaseOf(of.app)] as const] : []));
  const what = "which releases are Helmfile's, the apps, and the UIDs of this environment's clusters";
  const all = { ...Object.fromEntries(platform), ...Object.fromEntries(apps), clusters };
  return `${generatedMark}values-src/, do not edit: ${what}.\n${schemas.sections.yaml(all)}`;
}

/** What Helmfile needs to know of an app: it has no file in `releases/`. */
function releaseOf({ name, owner, namespace, chart }: App) {
  const about = { enabled: owner === "helmfile", namespace };
  switch (chart.from) {
    case "here":
      return { ...about, chart: chart.path };
    case "git":
      return { ...about, chart: `git::${chart.url}@${chart.path}?ref=${chart.revision}` };
    case "repository":
      return { ...about, chart: `${name}/${chart.name}`, repository: chart.url, version: chart.version };
  }
}
