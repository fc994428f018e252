import { spawnSync } from "node:child_process";
import path from "node:path";
import { performance } from "node:perf_hooks";
import type { ExitCode } from "./lib/command.ts";
import { buildTool } from "./lib/tools/build.ts";
import { binDirectory, findOnPath, findTool, toolEnv, toolNamed } from "./lib/tools/find.ts";
import { explainMissing, hasGo, type Missing } from "./lib/tools/missing.ts";
import { isBuilt, pinnedVersion, removeBuilt } from "./lib/tools/pins.ts";
import { type Tool, tools } from "./lib/tools/table.ts";
import { fits, probeVersion, rangeOf } from "./lib/tools/version.ts";

const usage = `npm run tools [-- TOOL...]: finds the command-line tools on PATH, or builds the pinned ones into .tools/bin

  TOOL    only these of ${tools.map(({ name }) => name).join(", ")}
`;

// Not runCommand, which exits at once: what an interrupted build leaves is removed when Go has ended.
const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());
process.exitCode = await main(process.argv.slice(2));

async function main(names: string[]): Promise<ExitCode> {
  if (names.includes("--help")) {
    process.stdout.write(usage);
    return 0;
  }
  const unknown = names.filter((name) => !toolNamed(name));
  if (unknown.length > 0) {
    const known = tools.map((tool) => tool.name).join(", ");
    process.stderr.write(`unknown tool ${unknown.map((name) => `"${name}"`).join(", ")}: expected ${known}\n`);
    return 1;
  }
  const wanted = tools.filter((tool) => names.length === 0 || names.includes(tool.name));
  const missing: Missing[] = [];
  for (const tool of wanted) {
    const reason = await provide(tool);
    if (interrupted.signal.aborted) {
      process.stderr.write("\ninterrupted: the unfinished build is removed, finished ones stay\n");
      return 1;
    }
    if (reason) missing.push({ tool, reason });
  }
  if (missing.length > 0) process.stderr.write(`\n${explainMissing(missing)}\n`);
  printNextSteps(wanted);
  return missing.length > 0 ? 1 : 0;
}

/** Uses what is there or builds it, with a line of progress; gives the reason when neither is possible. */
async function provide(tool: Tool): Promise<string | undefined> {
  const start = performance.now();
  const report = (version: string, from: string) => {
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    process.stdout.write(`${tool.name.padEnd(22)} ${version.padEnd(8)} ${seconds.padStart(6)} s  ${from}\n`);
  };
  if (isBuilt(tool)) {
    report(pinnedVersion(tool), "built before, in .tools/bin");
    return;
  }
  const file = findOnPath(tool.name, pathWithoutBuilt());
  const version = file && probeVersion(tool, file);
  if (version && fits(tool, version)) {
    removeBuilt(tool);
    report(version, `on PATH: ${file}`);
    return;
  }
  const found = file ? `${file} is ${version ?? "of no readable version"}, needed ${rangeOf(tool)}` : "not on PATH";
  if (!hasGo()) return found;
  if (process.stdout.isTTY)
    process.stdout.write(`${tool.name} ${pinnedVersion(tool)}: building, this can take minutes\r`);
  try {
    await buildTool(tool, interrupted.signal);
  } catch (error) {
    return `${found}, and it could not be built:\n${error instanceof Error ? error.message : error}`;
  }
  report(pinnedVersion(tool), `built into .tools/bin (${found})`);
  return;
}

function pathWithoutBuilt(): string {
  const directories = (process.env.PATH ?? "").split(path.delimiter);
  return directories.filter((directory) => path.resolve(directory) !== binDirectory()).join(path.delimiter);
}

function printNextSteps(wanted: Tool[]): void {
  if (wanted.some(isBuilt) && pathWithoutBuilt() === process.env.PATH) {
    const line = 'export PATH="$PWD/.tools/bin:$PATH"';
    process.stdout.write(`\nnpm scripts find .tools/bin by themselves; for your own shell: ${line}\n`);
  }
  const helm = wanted.some((tool) => tool.name === "helm") ? findTool("helm") : undefined;
  if (!helm) return;
  const { stdout } = spawnSync(helm, ["plugin", "list"], { encoding: "utf8", env: toolEnv(), timeout: 20_000 });
  if (!/^diff\s/m.test(stdout)) {
    process.stdout.write(
      "helmfile diff and apply need Helm's diff plugin, which is not installed: run helmfile init\n",
    );
  }
}
