import { readdirSync } from "node:fs";
import path from "node:path";
import type { Environment, EnvironmentFacts } from "../../values-src/environment.ts";
import { IssueError } from "../problems/issue.ts";
import { loadImageTags } from "./environment-data.ts";
import { importModule } from "./import-module.ts";
import { platformSchemas, Schemas } from "./schemas.ts";
import { toPointer } from "./yaml-file.ts";

/** Names of all environments: the files under `values-src/environments/`. */
export function environmentNames(root: string): string[] {
  return readdirSync(path.join(root, "values-src/environments"))
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .map((file) => file.slice(0, -".ts".length))
    .sort();
}

/** The file that holds an environment's facts. */
export function environmentFile(root: string, name: string): string {
  return path.join(root, "values-src/environments", `${name}.ts`);
}

/**
 * Reads the facts and image tags of the named environments; tags that are given count instead of those on disk.
 * Throws `IssueError` with all problems.
 */
export async function loadEnvironments(
  root: string,
  names: string[],
  schemas: Schemas,
  imageTags: Record<string, string> = {},
): Promise<Environment[]> {
  const { tags: onDisk, issues } = loadImageTags(root, environmentNames(root));
  const tags = { ...onDisk, ...imageTags };
  const environments: Environment[] = [];
  for (const name of names) {
    const file = environmentFile(root, name);
    const module = await importModule<{ default?: unknown }>(file);
    if ("message" in module) {
      issues.push(module);
      continue;
    }
    const found = await schemas.validate("environment", module.default);
    issues.push(...found.map(({ path, message }) => ({ file, path: toPointer(path), message })));
    if (found.length === 0) {
      environments.push({ ...(module.default as EnvironmentFacts), name, imageTag: tags[name] ?? "" });
    }
  }
  if (issues.length > 0) throw new IssueError(...issues);
  return environments;
}

/** Reads one environment with its schema. Throws `IssueError` with all problems. */
export async function loadEnvironment(root: string, name: string): Promise<Environment> {
  const schemas = new Schemas(root);
  const { file, type } = platformSchemas.environment as { file: string; type: string };
  await schemas.load(new Map([["environment", { file: path.join(root, file), type }]]));
  const [env] = await loadEnvironments(root, [name], schemas);
  return env as Environment;
}
