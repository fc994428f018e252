import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { interrupted } from "./deeds.ts";
import { binDirectory } from "./find-tool.ts";
import { run } from "./run.ts";
import { buildArgs, builtFile, moduleDirectory, pinFile, pins } from "./tool-pins.ts";
import type { Tool } from "./tool-table.ts";

/**
 * Builds the tool. When the build fails or is interrupted, the former binary stays as it was. Throws with Go's
 * last lines, and only after Go has ended.
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
  // GOTOOLCHAIN: a go.mod may ask for a newer Go, which Go then fetches as a module too.
  const env = { ...process.env, CGO_ENABLED: "0", GOTOOLCHAIN: "auto", GOWORK: "off", GOTMPDIR: temporary };
  const { code, stderr } = await run("go", args, { cwd, env, interrupt: "stop" });
  if (interrupted.aborted) throw new Error("interrupted");
  if (code !== 0) throw new Error(lastLines(stderr) || `go ended with code ${code}`);
}

function lastLines(output: string): string {
  const lines = output.split("\n").filter((line) => line.trim() && !line.startsWith("go: downloading"));
  return lines.slice(-15).join("\n");
}
