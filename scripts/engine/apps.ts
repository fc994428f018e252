import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import type { App, AppFacts, Chart } from "../../values-src/app.ts";
import type { Environment } from "../../values-src/environment.ts";
import { type Issue, IssueError } from "../problems/issue.ts";
import { didYouMean } from "../problems/suggest.ts";
import { environmentNames, loadFacts, moduleNames, nameProblems } from "./environments.ts";
import { loadImageTags } from "./image-tags.ts";
import { importOrThrow } from "./import-module.ts";
import { placeOfKey } from "./locate-facts.ts";
import { loadPlatformSchemas, type Schemas } from "./schemas.ts";

/** An app as `values-src/apps/<app>.ts` declares it. */
export interface DeclaredApp {
  name: string;
  /** Absolute path of its file. */
  file: string;
  facts: AppFacts;
  chart: Chart;
  namespace: string;
  /** Image tags: environment -> `TAG[@sha256:DIGEST]`. */
  tags: Record<string, string>;
  /** Path in the repository of the module that makes its values. */
  source: string;
  /** Its Helm values. Pure. */
  values(app: App): unknown;
  /** The app in an environment; undefined where it is not there. */
  in(env: Environment): App | undefined;
}

const directory = "values-src/apps";

/** The module that makes the values of every app without a chart of its own. */
export const httpServiceFile = "values-src/releases/http-service.ts";

/** What `values-src/app.ts` exports. */
export interface AppModule {
  httpService: Chart;
  appIn(env: Environment, name: string, facts: AppFacts, imageTag: string): App | undefined;
}

interface Values {
  values(app: App): unknown;
}

/** Names of all apps: the files under `values-src/apps/`. */
export function appNames(root: string): string[] {
  const folder = path.join(root, directory);
  return existsSync(folder) ? moduleNames(folder) : [];
}

/** Path of an app's facts in the repository. */
export function appFile(name: string): string {
  return `${directory}/${name}.ts`;
}

/**
 * Reads the facts and image tags of all apps; tags that are given, app -> environment -> tag, count instead of those on
 * disk. Throws `IssueError` with all problems.
 */
export async function loadApps(
  root: string,
  schemas: Schemas,
  imageTags: Record<string, Record<string, string>> = {},
): Promise<DeclaredApp[]> {
  const names = appNames(root);
  const known = environmentNames(root);
  const issues: Issue[] = strayTags(root, names);
  const apps: DeclaredApp[] = [];
  if (names.length === 0 && issues.length === 0) return apps;
  const { httpService, appIn } = await importOrThrow<AppModule>(path.join(root, "values-src/app.ts"));
  for (const name of names) {
    const file = path.join(root, appFile(name));
    // Its Services are called `<app>-preview` and `<app>-metrics`.
    issues.push(...nameProblems(file, "an app", name, 50));
    const module = await loadFacts<AppFacts>(file, "app", schemas);
    if (Array.isArray(module)) {
      issues.push(...module);
      continue;
    }
    const { default: facts, values: ownValues } = module as { default: AppFacts } & Partial<Values>;
    const departures = facts.environments ?? {};
    const has = known.filter((env) => departures[env] !== false);
    const { tags, issues: found } = loadImageTags(root, name, { known, has });
    const allTags = { ...tags, ...imageTags[name] };
    issues.push(...(await unknownEnvironments(file, departures, known)), ...found);
    issues.push(...(await chartProblems(file, facts, ownValues)));
    const source = ownValues ? appFile(name) : httpServiceFile;
    const { values } = ownValues ? { values: ownValues } : await importOrThrow<Values>(path.join(root, source));
    const chart = facts.chart ?? httpService;
    const inEnvironment = (env: Environment) => appIn(env, name, facts, allTags[env.name] ?? "");
    const namespace = facts.namespace ?? name;
    apps.push({ name, file, facts, chart, namespace, tags: allTags, source, values, in: inEnvironment });
  }
  if (issues.length > 0) throw new IssueError(...issues);
  return apps;
}

/** Reads all apps with their schema and no other. Throws `IssueError` with all problems. */
export async function loadDeclaredApps(root: string): Promise<DeclaredApp[]> {
  return loadApps(root, await loadPlatformSchemas(root));
}

function strayTags(root: string, names: string[]): Issue[] {
  const folder = path.join(root, directory);
  if (!existsSync(folder)) return [];
  const ending = ".tags.json";
  const strays = readdirSync(folder).filter(
    (file) => file.endsWith(ending) && !names.includes(file.replace(ending, "")),
  );
  return strays.map((file) => {
    const app = file.replace(ending, "");
    return { file: path.join(folder, file), message: `there is no ${appFile(app)}: add it, or remove this file` };
  });
}

async function unknownEnvironments(file: string, departures: object, known: string[]): Promise<Issue[]> {
  const unknown = Object.keys(departures).filter((name) => !known.includes(name));
  const issues = unknown.map(async (name) => {
    const message = `there is no environment "${name}"${didYouMean(name, known) || `. Known: ${known.join(", ")}`}`;
    return { file, ...(await placeOfKey(file, "environments", name)), path: `/environments/${name}`, message };
  });
  return Promise.all(issues);
}

async function chartProblems(file: string, { chart }: AppFacts, values: unknown): Promise<Issue[]> {
  if (chart && typeof values !== "function") {
    const message = "names a chart of its own: export function values(app: App): Values beside the facts";
    return [{ file, ...(await placeOfKey(file, "chart")), message }];
  }
  if (!chart && values !== undefined) {
    return [{ file, message: "exports values, which take a chart of its own: say which in `chart`, or remove them" }];
  }
  return [];
}
