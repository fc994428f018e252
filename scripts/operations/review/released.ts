import path from "node:path";
import { parse } from "yaml";
import type { Release } from "../../../values-src/release.ts";
import { findChart } from "../../outside/find-chart.ts";
import { apiVersionsIn, helmfileTemplate } from "../../outside/helm-template.ts";
import { hashOfFolder } from "../../outside/kept-renderings.ts";
import type { Tree } from "./tree.ts";

/** A release of an environment, as a tree has it. */
export interface Released {
  name: string;
  env: string;
  namespace: string;
  owner: "helmfile" | "argocd";
  /** Whether it is an app. */
  app: boolean;
  /** Text of its values file, without its head. */
  values: string;
  /** What that text holds. */
  parseValues(): unknown;
  chart: Chart;
  /** API versions that its chart finds. */
  apiVersions: string[];
}

/** Its chart: where it is, or why it is not at hand. */
export interface Chart {
  /** Name and version, or the path in the repository. */
  name: string;
  /** The same for equal charts. */
  id: string;
  find(): { directory: string } | { reason: string };
}

/** A line of `environment.yaml`. */
interface Listed {
  enabled: boolean;
  /** Of an app. */
  namespace?: string;
  chart?: string;
  repository?: string;
  version?: string;
}

/** Releases of each environment of a tree, by name. */
export type Releases = Map<string, Map<string, Released>>;

export function readReleases(tree: Tree): Releases {
  return new Map(tree.environments.map((env) => [env, releasedIn(tree, env)]));
}

function releasedIn(tree: Tree, env: string): Map<string, Released> {
  const listed = parseOnce(tree.read(`generated/${env}/environment.yaml`)) as Record<string, Listed>;
  const apiVersions = apiVersionsIn(tree.read(helmfileTemplate) ?? "");
  const releases = Object.entries(listed).flatMap(([name, entry]): Released[] => {
    const app = typeof entry.chart === "string";
    if (typeof entry.enabled !== "boolean" || !(entry.enabled || app)) return [];
    const declared = app ? entry : (parseOnce(tree.read(`releases/${name}.yaml`)) as Partial<Release>);
    const { namespace, chart, repository, version } = declared;
    const text = tree.read(`generated/${env}/${name}.yaml`) ?? tree.read(`generated/${name}.yaml`);
    if (!namespace || !chart || text === undefined) return [];
    const values = withoutHead(text);
    const parseValues = () => tree.values(env, name) ?? parse(values);
    const owner = entry.enabled ? "helmfile" : "argocd";
    const found = chartOf(tree, chart, repository, version);
    return [{ name, env, namespace, owner, app, values, parseValues, chart: found, apiVersions }];
  });
  return new Map(releases.map((release) => [release.name, release]));
}

const parsed = new Map<string, unknown>();

/** Most of these files are the same in both trees, and those of `releases/` in each environment. */
function parseOnce(text = "{}"): unknown {
  if (!parsed.has(text)) parsed.set(text, parse(text));
  return parsed.get(text);
}

/** Comments at the top say where the file comes from, and nothing to a chart. */
function withoutHead(text: string): string {
  return text.replace(/^(#.*\n)*/, "");
}

function chartOf(tree: Tree, chart: string, repository?: string, version?: string): Chart {
  if (chart.startsWith("./")) {
    const directory = path.join(tree.root, chart);
    return { name: chart, id: hashOfFolder(directory), find: () => ({ directory }) };
  }
  const name = `${path.basename(chart)} ${version ?? ""}`.trim();
  const id = `${repository} ${chart} ${version}`;
  if (!repository || !version) return { name: chart, id, find: () => ({ reason: `${chart} is not fetched` }) };
  return { name, id, find: () => findChart({ chart, repository, version }) };
}
