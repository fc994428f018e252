import path from "node:path";
import { performance } from "node:perf_hooks";
import { defineCommand } from "../frame/command.ts";
import { buildTool, isBuilt, pinnedVersion, removeBuilt } from "../outside/build-tool.ts";
import { does, Interrupted, planDeeds, say } from "../outside/deeds.ts";
import {
  explainMissing,
  findOnPath,
  findTool,
  fits,
  hasGo,
  type Missing,
  probeVersion,
  toolNamed,
} from "../outside/find-tool.ts";
import { ask, binDirectory } from "../outside/run.ts";
import { type Tool, tools } from "../outside/tool-table.ts";
import { IssueError } from "../problems/issue.ts";
import { unknownName } from "../problems/suggest.ts";

export const command = defineCommand({
  summary: "finds the command-line tools on PATH, or builds the pinned ones into .tools/bin",
  operands: [
    { name: "TOOL", optional: true, many: true, help: `only these of ${tools.map(({ name }) => name).join(", ")}` },
  ],
  options: {},
  touches: "files",
  async run({ operands: names }) {
    const known = tools.map(({ name }) => name);
    const unknown = names.filter((name) => !toolNamed(name));
    if (unknown.length > 0)
      throw new IssueError(...unknown.map((name) => ({ file: "TOOL", message: unknownName("tool", name, known) })));
    const wanted = tools.filter((tool) => names.length === 0 || names.includes(tool.name));
    const missing: Missing[] = [];
    planDeeds([], "repeat npm run tools: what is built stays");
    for (const tool of wanted) {
      const reason = await provide(tool);
      if (reason) missing.push({ tool, reason });
    }
    if (missing.length > 0) throw new IssueError({ file: "tools", message: explainMissing(missing) });
    return { code: 0, text: nextSteps(wanted), data: wanted.map(({ name }) => ({ name, file: findTool(name) })) };
  },
});

/** Uses what is there or builds it, with a line of progress; gives the reason when neither is possible. */
async function provide(tool: Tool): Promise<string | undefined> {
  const start = performance.now();
  const report = (version: string, from: string) => {
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    say(`${tool.name.padEnd(22)} ${version.padEnd(8)} ${seconds.padStart(6)} s  ${from}`);
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
  const found = file ? `${file} is ${version ?? "of no readable version"}, needed ${tool.range}` : "not on PATH";
  if (!hasGo()) return found;
  say(`${tool.name} ${pinnedVersion(tool)}: building, this can take minutes`);
  try {
    await does(`build ${tool.name}`, () => buildTool(tool));
  } catch (error) {
    if (error instanceof Interrupted) throw error;
    return `${found}, and it could not be built:\n${error instanceof Error ? error.message : error}`;
  }
  report(pinnedVersion(tool), `built into .tools/bin (${found})`);
  return;
}

function pathWithoutBuilt(): string {
  const directories = (process.env.PATH ?? "").split(path.delimiter);
  return directories.filter((directory) => path.resolve(directory) !== binDirectory()).join(path.delimiter);
}

function nextSteps(wanted: Tool[]): string {
  const lines: string[] = [];
  if (wanted.some(isBuilt) && pathWithoutBuilt() === process.env.PATH) {
    const line = 'export PATH="$PWD/.tools/bin:$PATH"';
    lines.push("", `npm scripts find .tools/bin by themselves; for your own shell: ${line}`);
  }
  const helm = wanted.some((tool) => tool.name === "helm") ? findTool("helm") : undefined;
  if (helm && !/^diff\s/m.test(ask(helm, ["plugin", "list"], { timeout: 20 }).stdout)) {
    lines.push("helmfile diff and apply need Helm's diff plugin, which is not installed: run helmfile init");
  }
  return lines.join("\n");
}
