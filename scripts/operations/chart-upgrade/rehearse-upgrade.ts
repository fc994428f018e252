import semver from "semver";
import { generate } from "../../engine/generate.ts";
import { importedVersion } from "../../engine/releases.ts";
import { type ChartReference, chartForHelm, findChart } from "../../outside/find-chart.ts";
import { IssueError } from "../../problems/issue.ts";
import { type Comparison, compareVersions } from "./compare-versions.ts";

/** The chart of a release or an app, as it is named now. */
export interface RehearsedChart extends ChartReference {
  chartName: string;
  /** The file that names it. */
  file: string;
}

/** What an upgrade of a chart would do. */
export interface Rehearsal extends Comparison {
  chart: string;
  from: string;
  to: string;
  /** The command that applies the CRDs of the new version's folders crds/, where one of them comes or changes. */
  applyCrds?: string;
}

/**
 * Says what an upgrade of a chart would do to our values and to what runs, and changes nothing. The old version is that of
 * the imported types: the values are made for it, also where the release names the new one already. Throws `IssueError`.
 */
export async function rehearseUpgrade(root: string, chart: RehearsedChart, to: string): Promise<Rehearsal> {
  const { chartName, file } = chart;
  if (semver.valid(to) === null) {
    throw new IssueError({ file: "--to", message: `"${to}" is no exact version: name one, such as 1.2.3` });
  }
  const from = importedVersion(root, chartName) ?? chart.version;
  if (from === to) {
    throw new IssueError({ file: "--to", message: `${chartName} is ${to} already: name another version` });
  }
  const directories = { before: folderOf(chart, "old", from), after: folderOf(chart, "new", to) };
  const { releases } = await generate({ root, rehearsed: chartName });
  const uses = releases.filter((release) => release.chartName === chartName);
  const comparison = await explained(file, chartName, () => compareVersions(root, uses, directories));
  const byHand = comparison.crds.some(({ from, kind }) => from === "folder" && kind !== "goes");
  const show = `helm show crds ${chartForHelm({ ...chart, version: to })}`;
  const applyCrds = `${show} | kubectl apply --server-side --force-conflicts --filename -`;
  return { chart: chartName, from, to, ...comparison, ...(byHand && { applyCrds }) };
}

/** Folder of one of the two versions, neither of which replaces the other. */
function folderOf(chart: RehearsedChart, which: string, version: string): string {
  const found = findChart({ ...chart, version });
  if ("directory" in found) return found.directory;
  const message = `the ${which} version, ${chart.chartName} ${version}, cannot be had: ${found.reason}`;
  throw new IssueError({ file: chart.file, message });
}

/** A chart that cannot be read is a problem of the chart, and not a mistake of ours. */
async function explained<T>(file: string, chartName: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof IssueError) throw error;
    throw new IssueError({ file, message: `${chartName} cannot be compared: ${(error as Error).message}` });
  }
}
