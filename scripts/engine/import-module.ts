import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Issue, IssueError } from "../problems/issue.ts";

/** Loads a TypeScript module, or says at which line it failed. */
export async function importModule<T extends object>(file: string): Promise<T | Issue> {
  try {
    return (await import(pathToFileURL(file).href)) as T;
  } catch (error) {
    return { file, ...whereThrown(error), message: `failed to load: ${describe(error)}` };
  }
}

/** Loads a TypeScript module. Throws `IssueError` that says at which line it failed. */
export async function importOrThrow<T extends object>(file: string): Promise<T> {
  const module = await importModule<T>(file);
  if ("message" in module) throw new IssueError(module as Issue);
  return module;
}

type Position = Pick<Issue, "line" | "column"> & { file?: string };

/** `    at name (file:///a.ts:1:2)`, `    at async /a.ts:1:2`; or `/a.ts:1` above what does not parse. */
const frame = /^( {4}at (?:async )?(?:[^(]*\()?)?(?:(file:\/\/[^():]+)|(\/[^():]+)):(\d+)(?::(\d+))?\)?$/;

/** Where it was thrown: the topmost frame in a module that is not ours. Of a module that does not load, where it is wrong. */
export function whereThrown(error: unknown): Position {
  if (!(error instanceof Error) || !error.stack) return {};
  const lines = error.stack.split("\n");
  const ours = path.join(import.meta.dirname, "..", path.sep);
  for (const [index, text] of lines.entries()) {
    const [, isFrame, url, plain, line, column] = frame.exec(text) ?? [];
    if (line === undefined) continue;
    const file = url ? fileURLToPath(url) : (plain ?? "");
    if (file.startsWith(ours) || file.includes("/node_modules/")) continue;
    const at = isFrame ? Number(column) : columnOfMark(lines.slice(index));
    return { file, line: Number(line), ...(at && { column: at }) };
  }
  return whereImported(error.message);
}

/** What does not parse is shown with a mark below it. */
function columnOfMark(lines: string[]): number {
  return (lines.find((line) => /^ *\^+ *$/.test(line))?.indexOf("^") ?? -1) + 1;
}

/** Of a module that is not there: where its name is written. */
function whereImported(message: string): Position {
  const [, missing, file] = /^Cannot find module '(.+)' imported from (.+)$/m.exec(message) ?? [];
  if (missing === undefined || file === undefined) return {};
  for (const [index, text] of readFileSync(file, "utf8").split("\n").entries()) {
    const [, before, specifier = ""] = /^(.*(?:from|import) *)"(\.[^"]+)"/.exec(text) ?? [];
    if (before === undefined || path.join(path.dirname(file), specifier) !== missing) continue;
    return { file, line: index + 1, column: before.length + 1 };
  }
  return { file };
}

/** Name and message of whatever was thrown. */
export function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message.split("\n")[0]}` : String(error);
}
