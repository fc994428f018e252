import path from "node:path";
import { isScalar, parseDocument } from "yaml";
import type { Issue } from "../problems/issue.ts";
import { didYouMean } from "../problems/suggest.ts";
import { readYamlFile } from "./yaml-file.ts";

/** One tag an environment, in a file of its own so that a program can promote by editing one line. */
export const imageTagsFile = "values-src/environments/image-tags.json";

const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/** What is wrong with a tag, or nothing. */
export function imageTagProblem(tag: unknown): string | undefined {
  if (typeof tag === "string" && tagPattern.test(tag)) return undefined;
  return `must be an image tag like "1.2.3", got ${JSON.stringify(tag)}`;
}

/** Reads the tags of the environments that there are. */
export function loadImageTags(root: string, names: string[]): { tags: Record<string, string>; issues: Issue[] } {
  const file = path.join(root, imageTagsFile);
  const json = readYamlFile(file);
  if (Array.isArray(json)) return { tags: {}, issues: json };
  if (typeof json.data !== "object" || Array.isArray(json.data)) {
    return { tags: {}, issues: [{ file, message: 'must be an object like { "dev": "1.2.3" }' }] };
  }
  const tags = json.data as Record<string, unknown>;
  const at = (name: string) => ({ file, ...json.locate([name], true), path: `/${name}` });
  const issues = Object.entries(tags).flatMap(([name, tag]) => {
    if (!names.includes(name)) {
      return [{ ...at(name), message: `there is no environment "${name}"${didYouMean(name, names)}` }];
    }
    const message = imageTagProblem(tag);
    return message ? [{ ...at(name), message }] : [];
  });
  const missing = names.filter((name) => !(name in tags));
  issues.push(...missing.map((name) => ({ ...at(name), message: `no image tag for environment "${name}": add one` })));
  return { tags: tags as Record<string, string>, issues };
}

/** The text of image-tags.json with another tag for one environment, and everything else as it was. */
export function withImageTag(text: string, env: string, tag: string): string {
  const node = parseDocument(text).get(env, true);
  if (!isScalar(node) || !node.range) throw new Error(`${imageTagsFile} has no tag for ${env}`);
  const [start, end] = node.range;
  return text.slice(0, start) + JSON.stringify(tag) + text.slice(end);
}
