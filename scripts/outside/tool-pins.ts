import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { binDirectory } from "./find-tool.ts";
import type { Tool } from "./tool-table.ts";

/** Folder of the tool's module file: beside this code, so that it does not depend on the working directory. */
export function moduleDirectory(tool: Tool): string {
  return path.resolve(import.meta.dirname, "tool-modules", tool.name);
}

/** Where the tool is built to. */
export function builtFile(tool: Tool): string {
  return path.join(binDirectory(), tool.name);
}

/** The version that `tool-modules/<name>/go.mod` pins. */
export function pinnedVersion(tool: Tool): string {
  const file = path.join(moduleDirectory(tool), "go.mod");
  const lines = readFileSync(file, "utf8").split("\n");
  const words = lines.map((line) => line.replace("require ", "").trim().split(" "));
  const version = words.find(([module]) => module === tool.module)?.[1]?.replace(/^v/, "");
  if (!version) throw new Error(`${file} does not require ${tool.module}: go get -tool ${tool.package}@<version>`);
  return tool.fromModuleVersion?.(version) ?? version;
}

/** True when the tool was built from the pins as they are now. */
export function isBuilt(tool: Tool): boolean {
  return existsSync(builtFile(tool)) && existsSync(pinFile(tool)) && readFileSync(pinFile(tool), "utf8") === pins(tool);
}

/** Removes a build from older pins: `.tools/bin` comes first on PATH and would hide the tool there that fits. */
export function removeBuilt(tool: Tool): void {
  rmSync(builtFile(tool), { force: true });
  rmSync(pinFile(tool), { force: true });
}

/** Arguments of Go that build the tool from its pins. */
export function buildArgs(tool: Tool, output: string): string[] {
  const ldflags = `-s -w -X ${tool.versionVariable(pinnedVersion(tool))}`;
  const flags = ["-mod=readonly", "-buildvcs=false", "-trimpath", `-tags=${tool.tags}`, `-ldflags=${ldflags}`];
  return ["build", ...flags, "-o", output, tool.package];
}

/** The file that says from which pins the tool was built. */
export function pinFile(tool: Tool): string {
  return path.resolve(".tools/pins", tool.name);
}

/** Digest of all that decides what is built. */
export function pins(tool: Tool): string {
  const hash = createHash("sha256").update(buildArgs(tool, "").join("\n"));
  for (const file of ["go.mod", "go.sum"]) hash.update(readFileSync(path.join(moduleDirectory(tool), file)));
  return hash.digest("hex");
}
