import { readdirSync } from "node:fs";
import path from "node:path";
import type { Environment, EnvironmentFacts } from "../../values-src/environment.ts";
import { type Issue, IssueError } from "../problems/issue.ts";
import { importModule } from "./import-module.ts";
import { placesOfFacts } from "./locate-facts.ts";
import { loadPlatformSchemas, type Schemas } from "./schemas.ts";
import { toPointer } from "./yaml-file.ts";

const directory = "values-src/environments";

/** Names of all environments: the files under `values-src/environments/`. */
export function environmentNames(root: string): string[] {
  return moduleNames(path.join(root, directory));
}

/** Names of the TypeScript modules in a folder, in order, without tests. */
export function moduleNames(folder: string): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .map((file) => file.slice(0, -".ts".length))
    .sort();
}

/** What Kubernetes takes for the name of a namespace or a Service. */
const dnsLabel = /^[a-z]([a-z0-9-]*[a-z0-9])?$/;

/** Charts write names unquoted, and YAML 1.1 takes these for something else than text. */
const notText = /^(y|n|yes|no|on|off|true|false|null)$/;

/** What is wrong with the name of a file that names an object, or nothing. */
export function nameProblems(file: string, what: string, name: string, longest: number): Issue[] {
  if (notText.test(name)) {
    return [
      { file, message: `"${name}" cannot be the name of ${what}: YAML does not read it as text. Rename the file` },
    ];
  }
  if (dnsLabel.test(name) && name.length <= longest) return [];
  const rule = `at most ${longest} lower-case letters, digits and hyphens, with a letter first and no hyphen at the end`;
  return [{ file, message: `"${name}" cannot be the name of ${what}: ${rule}. Rename the file` }];
}

/** The file that holds an environment's facts. */
export function environmentFile(root: string, name: string): string {
  return path.join(root, directory, `${name}.ts`);
}

/** Reads the facts of the named environments. Throws `IssueError` with all problems. */
export async function loadEnvironments(root: string, names: string[], schemas: Schemas): Promise<Environment[]> {
  const issues: Issue[] = [];
  const environments: Environment[] = [];
  for (const name of names) {
    const file = environmentFile(root, name);
    issues.push(...nameProblems(file, "an environment", name, 40));
    const facts = await loadFacts<EnvironmentFacts>(file, "environment", schemas);
    if (Array.isArray(facts)) issues.push(...facts);
    else environments.push({ ...facts.default, name });
  }
  if (issues.length > 0) throw new IssueError(...issues);
  return environments;
}

/** Reads a module whose default export is facts, or says what is wrong with them. */
export async function loadFacts<Facts>(
  file: string,
  schema: string,
  schemas: Schemas,
): Promise<{ default: Facts } | Issue[]> {
  const module = await importModule<{ default: Facts }>(file);
  if ("message" in module) return [module as Issue];
  const found = await schemas.validate(schema, module.default);
  if (found.length === 0) return module;
  const places = await placesOfFacts(file, found);
  return found.map(({ path, message }, index) => ({ file, ...places[index], path: toPointer(path), message }));
}

/** Reads one environment with its schema. Throws `IssueError` with all problems. */
export async function loadEnvironment(root: string, name: string): Promise<Environment> {
  const [env] = await loadEnvironments(root, [name], await loadPlatformSchemas(root));
  return env as Environment;
}
