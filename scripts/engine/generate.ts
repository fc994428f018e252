import path from "node:path";
import { stringify } from "yaml";
import type { Environment } from "../../values-src/environment.ts";
import { pictureFiles } from "../drawings/strategies.ts";
import { type Issue, IssueError } from "../problems/issue.ts";
import { requireKnown } from "../problems/suggest.ts";
import { loadClusters } from "./environment-data.ts";
import { environmentNames, loadEnvironments } from "./environments.ts";
import { checkNeeds, checkNeedsIn } from "./needs.ts";
import { isGenerated, loadPlatform, type Platform, releaseNames, schemaFiles } from "./platform.ts";
import type { DeclaredRelease } from "./releases.ts";
import { schemaFile } from "./schemas.ts";
import {
  type EvaluatedRelease,
  evaluate,
  loadValueModules,
  type ValueModule,
  valueModuleFile,
} from "./value-modules.ts";
import { type Change, listFiles, planChanges } from "./write-tree.ts";
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
  /** Tags to count instead of those in image-tags.json: what would follow from a promotion. */
  imageTags?: Record<string, string> | undefined;
  /** UIDs of environments' clusters to count instead of those in clusters.json. */
  clusters?: Record<string, string[]> | undefined;
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
export async function generate({ root, out, env, release, imageTags, clusters }: GenerateOptions): Promise<Generated> {
  const platform = await loadPlatform(root);
  const known = environmentNames(root);
  requireKnown("environment", env, known);
  requireKnown("release", release, releaseNames(platform));
  const environments = await loadEnvironments(root, env ? [env] : known, platform.schemas, imageTags);
  const modules = await loadValueModules(root, platform.releases);

  const knownClusters = loadClusters(root, known);
  const uids = { ...knownClusters.clusters, ...clusters };
  const issues: Issue[] = [...knownClusters.issues, ...checkNeeds(platform.releases)];
  const target = path.resolve(root, out ?? "generated");
  const files = new Map<string, string>();
  const everything: EvaluatedRelease[] = [];
  for (const environment of environments) {
    const evaluated = await evaluateAll(platform, modules, environment, issues);
    everything.push(...evaluated);
    const directory = path.join(target, environment.name);
    for (const [file, text] of renderAll(platform, evaluated, directory, uids[environment.name] ?? []))
      files.set(file, text);
  }
  if (issues.length > 0) throw new IssueError(...issues);
  platform.schemas.remember();

  const inScope = scopeOf(target, env, release);
  const wanted = new Map([...files].filter(([file]) => inScope(file)));
  if (!out) for (const [file, text] of schemaFiles(platform)) wanted.set(file, text);
  if (!out && !env)
    for (const [file, text] of pictureFiles(
      root,
      everything.filter(({ release }) => release.name === "sample-app"),
    ))
      wanted.set(file, text);
  const present = listFiles(target)
    .filter(inScope)
    .concat(out ? [] : listFiles(path.join(root, "schemas")));
  const unwanted = present.filter((file) => !wanted.has(file) && isGenerated(file));
  return { changes: planChanges(wanted, unwanted), releases: everything };
}

/** Values of every release that the environment has; problems are added to the issues. */
async function evaluateAll(
  { root, releases, schemas, promql }: Platform,
  modules: Map<string, ValueModule>,
  env: Environment,
  issues: Issue[],
): Promise<EvaluatedRelease[]> {
  const evaluated: EvaluatedRelease[] = [];
  for (const release of releases) {
    const module = modules.get(release.name);
    const result = module && evaluate(root, release, module, env);
    if (Array.isArray(result)) issues.push(...result);
    else if (result) {
      const file = path.join(root, valueModuleFile(release.name));
      for (const { path: at, message } of await schemas.validate(release.name, result.values, promql)) {
        issues.push({ file, env: env.name, path: toPointer(at), message });
      }
      evaluated.push(result);
    }
  }
  issues.push(...checkNeedsIn(env.name, managedByHelmfile(evaluated)));
  return evaluated;
}

function managedByHelmfile(evaluated: EvaluatedRelease[]): DeclaredRelease[] {
  return evaluated.filter(({ owner }) => owner === "helmfile").map(({ release }) => release);
}

/** The files of one environment: path -> text. */
function renderAll(
  { root, releases }: Platform,
  evaluated: EvaluatedRelease[],
  directory: string,
  uids: string[],
): [string, string][] {
  const files = evaluated.map(({ release: { name }, values }): [string, string] => {
    const file = path.join(directory, `${name}.yaml`);
    return [file, renderValues(values, valueModuleFile(name), file, path.join(root, schemaFile(name)))];
  });
  const managed = managedByHelmfile(evaluated);
  const conditions = releases.map((release) => ({ name: release.name, enabled: managed.includes(release) }));
  return [...files, [path.join(directory, "environment.yaml"), renderEnvironmentFile(conditions, uids)]];
}

function scopeOf(target: string, env?: string, release?: string): (file: string) => boolean {
  return (file) => {
    const [directory, base] = path.relative(target, file).split(path.sep);
    return (!env || directory === env) && (!release || base === `${release}.yaml`);
  };
}

/** First words of every file that gen writes as YAML; a file without them is never overwritten or removed by it. */
const generatedMark = "# Generated by `npm run gen` from ";

/** A values file: where it comes from, its schema for the editor, then the values in the order they were written. */
function renderValues(values: unknown, source: string, file: string, schema: string): string {
  const toSchema = path.relative(path.dirname(file), schema);
  return `${generatedMark}${source}, do not edit.\n# yaml-language-server: $schema=${toSchema}\n${toYaml(values)}`;
}

/** `environment.yaml`, which helmfile.yaml reads: which releases are Helmfile's to release, and the cluster UIDs. */
function renderEnvironmentFile(releases: { name: string; enabled: boolean }[], clusters: string[]): string {
  const enabled = Object.fromEntries(releases.map(({ name, enabled }) => [name, { enabled }]));
  const what = "which releases are Helmfile's, and the UIDs of this environment's clusters";
  return `${generatedMark}values-src/, do not edit: ${what}.\n${toYaml({ ...enabled, clusters })}`;
}

function toYaml(value: unknown): string {
  return stringify(value, { aliasDuplicateObjects: false, lineWidth: 0 });
}
