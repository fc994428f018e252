import { accessSync, constants, existsSync, statSync } from "node:fs";
import path from "node:path";
import { type Tool, type ToolName, tools } from "./tool-table.ts";
import { fits, knownVersion } from "./tool-version.ts";

/** Folder that `npm run tools` builds into, under the working directory, which npm sets to the repository's root. */
export function binDirectory(): string {
  return path.resolve(".tools/bin");
}

/**
 * Environment for running a tool: `.tools/bin` first on PATH, and HELM_PLUGINS when plugins were put into
 * `.tools/helm-plugins`.
 */
export function toolEnv(): NodeJS.ProcessEnv {
  const plugins = path.resolve(".tools/helm-plugins");
  return {
    ...process.env,
    PATH: [binDirectory(), process.env.PATH ?? ""].join(path.delimiter),
    ...(existsSync(plugins) && { HELM_PLUGINS: plugins }),
  };
}

/** Absolute path of the tool that a command run with `toolEnv()` gets, or undefined when none is there that fits. */
export function findTool(name: ToolName): string | undefined {
  const tool = toolNamed(name);
  const file = findOnPath(name, toolEnv().PATH);
  const version = file && tool && knownVersion(tool, file);
  return version && fits(tool, version) ? file : undefined;
}

/** The tool's line of the table, for a name that a person typed. */
export function toolNamed(name: string): Tool | undefined {
  return tools.find((tool) => tool.name === name);
}

/** First executable of that name in a PATH, as a shell would find it. */
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
