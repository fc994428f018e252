import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Issue } from "../problems/issue.ts";
import type { DeclaredRelease } from "./releases.ts";

/** Where the types of a chart's values are. */
export function chartTypesFile(chartName: string): string {
  return `values-src/charts/${chartName}.ts`;
}

/** Says where a release asks for another version of a chart than its types were imported from. */
export function checkChartVersion(root: string, release: DeclaredRelease): Issue[] {
  const { file, name, chartName, version } = release;
  const types = chartTypesFile(chartName);
  const run = "run `npm run charts`";
  if (!existsSync(path.join(root, types))) {
    return [{ file, message: `${types} is missing: ${version ? run : `write the types of ${name}'s values there`}` }];
  }
  if (!version) return [];
  const imported = /^\/\/ chart: \S+ (\S+)$/m.exec(readFileSync(path.join(root, types), "utf8"))?.[1];
  if (imported === version) return [];
  const from = imported ? `from ${imported}` : "from no version that it names";
  return [{ file, path: "/version", message: `is ${version}, but ${types} was imported ${from}: ${run}` }];
}
