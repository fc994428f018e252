import { defaultsInUse, isMap } from "../../chart-types/defaults.ts";
import { readChart } from "../../chart-types/files.ts";
import { compileSchema } from "../../engine/validator.ts";
import type { EvaluatedRelease } from "../../engine/value-modules.ts";
import { groupByEnvironment, type InEnvironments } from "./by-environment.ts";
import { type CrdChange, crdChanges } from "./crd-changes.ts";
import { type DefaultChange, defaultChanges, isOfImage } from "./default-changes.ts";
import { type ObjectChange, objectChanges } from "./object-changes.ts";
import { renderVersions } from "./render-versions.ts";
import { SchemaKeys } from "./schema-keys.ts";
import { type ValueProblem, valueProblems } from "./value-problems.ts";
import { deriveValueSchemas } from "./value-schemas.ts";

/** How two versions of a chart differ for the values that `gen` makes. */
export interface Comparison {
  /** Those that were looked at; of several releases of one chart as `web in dev`. */
  environments: string[];
  /** Versions of the chart and of its subcharts that differ, with those of what they install. */
  versions: ChartVersion[];
  /** Where the new version does not render, with Helm's message. */
  failures: ({ message: string } & InEnvironments)[];
  values: (ValueProblem & InEnvironments)[];
  /** Defaults that we rely on, those of images left out. */
  defaults: (DefaultChange & InEnvironments)[];
  images: (DefaultChange & InEnvironments)[];
  crds: (CrdChange & InEnvironments)[];
  objects: (ObjectChange & InEnvironments)[];
}

/** Versions of a chart in both; empty where there is none. */
export interface ChartVersion {
  chart: string;
  version: [before: string, after: string];
  appVersion: [before: string, after: string];
}

/** Compares two versions of a chart for all its releases. Throws `IssueError`, and where a chart cannot be read. */
export async function compareVersions(
  root: string,
  uses: EvaluatedRelease[],
  directories: { before: string; after: string },
): Promise<Comparison> {
  const [before, after] = [readChart(directories.before), readChart(directories.after)];
  const [one, other] = deriveValueSchemas(root, directories.before, directories.after);
  const versions = {
    before: { keys: new SchemaKeys(one), problems: compileSchema(one) },
    after: { keys: new SchemaKeys(other), problems: compileSchema(other) },
  };
  const found = { failures: [], values: [], defaults: [], crds: [], objects: [] } as {
    failures: [string, { message: string }[]][];
    values: [string, ValueProblem[]][];
    defaults: [string, DefaultChange[]][];
    crds: [string, CrdChange[]][];
    objects: [string, ObjectChange[]][];
  };
  const names = new Set(uses.map(({ name }) => name));
  for (const use of uses) {
    const where = names.size > 1 ? `${use.name} in ${use.env.name}` : use.env.name;
    const ours = isMap(use.values) ? use.values : {};
    found.values.push([where, valueProblems(ours, versions)]);
    found.defaults.push([where, defaultChanges(defaultsInUse(before, ours), defaultsInUse(after, ours), ours)]);
    const rendered = await renderVersions(root, use, directories);
    if ("failure" in rendered.after) {
      found.failures.push([where, [{ message: rendered.after.failure }]]);
      continue;
    }
    found.crds.push([where, crdChanges(rendered.before, rendered.after)]);
    found.objects.push([where, objectChanges(use.namespace, rendered.before, rendered.after, rendered.again)]);
  }
  const defaults = groupByEnvironment(found.defaults);
  return {
    environments: found.values.map(([where]) => where),
    versions: versionsOf(before, after),
    failures: groupByEnvironment(found.failures),
    values: groupByEnvironment(found.values),
    defaults: defaults.filter((change) => !isOfImage(change)),
    images: defaults.filter(isOfImage),
    crds: groupByEnvironment(found.crds),
    objects: groupByEnvironment(found.objects),
  };
}

function versionsOf(before: ReturnType<typeof readChart>, after: ReturnType<typeof readChart>): ChartVersion[] {
  const [one, other] = [allVersions(before), allVersions(after)];
  return [...new Set([...one.keys(), ...other.keys()])].flatMap((chart) => {
    const [old, fresh] = [one.get(chart), other.get(chart)];
    const version: [string, string] = [old?.version ?? "", fresh?.version ?? ""];
    const appVersion: [string, string] = [old?.appVersion ?? "", fresh?.appVersion ?? ""];
    return version[0] === version[1] && appVersion[0] === appVersion[1] ? [] : [{ chart, version, appVersion }];
  });
}

function allVersions(chart: ReturnType<typeof readChart>): Map<string, { version: string; appVersion: string }> {
  const { name, version, appVersion, subcharts } = chart;
  return new Map([[name, { version, appVersion }], ...subcharts.flatMap((each) => [...allVersions(each.chart)])]);
}

/** Whether anything of ours is affected. What only carries the chart's version is not. */
export function hasEffect({ failures, values, defaults, images, crds, objects }: Comparison): boolean {
  const effects = objects.filter(({ onlyMarks, pods }) => !onlyMarks || pods);
  return [failures, values, defaults, images, crds, effects].some((list) => list.length > 0);
}
