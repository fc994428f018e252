import path from "node:path";
import { parseArgs } from "node:util";
import { importChart } from "./lib/charts/import.ts";
import { type ChartReference, findChart } from "./lib/charts/source.ts";
import { chartTypesFile } from "./lib/charts/version.ts";
import { type ExitCode, runCommand } from "./lib/command.ts";
import { count, displayPath, type Issue, IssueError } from "./lib/issue.ts";
import { type DeclaredRelease, loadReleases } from "./lib/values/releases.ts";
import { platformSchemas, Schemas } from "./lib/values/schemas.ts";
import { applyChanges, planChanges } from "./lib/values/write-tree.ts";

const usage = `npm run charts [-- OPTIONS] [NAME...]: imports the types of upstream charts' values into values-src/charts/

  NAME     only this release or chart
  --check  write nothing; exit 2 if something would change

Charts are taken from CHARTS_DIR, from the cache, or from helm pull.
`;

type UpstreamRelease = DeclaredRelease & ChartReference;

await runCommand(async (): Promise<ExitCode> => {
  const { values: options, positionals } = parseArgs({
    options: { check: { type: "boolean", default: false }, help: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  if (options.help) return print(usage, 0);
  const root = process.cwd();
  const changes = planChanges(importAll(root, await loadUpstream(root, positionals)), []);
  if (!options.check) applyChanges(changes);
  const verb = options.check ? "differs from the chart:" : "wrote";
  for (const { file } of changes) print(`${verb} ${displayPath(file, root)}\n`, 0);
  if (changes.length === 0) return print("types of charts are up to date\n", 0);
  return options.check ? print(`${count(changes.length, "file")} to import again: run \`npm run charts\`\n`, 2) : 0;
});

function print(text: string, code: ExitCode): ExitCode {
  process.stdout.write(text);
  return code;
}

/** Releases of upstream charts, each chart once; all of them or those named. */
async function loadUpstream(root: string, names: string[]): Promise<UpstreamRelease[]> {
  const schemas = new Schemas(root);
  const { file, type } = platformSchemas.release as { file: string; type: string };
  await schemas.load(new Map([["release", { file: path.join(root, file), type }]]));
  const releases = await loadReleases(root, schemas);
  const upstream = releases.filter((release): release is UpstreamRelease => release.repository !== undefined);
  const unknown = names.filter((name) => !upstream.some((release) => isCalled(release, name)));
  if (unknown.length > 0) {
    const known = upstream.map(({ name }) => name).join(", ");
    const message = (name: string) => `no release of an upstream chart is called "${name}". Known: ${known}`;
    throw new IssueError(...unknown.map((name) => ({ file: "releases", message: message(name) })));
  }
  const wanted = upstream.filter((release) => names.length === 0 || names.some((name) => isCalled(release, name)));
  return [...new Map(wanted.map((release) => [release.chartName, release])).values()];
}

function isCalled({ name, chartName }: DeclaredRelease, wanted: string): boolean {
  return name === wanted || chartName === wanted;
}

/** Text of each type file by absolute path. Throws `IssueError` with every chart that cannot be had or read. */
function importAll(root: string, releases: UpstreamRelease[]): Map<string, string> {
  const issues: Issue[] = [];
  const texts = new Map<string, string>();
  for (const release of releases) {
    const found = findChart(release);
    try {
      if ("reason" in found) issues.push({ file: release.file, message: found.reason });
      else texts.set(path.join(root, chartTypesFile(release.chartName)), importChart(found.directory));
    } catch (error) {
      issues.push({ file: release.file, message: `${release.chartName} cannot be read: ${(error as Error).message}` });
    }
  }
  if (issues.length > 0) throw new IssueError(...issues);
  return texts;
}
