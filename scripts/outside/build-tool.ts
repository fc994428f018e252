import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { interrupted } from "./deeds.ts";
import { binDirectory, run } from "./run.ts";
import type { Tool } from "./tool-table.ts";

/**
 * Builds the tool into `.tools/bin`. If the build fails or is interrupted, the previous binary stays. Throws after Go has
 * ended, with Go's last lines.
 */
export async function buildTool(tool: Tool): Promise<void> {
  mkdirSync(binDirectory(), { recursive: true });
  mkdirSync(path.dirname(pinFile(tool)), { recursive: true });
  const temporary = mkdtempSync(path.resolve(".tools/building-"));
  try {
    const binary = path.join(temporary, tool.name);
    await runGo(buildArgs(tool, binary), moduleDirectory(tool), temporary);
    const pin = path.join(temporary, "pin");
    writeFileSync(pin, pins(tool));
    rmSync(pinFile(tool), { force: true });
    renameSync(binary, builtFile(tool));
    renameSync(pin, pinFile(tool));
  } finally {
    rmSync(temporary, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function runGo(args: string[], cwd: string, temporary: string): Promise<void> {
  // GOTOOLCHAIN=auto: if a go.mod asks for a newer Go, Go downloads that as a module too.
  const env = { ...process.env, CGO_ENABLED: "0", GOTOOLCHAIN: "auto", GOWORK: "off", GOTMPDIR: temporary };
  const { code, stderr } = await run("go", args, { cwd, env, interrupt: "stop" });
  if (interrupted.aborted) throw new Error("interrupted");
  if (code !== 0) throw new Error(lastLines(stderr) || `go ended with code ${code}`);
}

function lastLines(output: string): string {
  const lines = output.split("\n").filter((line) => line.trim() && !line.startsWith("go: downloading"));
  return lines.slice(-15).join("\n");
}

/** Folder of the tool's go.mod: beside this code, so that it does not depend on the working directory. */
function moduleDirectory(tool: Tool): string {
  return path.resolve(import.meta.dirname, "tool-modules", tool.name);
}

function builtFile(tool: Tool): string {
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

/** Whether `.tools/bin` holds a build from the current pins. */
export function isBuilt(tool: Tool): boolean {
  return existsSync(builtFile(tool)) && existsSync(pinFile(tool)) && readFileSync(pinFile(tool), "utf8") === pins(tool);
}

/** Removes a build from older pins: `.tools/bin` comes first on PATH and would hide the newer tool on PATH. */
export function removeBuilt(tool: Tool): void {
  rmSync(builtFile(tool), { force: true });
  rmSync(pinFile(tool), { force: true });
}

function buildArgs(tool: Tool, output: string): string[] {
  const ldflags = `-s -w -X ${tool.versionVariable(pinnedVersion(tool))}`;
  const flags = ["-mod=readonly", "-buildvcs=false", "-trimpath", `-tags=${tool.tags}`, `-ldflags=${ldflags}`];
  return ["build", ...flags, "-o", output, tool.package];
}

/** Holds the digest of the pins that the tool was built from. */
function pinFile(tool: Tool): string {
  return path.resolve(".tools/pins", tool.name);
}

/** Digest of everything that determines the binary. */
function pins(tool: Tool): string {
  const hash = createHash("sha256").update(buildArgs(tool, "").join("\n"));
  for (const file of ["go.mod", "go.sum"]) hash.update(readFileSync(path.join(moduleDirectory(tool), file)));
  return hash.digest("hex");
}
