import { existsSync } from "node:fs";
import path from "node:path";
import { isScalar, parseDocument } from "yaml";
import type { Issue } from "../problems/issue.ts";
import { didYouMean } from "../problems/suggest.ts";
import { readYamlFile } from "./yaml-file.ts";

/** A line for each environment of the app, in a file of its own so that a program can promote by editing one line. */
export function imageTagsFile(app: string): string {
  return `values-src/apps/${app}.tags.json`;
}

/** The tag is also a label's value, hence no longer. */
const tagPattern = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?(@sha256:[0-9a-f]{64})?$/;

/** What is wrong with a tag, or nothing. */
export function imageTagProblem(tag: unknown): string | undefined {
  if (typeof tag === "string" && tagPattern.test(tag)) return undefined;
  return `must be an image tag like "1.2.3" or "1.2.3@sha256:…", got ${JSON.stringify(tag)}`;
}

/** Which environments there are, and in which of them the app is. */
export interface Places {
  known: string[];
  has: string[];
}

/** Reads the tags of an app: environment -> tag. */
export function loadImageTags(
  root: string,
  app: string,
  { known, has }: Places,
): { tags: Record<string, string>; issues: Issue[] } {
  const file = path.join(root, imageTagsFile(app));
  if (!existsSync(file)) {
    const example = Object.fromEntries(has.map((name) => [name, "1.2.3"]));
    return { tags: {}, issues: [{ file, message: `is missing: add it, like ${JSON.stringify(example)}` }] };
  }
  const json = readYamlFile(file);
  if (Array.isArray(json)) return { tags: {}, issues: json };
  if (typeof json.data !== "object" || Array.isArray(json.data)) {
    return { tags: {}, issues: [{ file, message: 'must be an object like { "dev": "1.2.3" }' }] };
  }
  const tags = json.data as Record<string, unknown>;
  const at = (name: string) => ({ file, ...json.locate([name], true), path: `/${name}` });
  const issues = Object.entries(tags).flatMap(([name, tag]) => {
    if (!known.includes(name)) {
      return [{ ...at(name), message: `there is no environment "${name}"${didYouMean(name, known)}` }];
    }
    if (!has.includes(name)) {
      return [{ ...at(name), message: `${app} is not in ${name} (values-src/apps/${app}.ts): remove the line` }];
    }
    const message = imageTagProblem(tag);
    return message ? [{ ...at(name), message }] : [];
  });
  const missing = has.filter((name) => !(name in tags));
  issues.push(...missing.map((name) => ({ ...at(name), message: `no image tag for environment "${name}": add one` })));
  return { tags: tags as Record<string, string>, issues };
}

/** The text of an app's tags with another tag for one environment, and everything else as it was. */
export function withImageTag(text: string, env: string, tag: string): string {
  const node = parseDocument(text).get(env, true);
  if (!isScalar(node) || !node.range) throw new Error(`the image tags have none for ${env}`);
  const [start, end] = node.range;
  return text.slice(0, start) + JSON.stringify(tag) + text.slice(end);
}
