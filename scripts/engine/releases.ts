import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Release } from "../../values-src/release.ts";
import { type Issue, IssueError } from "../problems/issue.ts";
import { nameProblems } from "./environments.ts";
import type { Schemas } from "./schemas.ts";
import { placeInYaml, readYamlFile, validateYaml } from "./yaml-file.ts";

/** A release as `releases/<name>.yaml` declares it. */
export interface DeclaredRelease extends Release {
  name: string;
  /** Absolute path of its file. */
  file: string;
  /** Name of its chart, which is the name of its types in `values-src/charts/`. */
  chartName: string;
}

/** Reads and validates every `releases/*.yaml`, in order of name. Throws `IssueError` with all problems. */
export async function loadReleases(root: string, schemas: Schemas): Promise<DeclaredRelease[]> {
  const directory = path.join(root, "releases");
  const issues: Issue[] = [];
  const releases: DeclaredRelease[] = [];
  for (const base of readdirSync(directory).sort()) {
    if (!/\.ya?ml$/.test(base)) continue;
    const file = path.join(directory, base);
    const yaml = readYamlFile(file);
    const found = Array.isArray(yaml) ? yaml : await validateYaml(yaml, "release", schemas);
    issues.push(...found);
    if (found.length > 0 || Array.isArray(yaml)) continue;
    const release = yaml.data as Release;
    const name = base.replace(/\.ya?ml$/, "");
    releases.push({ ...release, name, file, chartName: chartName(root, release.chart) });
  }
  issues.push(...releases.flatMap(({ file, name }) => nameProblems(file, "a release", name, 53)));
  issues.push(...findDuplicates(releases), ...releases.flatMap(findSourceProblem));
  if (issues.length > 0) throw new IssueError(...issues);
  return releases;
}

function chartName(root: string, chart: string): string {
  if (!chart.startsWith("./")) return chart.split("/").at(-1) ?? chart;
  const file = path.join(root, chart, "Chart.yaml");
  const name = existsSync(file) ? /^name:\s*(\S+)/m.exec(readFileSync(file, "utf8"))?.[1] : undefined;
  return name ?? path.basename(chart);
}

function findDuplicates(releases: DeclaredRelease[]): Issue[] {
  return releases
    .filter((release, index) => releases.findIndex((other) => other.name === release.name) !== index)
    .map(({ name, file }) => ({ file, message: `a second release "${name}": keep one of the two files` }));
}

function findSourceProblem({ chart, repository, version, file }: DeclaredRelease): Issue[] {
  const local = chart.startsWith("./");
  if (local && (repository ?? version)) {
    return [{ file, message: `${chart} is a chart of this repository: drop repository and version` }];
  }
  if (!local && !(repository && version)) {
    return [{ file, message: `${chart} needs a repository and an exact version` }];
  }
  return [];
}

/** The release that an entry of `needs` names: `a?` is a need of `a` where the environment has it. */
export function neededRelease(need: string): string {
  return need.replace(/\?$/, "");
}

/** Where the types of a chart's values are. */
export function chartTypesFile(chartName: string): string {
  return `values-src/charts/${chartName}.ts`;
}

/** The version of the chart that its types were imported from; undefined where there are none, or they do not say. */
export function importedVersion(root: string, chartName: string): string | undefined {
  const file = path.join(root, chartTypesFile(chartName));
  return existsSync(file) ? /^\/\/ chart: \S+ (\S+)$/m.exec(readFileSync(file, "utf8"))?.[1] : undefined;
}

/** A use of a chart: by a release, or by an app that has one of its own. */
export interface ChartUse {
  /** Whose it is: absolute path of the file that names it. */
  file: string;
  chartName: string;
  /** Of a chart of a chart repository. */
  version?: string | undefined;
}

/** Says where a chart's types are missing, or were imported from another version than the one in use. */
export function checkChartTypes(root: string, { file, chartName, version }: ChartUse): Issue[] {
  const types = chartTypesFile(chartName);
  const run = "run `npm run charts`";
  if (!existsSync(path.join(root, types))) {
    return [{ file, message: `${types} is missing: ${version ? run : "write the types of the chart's values there"}` }];
  }
  if (!version) return [];
  const imported = importedVersion(root, chartName);
  if (imported === version) return [];
  const from = imported ? `from ${imported}` : "from no version that it names";
  const place = /\.ya?ml$/.test(file) ? placeInYaml(file, ["version"]) : {};
  return [{ file, ...place, path: "/version", message: `is ${version}, but ${types} was imported ${from}: ${run}` }];
}
