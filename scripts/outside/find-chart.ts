import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import path from "node:path";
import { readChartYaml } from "../chart-types/files.ts";
import { ask } from "./run.ts";

/** What a release says of its chart. */
export interface ChartReference {
  /** `<repository alias>/<chart>` */
  chart: string;
  /** Address of the chart repository. */
  repository: string;
  /** Exact version. */
  version: string;
}

/** The directory of a whole chart, or why there is none and what to do, as one line. */
export type FoundChart = { directory: string } | { reason: string };

/** Where charts are kept from one run to the next. */
function chartCache(): string {
  const cache = process.env.XDG_CACHE_HOME || path.join(homedir(), ".cache");
  return path.join(cache, "k8s-observable-rollouts", "charts");
}

/**
 * Finds a whole upstream chart, templates and subcharts included: in `CHARTS_DIR`, in the cache (in both as
 * `<chart>/` or `<chart>-<version>.tgz`), or by `helm pull` into the cache. With `CHARTS_DIR` set, or `pull: false`,
 * no network is touched. An archive is unpacked to a directory that lives as long as the process.
 */
export function findChart(release: ChartReference, { pull = true } = {}): FoundChart {
  const chartsDir = process.env.CHARTS_DIR;
  const reasons: string[] = [];
  for (const [from, place] of [
    ...(chartsDir ? [["CHARTS_DIR", chartsDir] as const] : []),
    ["", chartCache()] as const,
  ]) {
    const found = findIn(place, release);
    if ("directory" in found) return found;
    // A wrong version in CHARTS_DIR is a mistake of the user. A wrong version in the cache is only old.
    if (from !== "" && found.mistaken) return found;
    reasons.push(found.reason);
  }
  if (chartsDir || !pull) return { reason: reasons.join("; ") };
  const problem = pullChart(release, chartCache());
  return problem === undefined ? findIn(chartCache(), release) : { reason: `${reasons.join("; ")}; ${problem}` };
}

/** How a command line names the chart to Helm: in CHARTS_DIR where it is there, else in its repository. */
export function chartForHelm(release: ChartReference): string {
  const name = nameOf(release);
  const { repository, version } = release;
  const chartsDir = process.env.CHARTS_DIR;
  if (chartsDir && readChartYaml(path.join(chartsDir, name))?.version === version) return `"$CHARTS_DIR/${name}"`;
  const archive = `${name}-${version}.tgz`;
  if (chartsDir && existsSync(path.join(chartsDir, archive))) return `"$CHARTS_DIR/${archive}"`;
  return `${name} --repo ${repository} --version ${version}`;
}

function nameOf({ chart }: ChartReference): string {
  return path.basename(chart);
}

function findIn(place: string, release: ChartReference): FoundChart & { mistaken?: boolean } {
  const name = nameOf(release);
  const archive = path.join(place, `${name}-${release.version}.tgz`);
  const directory = path.join(place, name);
  const version = readChartYaml(directory)?.version;
  if (version === release.version) return { directory };
  if (existsSync(archive)) return unpackOnce(archive, release);
  if (version === undefined) return { reason: `no chart ${name} ${release.version} in ${place}` };
  return {
    mistaken: true,
    reason: `${directory} is ${name} ${version}, but ${release.version} is wanted: put that version there, or change the release`,
  };
}

/** Of each archive, what came of it. */
const unpacked = new Map<string, ReturnType<typeof unpack>>();

function unpackOnce(archive: string, release: ChartReference): ReturnType<typeof unpack> {
  const known = unpacked.get(archive) ?? unpack(archive, release);
  unpacked.set(archive, known);
  return known;
}

function unpack(archive: string, release: ChartReference): FoundChart & { mistaken?: boolean } {
  const name = nameOf(release);
  const directory = mkdtempSync(path.join(tmpdir(), `${name}-`));
  process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
  const tar = ask("tar", ["-xzf", archive, "-C", directory]);
  const version = tar.code === 0 ? readChartYaml(path.join(directory, name))?.version : undefined;
  if (version === release.version) return { directory: path.join(directory, name) };
  const problem = tar.stderr.trim().split("\n")[0] || `it holds ${name} ${version ?? "nowhere"}`;
  return { mistaken: true, reason: `${archive} is not ${name} ${release.version}: ${problem}` };
}

/**
 * Pulls into a temporary folder and then moves it into the cache, so that an interrupted pull leaves nothing. A folder of
 * another version stays, since it may be in use: the archive is put beside it. Returns what went wrong.
 */
function pullChart(release: ChartReference, cache: string): string | undefined {
  const name = nameOf(release);
  mkdirSync(cache, { recursive: true });
  const fresh = mkdtempSync(path.join(cache, ".pull-"));
  try {
    const { repository, version } = release;
    const isFirst = !existsSync(path.join(cache, name));
    const as = isFirst ? ["--untar", "--untardir", fresh] : ["--destination", fresh];
    const helm = ask("helm", ["pull", name, "--repo", repository, "--version", version, ...as], { timeout: 300 });
    if (helm.failure === "not found")
      return "helm is not installed, so the chart cannot be pulled: run `npm run tools`, or set CHARTS_DIR";
    if (helm.code !== 0) return `helm pull failed: ${helm.stderr.trim().split("\n").at(-1)}`;
    if (isFirst) renameSync(path.join(fresh, name), path.join(cache, name));
    else {
      // Its name is the repository's choice.
      const archive = readdirSync(fresh).find((base) => base.endsWith(".tgz"));
      if (archive === undefined) return "helm pull brought no archive";
      renameSync(path.join(fresh, archive), path.join(cache, `${name}-${version}.tgz`));
    }
    return undefined;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}
