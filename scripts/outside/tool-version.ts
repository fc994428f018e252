import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import semver from "semver";
import { ask } from "./run.ts";
import type { Tool } from "./tool-table.ts";

/** Versions that were read in earlier runs, by the path of the binary. */
type VersionCache = Record<string, { stamp: string; version: string }>;

/** Whether the repository works with a version. */
export function fits(tool: Tool, version: string): boolean {
  return semver.satisfies(version, tool.range, { includePrerelease: true });
}

/** Asks a binary for its version; undefined when it does not start or prints none. Takes 0.05 to 0.7 s. */
export function probeVersion(tool: Tool, file: string): string | undefined {
  const { stdout, stderr } = ask(file, tool.versionArgs, { env: process.env, timeout: 20 });
  const version = /\d+\.\d+\.\d+/.exec(`${stdout}\n${stderr}`)?.[0];
  if (version) remember(file, version);
  return version;
}

/** Like `probeVersion`, but asks a binary only once for as long as its file stays the same. */
export function knownVersion(tool: Tool, file: string): string | undefined {
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
    // A cache that cannot be written (read-only checkout) costs time, not correctness.
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
