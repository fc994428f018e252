import { readdirSync } from "node:fs";
import path from "node:path";
import type { Environment, EnvironmentFacts } from "../../values-src/environment.ts";
import { importModule } from "./import-module.ts";
import { type Issue, IssueError } from "./issue.ts";
import type { Schemas } from "./schemas.ts";
import { didYouMean } from "./suggest.ts";
import { toPointer } from "./validate-yaml.ts";
import { readYamlFile } from "./yaml-file.ts";

const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/** Names of all environments: the files under `values-src/environments/`. */
export function environmentNames(root: string): string[] {
  return readdirSync(path.join(root, "values-src/environments"))
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .map((file) => file.slice(0, -".ts".length))
    .sort();
}

/** Reads the facts and image tags of the named environments. Throws `IssueError` with all problems. */
export async function loadEnvironments(root: string, names: string[], schemas: Schemas): Promise<Environment[]> {
  const { tags, issues } = loadImageTags(root);
  const environments: Environment[] = [];
  for (const name of names) {
    const file = path.join(root, "values-src/environments", `${name}.ts`);
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

/** One tag an environment, in a file of its own so that a program can promote by editing one line. */
function loadImageTags(root: string): { tags: Record<string, string>; issues: Issue[] } {
  const file = path.join(root, "values-src/environments/image-tags.json");
  const json = readYamlFile(file);
  if (Array.isArray(json)) return { tags: {}, issues: json };
  const tags = json.data as Record<string, unknown>;
  const names = environmentNames(root);
  const at = (name: string) => ({ file, ...json.locate([name], true), path: `/${name}` });
  const issues = Object.entries(tags).flatMap(([name, tag]) => {
    if (!names.includes(name)) {
      return [{ ...at(name), message: `there is no environment "${name}"${didYouMean(name, names)}` }];
    }
    if (typeof tag === "string" && tagPattern.test(tag)) return [];
    return [{ ...at(name), message: `must be an image tag like "1.2.3", got ${JSON.stringify(tag)}` }];
  });
  const missing = names.filter((name) => !(name in tags));
  issues.push(...missing.map((name) => ({ ...at(name), message: `no image tag for environment "${name}": add one` })));
  return { tags: tags as Record<string, string>, issues };
}
