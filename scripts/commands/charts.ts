import path from "node:path";
import { definedElsewhere } from "../chart-types/files.ts";
import { importChart } from "../chart-types/import.ts";
import { loadApps } from "../engine/apps.ts";
import { chartTypesFile, loadReleases } from "../engine/releases.ts";
import { loadPlatformSchemas } from "../engine/schemas.ts";
import { applyChanges, planChanges } from "../engine/write-tree.ts";
import { type Answer, defineCommand } from "../frame/command.ts";
import { hasEffect } from "../operations/chart-upgrade/compare-versions.ts";
import { rehearseUpgrade } from "../operations/chart-upgrade/rehearse-upgrade.ts";
import { describeRehearsal } from "../operations/chart-upgrade/report.ts";
import { type ChartReference, findChart } from "../outside/find-chart.ts";
import { count, displayPath, type Issue, IssueError } from "../problems/issue.ts";
import { didYouMean, npmRun } from "../problems/suggest.ts";

/** A chart of a chart repository, and the release or app that uses it. */
interface UpstreamChart extends ChartReference {
  name: string;
  /** Absolute path of the file that names the chart. */
  file: string;
  chartName: string;
  /** Charts that define custom resources which this one renders. */
  definedBy: ChartReference[];
}

export const command = defineCommand({
  summary: "imports the types of upstream charts' values into values-src/charts/",
  operands: [
    { name: "NAME", optional: true, many: true, help: "only the chart of this release or app, or of this name" },
  ],
  options: {
    check: { help: "write nothing; exit with 2 if something would change", onlyReads: true },
    to: {
      value: "VERSION",
      help: "write nothing; say what an upgrade of one chart to this version would do to our values",
      onlyReads: true,
    },
  },
  notes: `Charts are taken from CHARTS_DIR, from the cache, or from helm pull. A rehearsal, ${npmRun("charts", ["--to", "VERSION", "NAME"])}, compares
the version that the types were imported from with the other one: our values that it no longer takes, defaults that we rely
on, CRDs, and pods that restart, in every environment. It exits with 2 if anything of ours is affected.`,
  touches: "tree",
  async run({ root, operands, options: { check, to } }) {
    if (to !== undefined) return await rehearse(root, to, operands);
    const changes = planChanges(importAll(root, await loadUpstream(root, operands)), []);
    const files = changes.map(({ file }) => displayPath(file, root));
    if (files.length === 0) return { code: 0, text: "types of charts are up to date", data: { files } };
    if (!check) applyChanges(changes);
    const lines = files.map((file) => `${check ? "differs from the chart:" : "wrote"} ${file}`);
    const again = check ? [`${count(files.length, "file")} to import again: run \`npm run charts\``] : [];
    return { code: check ? 2 : 0, text: [...lines, ...again].join("\n"), data: { files } };
  },
});

/** Uses of upstream charts by releases and apps, each chart once; all of them or those named. */
async function loadUpstream(root: string, names: string[]): Promise<UpstreamChart[]> {
  const schemas = await loadPlatformSchemas(root);
  const releases = (await loadReleases(root, schemas)).flatMap(
    ({ name, file, chartName, chart, repository, version }) =>
      repository && version ? [{ name, file, chartName, chart, repository, version }] : [],
  );
  const apps = (await loadApps(root, schemas)).flatMap(({ name, file, chart }) => {
    if (chart.from !== "repository") return [];
    const { url: repository, version } = chart;
    return [{ name, file, chartName: chart.name, chart: `${name}/${chart.name}`, repository, version }];
  });
  const upstream = [...releases, ...apps];
  const unknown = names.filter((name) => !upstream.some((release) => isCalled(release, name)));
  if (unknown.length > 0) {
    const known = upstream.map(({ name }) => name);
    const message = (name: string) =>
      `no release or app of an upstream chart is called "${name}"${didYouMean(name, known) || "."} Known: ${known.join(", ")}`;
    throw new IssueError(...unknown.map((name) => ({ file: "releases", message: message(name) })));
  }
  const wanted = upstream.filter((release) => names.length === 0 || names.some((name) => isCalled(release, name)));
  const withDefinitions = wanted.map((release): [string, UpstreamChart] => {
    const definedBy = upstream.filter(({ chartName }) => chartName === definedElsewhere[release.chartName]).slice(0, 1);
    return [release.chartName, { ...release, definedBy }];
  });
  return [...new Map(withDefinitions).values()];
}

function isCalled({ name, chartName }: Omit<UpstreamChart, "definedBy">, wanted: string): boolean {
  return name === wanted || chartName === wanted;
}

/** Text of each type file by absolute path. Throws `IssueError` with every chart that cannot be had or read. */
function importAll(root: string, releases: UpstreamChart[]): Map<string, string> {
  const issues: Issue[] = [];
  const texts = new Map<string, string>();
  for (const release of releases) {
    const found = [release, ...release.definedBy].map((chart) => findChart(chart));
    const missing = found.flatMap((one) => ("reason" in one ? [{ file: release.file, message: one.reason }] : []));
    issues.push(...missing);
    if (missing.length > 0) continue;
    const [own, ...others] = found.flatMap((one) => ("directory" in one ? [one.directory] : []));
    try {
      texts.set(path.join(root, chartTypesFile(release.chartName)), importChart(own as string, others));
    } catch (error) {
      issues.push({ file: release.file, message: `${release.chartName} cannot be read: ${(error as Error).message}` });
    }
  }
  if (issues.length > 0) throw new IssueError(...issues);
  return texts;
}

/** Says what another version of a chart would do. Throws `IssueError`. */
async function rehearse(root: string, to: string, names: string[]): Promise<Answer> {
  const [name, ...more] = names;
  if (name === undefined || more.length > 0) {
    const message = `rehearses one upgrade at a time: ${npmRun("charts", ["--to", to, "NAME"])}`;
    throw new IssueError({ file: "--to", message });
  }
  const [chart] = await loadUpstream(root, [name]);
  const rehearsal = await rehearseUpgrade(root, chart as UpstreamChart, to);
  return { code: hasEffect(rehearsal) ? 2 : 0, text: describeRehearsal(rehearsal), data: rehearsal };
}
