import { existsSync } from "node:fs";
import path from "node:path";
import type { App, AppFacts } from "../../values-src/app.ts";
import type { Environment, Owner } from "../../values-src/environment.ts";
import { type Finding, type Issue, IssueError } from "../problems/issue.ts";
import { didYouMean } from "../problems/suggest.ts";
import { type DeclaredApp, httpServiceFile } from "./apps.ts";
import { moduleNames } from "./environments.ts";
import { describe, importModule, whereThrown } from "./import-module.ts";
import type { DeclaredRelease } from "./releases.ts";

/** What `values-src/releases/<release>.ts` exports. */
export interface ValueModule {
  /** Helm values of the release, of an environment and its apps. Pure. */
  values?(env: Environment, apps: App[]): unknown;
  /** Instead: values that are the same in every environment, of the facts of all apps by name. Pure. */
  everywhere?(apps: Record<string, AppFacts>): unknown;
  /** Whether the environment has the release; it has if this is left out. */
  enabled?(env: Environment): boolean;
}

/** A release that an environment has, with its values. */
export interface EvaluatedRelease {
  name: string;
  namespace: string;
  chartName: string;
  env: Environment;
  owner: Owner;
  /** Path in the repository of the module that makes the values. */
  source: string;
  values: unknown;
  /** What of the values YAML cannot hold. */
  unfit: Finding[];
  /** Whether its values are the same in every environment. */
  everywhere: boolean;
  /** What is released: an upstream chart or one of the platform's, or an app. */
  of: { release: DeclaredRelease } | { app: App };
}

/** Where the values of a release are written by hand. */
function valueModuleFile(release: string): string {
  return `values-src/releases/${release}.ts`;
}

/** Loads the value module of every release. Throws `IssueError` unless the two sets are the same. */
export async function loadValueModules(root: string, releases: DeclaredRelease[]): Promise<Map<string, ValueModule>> {
  const issues: Issue[] = findStrays(root, releases);
  const modules = new Map<string, ValueModule>();
  for (const { name, file: declaration } of releases) {
    const file = path.join(root, valueModuleFile(name));
    if (!existsSync(file)) {
      issues.push({ file: declaration, message: `release "${name}" has no values: add ${valueModuleFile(name)}` });
      continue;
    }
    const module = await importModule<ValueModule>(file);
    if ("message" in module) issues.push(module as Issue);
    else if (typeof (module.values ?? module.everywhere) !== "function") {
      issues.push({ file, message: "must export function values(env: Environment): Values, or everywhere(): Values" });
    } else modules.set(name, module);
  }
  if (issues.length > 0) throw new IssueError(...issues);
  return modules;
}

function findStrays(root: string, releases: DeclaredRelease[]): Issue[] {
  const names = releases.map(({ name }) => name);
  return moduleNames(path.join(root, "values-src/releases"))
    .filter((name) => valueModuleFile(name) !== httpServiceFile)
    .filter((name) => !names.includes(name))
    .map((name) => ({
      file: path.join(root, valueModuleFile(name)),
      message: `there is no releases/${name}.yaml${didYouMean(name, names) || ": add one, or remove this file"}`,
    }));
}

/** Evaluates a release's module for an environment: nothing if the environment does not have the release. */
export function evaluateRelease(
  root: string,
  release: DeclaredRelease,
  module: ValueModule,
  env: Environment,
  apps: { here: App[]; facts: Record<string, AppFacts> },
): EvaluatedRelease | Issue[] | undefined {
  const { name, namespace, chartName } = release;
  const source = valueModuleFile(name);
  const everywhere = module.values === undefined;
  return orIssue(path.join(root, source), { environments: [env.name] }, () => {
    if (module.enabled && !module.enabled(env)) return undefined;
    const values: unknown = everywhere ? everywhereOf(module, apps.facts) : module.values?.(env, apps.here);
    const about = { name, namespace, chartName, env, owner: "helmfile" as const, source, everywhere };
    return { ...about, values, of: { release } };
  });
}

const valuesEverywhere = new WeakMap<ValueModule, WeakMap<object, unknown>>();

/** Values that are the same in every environment: the same object for the same facts. */
function everywhereOf(module: ValueModule, facts: Record<string, AppFacts>): unknown {
  const known = valuesEverywhere.get(module) ?? new WeakMap<object, unknown>();
  valuesEverywhere.set(module, known);
  if (!known.has(facts)) known.set(facts, module.everywhere?.(facts));
  return known.get(facts);
}

/** Evaluates an app for its environment. */
export function evaluateApp(
  root: string,
  { source, values }: Pick<DeclaredApp, "source" | "values">,
  app: App,
): EvaluatedRelease | Issue[] {
  const { name, namespace, chart, env, owner } = app;
  const found = orIssue(path.join(root, source), { environments: [env.name], apps: [name] }, () => {
    const about = { name, namespace, chartName: chart.name, env, owner, source, everywhere: false };
    return { ...about, values: values(app), of: { app } };
  });
  return found ?? [];
}

/** What a module gives, as JSON would hold it; or why it cannot be had. */
function orIssue(
  file: string,
  scope: Pick<Issue, "environments" | "apps">,
  give: () => Omit<EvaluatedRelease, "unfit"> | undefined,
): EvaluatedRelease | Issue[] | undefined {
  try {
    const given = give();
    return given && { ...given, ...convert(given.values) };
  } catch (error) {
    return [{ file, ...whereThrown(error), ...scope, message: `threw ${describe(error)}` }];
  }
}

const converted = new WeakMap<object, ReturnType<typeof toJson>>();

/** The same as `toJson`, and the same copy of the same object. */
function convert(values: unknown): ReturnType<typeof toJson> {
  if (typeof values !== "object" || values === null) return toJson(values);
  const result = converted.get(values) ?? toJson(values);
  converted.set(values, result);
  return result;
}

/** A copy of values as JSON would hold them, without `undefined` properties, and what it could not hold. */
function toJson(root: unknown): Pick<EvaluatedRelease, "values" | "unfit"> {
  const unfit: Finding[] = [];
  const place: Finding["path"] = [];
  const above = new Set<object>();
  const copy = (value: unknown): unknown => {
    if (value === null || typeof value === "string" || typeof value === "boolean") return value;
    // JSON has no -0.
    if (typeof value === "number" && Number.isFinite(value)) return value === 0 ? 0 : value;
    if (typeof value !== "object" || !(Array.isArray(value) || isPlainObject(value)))
      return report(`must be plain data, got ${nameOf(value)}`);
    if (above.has(value)) return report("contains itself");
    above.add(value);
    const copied = Array.isArray(value)
      ? value.map((item, index) => copyPart(index, item))
      : Object.fromEntries(
          Object.entries(value).flatMap(([key, item]) => (item === undefined ? [] : [[key, copyPart(key, item)]])),
        );
    above.delete(value);
    return copied;
  };
  const copyPart = (key: string | number, part: unknown): unknown => {
    place.push(key);
    const copied = copy(part);
    place.pop();
    return copied;
  };
  const report = (message: string): null => {
    unfit.push({ path: [...place], message, ofKey: false });
    return null;
  };
  return { values: copy(root), unfit };
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function nameOf(value: unknown): string {
  if (typeof value === "object" && value !== null) return `a ${value.constructor.name}`;
  return typeof value === "function" ? "a function" : String(value);
}
