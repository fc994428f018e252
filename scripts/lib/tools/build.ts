import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { binDirectory } from "./find.ts";
import { buildArgs, builtFile, moduleDirectory, pinFile, pins } from "./pins.ts";
import type { Tool } from "./table.ts";

/**
 * Builds the tool. When it fails, or `signal` ends it, the former binary stays as it was. Throws with Go's last lines,
 * and only after Go has ended.
 */
export async function buildTool(tool: Tool, signal: AbortSignal): Promise<void> {
  mkdirSync(binDirectory(), { recursive: true });
  mkdirSync(path.dirname(pinFile(tool)), { recursive: true });
  const temporary = mkdtempSync(path.resolve(".tools/building-"));
  try {
    const binary = path.join(temporary, tool.name);
    await runGo(buildArgs(tool, binary), { cwd: moduleDirectory(tool), temporary, signal });
    const pin = path.join(temporary, "pin");
    writeFileSync(pin, pins(tool));
    rmSync(pinFile(tool), { force: true });
    renameSync(binary, builtFile(tool));
    renameSync(pin, pinFile(tool));
  } finally {
    rmSync(temporary, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function runGo(args: string[], options: { cwd: string; temporary: string; signal: AbortSignal }): Promise<void> {
  const { cwd, temporary, signal } = options;
  // GOTOOLCHAIN: a go.mod may ask for a newer Go, which Go then fetches as a module too.
  const env = { ...process.env, CGO_ENABLED: "0", GOTOOLCHAIN: "auto", GOWORK: "off", GOTMPDIR: temporary };
  // In a process group of its own, so that an interrupt ends its compilers too.
  const go = spawn("go", args, { cwd, env, stdio: ["ignore", "ignore", "pipe"], detached: true });
  const interrupt = () => go.pid && process.kill(-go.pid, "SIGTERM");
  signal.addEventListener("abort", interrupt);
  let output = "";
  go.stderr.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const [code] = await once(go, "close");
  signal.removeEventListener("abort", interrupt);
  if (signal.aborted) throw new Error("interrupted");
  if (code !== 0) throw new Error(lastLines(output) || `go ended with code ${code}`);
}

function lastLines(output: string): string {
  const lines = output.split("\n").filter((line) => line.trim() && !line.startsWith("go: downloading"));
  return lines.slice(-15).join("\n");
}
