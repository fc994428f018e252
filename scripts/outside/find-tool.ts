import { accessSync, constants, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import semver from "semver";
import { pinnedVersion } from "./build-tool.ts";
import { ask, toolEnv } from "./run.ts";
import { type Tool, type ToolName, tools } from "./tool-table.ts";

/** Absolute path of the tool that `run` starts; undefined if it is missing or its version does not fit. */
export function findTool(name: ToolName): string | undefined {
  const tool = toolNamed(name);
  const file = findOnPath(name, toolEnv().PATH);
  const version = file && tool && knownVersion(tool, file);
  return version && fits(tool, version) ? file : undefined;
}

/** The tool of that name, which a person may have typed. */
export function toolNamed(name: string): Tool | undefined {
  return tools.find((tool) => tool.name === name);
}

/** First executable of that name on a PATH, as a shell would find it. */
export function findOnPath(name: string, searchPath: string | undefined): string | undefined {
  return (searchPath ?? "")
    .split(path.delimiter)
    .filter(Boolean)
    .map((directory) => path.resolve(directory, name))
    .find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** Versions read in earlier runs, by path of the binary. The stamp is its size and time of change. */
type VersionCache = Record<string, { stamp: string; version: string }>;

/** Whether the repository works with that version of the tool. */
export function fits(tool: Tool, version: string): boolean {
  return semver.satisfies(version, tool.range, { includePrerelease: true });
}

/** Runs a binary to read its version (0.05 to 0.7 s); undefined if it does not start or prints none. */
export function probeVersion(tool: Tool, file: string): string | undefined {
  const { stdout, stderr } = ask(file, tool.versionArgs, { env: process.env, timeout: 20 });
  const version = /\d+\.\d+\.\d+/.exec(`${stdout}\n${stderr}`)?.[0];
  if (version) remember(file, version);
  return version;
}

/** Like `probeVersion`, but runs a binary only once until its file changes. */
function knownVersion(tool: Tool, file: string): string | undefined {
  const known = readCache()[file];
  return known?.stamp === stampOf(file) ? known.version : probeVersion(tool, file);
}

function remember(file: string, version: string): void {
  const target = cacheFile();
  const temporary = `${target}.${process.pid}`;
  try {
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(temporary, JSON.stringify({ ...readCache(), [file]: { stamp: stampOf(file), version } }, null, 2));
    renameSync(temporary, target);
  } catch {
    // Read-only checkout: without the cache every run asks again.
  }
}

function readCache(): VersionCache {
  try {
    return JSON.parse(readFileSync(cacheFile(), "utf8"));
  } catch {
    return {};
  }
}

function cacheFile(): string {
  return path.resolve(".tools/versions.json");
}

function stampOf(file: string): string {
  const { size, mtimeMs } = statSync(file);
  return `${size} ${mtimeMs}`;
}

/** A tool that is missing, and why. */
export interface Missing {
  tool: Tool;
  reason: string;
}

/** What is missing, and the commands that install it. */
export function explainMissing(missing: Missing[]): string {
  const names = missing.map(({ tool }) => tool);
  // One package may hold several tools.
  const formulae = new Set(names.map((tool) => tool.brew));
  const packages = new Set(names.map((tool) => `${tool.mise}@${pinnedVersion(tool)}`));
  const go = hasGo();
  return [
    ...missing.map(({ tool, reason }) => `${tool.name} (${tool.range}): ${reason.replaceAll("\n", "\n    ")}`),
    "",
    go ? "Install with one of:" : "Go is not on PATH, so nothing can be built. Install with one of:",
    `  brew install ${[...formulae].join(" ")}`,
    `  mise use --global ${[...packages].join(" ")}`,
    ...(go ? [] : ["or install Go 1.21 or newer and run: npm run tools"]),
  ].join("\n");
}

/** Whether Go is on PATH, so that tools can be built. */
export function hasGo(): boolean {
  return findOnPath("go", process.env.PATH) !== undefined;
}
