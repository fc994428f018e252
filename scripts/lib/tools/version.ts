import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Tool } from "./table.ts";

/** Versions that were read before, by the path of the binary. */
type VersionCache = Record<string, { stamp: string; version: string }>;

/** True when a version is one that the repository works with. */
export function fits(tool: Tool, version: string): boolean {
  return compare(version, tool.from) >= 0 && compare(version, tool.below) < 0;
}

/** The versions that fit, as a person writes them: `>=3.18 <5`. */
export function rangeOf(tool: Tool): string {
  return `>=${tool.from} <${tool.below}`;
}

function compare(a: string, b: string): number {
  const [left, right] = [a.split("."), b.split(".")];
  for (let i = 0; i < 3; i++) {
    const difference = Number(left[i] ?? 0) - Number(right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Asks a binary for its version; undefined when it does not start or prints none. Takes 0.05 to 0.7 s. */
export function probeVersion(tool: Tool, file: string): string | undefined {
  const { stdout, stderr } = spawnSync(file, tool.versionArgs, { encoding: "utf8", timeout: 20_000 });
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
