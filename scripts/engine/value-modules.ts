import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import type { Environment, Owner } from "../../values-src/environment.ts";
import { type Issue, IssueError } from "../problems/issue.ts";
import { didYouMean } from "../problems/suggest.ts";
import { describe, importModule, whereThrown } from "./import-module.ts";
import { toJson } from "./json.ts";
import type { DeclaredRelease } from "./releases.ts";

/** What `values-src/releases/<release>.ts` exports. */
export interface ValueModule {
  /** Helm values of the release. Pure. */
  values(env: Environment): unknown;
  /** Whether the environment has the release; it has if this is left out. */
  enabled?(env: Environment): boolean;
  /** Who releases it; Helmfile if this is left out. */
  owner?(env: Environment): Owner;
}

/** A release that an environment has, with its values. */
export interface EvaluatedRelease {
  release: DeclaredRelease;
  env: Environment;
  owner: Owner;
  values: unknown;
}

/** Where the values of a release are written by hand. */
export function valueModuleFile(release: string): string {
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
    else if (typeof module.values !== "function") {
      issues.push({ file, message: "must export function values(env: Environment): Values" });
    } else modules.set(name, module);
  }
  if (issues.length > 0) throw new IssueError(...issues);
  return modules;
}

function findStrays(root: string, releases: DeclaredRelease[]): Issue[] {
  const names = releases.map(({ name }) => name);
  return readdirSync(path.join(root, "values-src/releases"))
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .map((file) => file.slice(0, -".ts".length))
    .filter((name) => !names.includes(name))
    .map((name) => ({
      file: path.join(root, valueModuleFile(name)),
      message: `there is no releases/${name}.yaml${didYouMean(name, names) || ": add one, or remove this file"}`,
    }));
}

/** Evaluates the module for an environment: nothing if the environment does not have the release. */
export function evaluate(
  root: string,
  release: DeclaredRelease,
  module: ValueModule,
  env: Environment,
): EvaluatedRelease | Issue[] | undefined {
  const file = path.join(root, valueModuleFile(release.name));
  try {
    if (module.enabled && !module.enabled(env)) return undefined;
    const { value, problems } = toJson(module.values(env));
    if (problems.length > 0) return problems.map((problem) => ({ file, env: env.name, ...problem }));
    return { release, env, owner: module.owner?.(env) ?? "helmfile", values: value };
  } catch (error) {
    return [{ file, ...whereThrown(error, file), env: env.name, message: `threw for ${env.name}: ${describe(error)}` }];
  }
}
