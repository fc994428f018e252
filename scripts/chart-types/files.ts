import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { type ChoiceComments, readChoices } from "./comments.ts";
import type { ValuesSchema } from "./schema-type.ts";

/** What the import reads of a chart. */
export interface ChartFiles {
  name: string;
  version: string;
  /** Of what the chart installs; empty if it does not say. */
  appVersion: string;
  directory: string;
  /** Defaults, as `values.yaml` has them. */
  values: Record<string, unknown>;
  /** Words that a value may be, by the comments of `values.yaml`. */
  choices: ChoiceComments;
  /** The published schema of the values, if there is one. */
  schema: ValuesSchema | undefined;
  /** Templates that render objects, and the definitions that they include. */
  templates: { name: string; source: string }[];
  subcharts: Subchart[];
}

export interface Subchart {
  /** The key of its values in the parent's. */
  key: string;
  /** Paths in the parent's values, comma-separated: the first that is a boolean says whether it is used. */
  condition: string;
  chart: ChartFiles;
}

/**
 * Dependencies that are left out of copies of a chart, such as those made for tests, with the keys of `global` that
 * their templates read. Their values stay open, or the types would depend on where the chart came from.
 */
export const optionalDependencies: Record<string, { globals: string[] }> = {
  "redis-ha": { globals: ["compatibility"] },
};

/** Charts whose templates render custom resources that another chart defines. */
export const definedElsewhere: Record<string, string> = { "argocd-apps": "argo-cd" };

interface ChartYaml {
  name: string;
  version: string;
  appVersion?: string;
  dependencies?: { name: string; alias?: string; condition?: string }[];
}

/** `Chart.yaml` of the chart in a directory; undefined if it has none. */
export function readChartYaml(directory: string): ChartYaml | undefined {
  const file = path.join(directory, "Chart.yaml");
  return existsSync(file) ? (parse(readFileSync(file, "utf8")) as ChartYaml) : undefined;
}

/** Reads a chart with its subcharts. Throws where a file is not YAML or JSON. */
export function readChart(directory: string): ChartFiles {
  const { name, version, appVersion = "", dependencies = [] } = readChartYaml(directory) as ChartYaml;
  const text = readFileSync(path.join(directory, "values.yaml"), "utf8");
  const schemaFile = path.join(directory, "values.schema.json");
  return {
    name,
    version: String(version),
    appVersion: String(appVersion),
    directory,
    values: (parse(text, { merge: true }) ?? {}) as Record<string, unknown>,
    choices: readChoices(text),
    schema: existsSync(schemaFile) ? JSON.parse(readFileSync(schemaFile, "utf8")) : undefined,
    templates: readTemplates(path.join(directory, "templates")),
    subcharts: listDirectories(path.join(directory, "charts"))
      .filter((base) => !Object.hasOwn(optionalDependencies, base))
      .map((base) => {
        const { alias = base, condition = "" } = dependencies.find((dependency) => dependency.name === base) ?? {};
        return { key: alias, condition, chart: readChart(path.join(directory, "charts", base)) };
      }),
  };
}

function listDirectories(directory: string): string[] {
  if (!existsSync(directory)) return [];
  const entries = readdirSync(directory, { withFileTypes: true });
  return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
}

/** NOTES.txt is left out: it mostly names keys that are gone. */
function readTemplates(directory: string): { name: string; source: string }[] {
  if (!existsSync(directory)) return [];
  return (readdirSync(directory, { recursive: true }) as string[])
    .filter((base) => /\.(ya?ml|tpl)$/.test(base))
    .sort()
    .map((base) => ({ name: base, source: readFileSync(path.join(directory, base), "utf8") }));
}
