import { pathToFileURL } from "node:url";
import { type Issue, IssueError } from "../problems/issue.ts";

/** Loads a TypeScript module, or says at which line it failed. */
export async function importModule<T extends object>(file: string): Promise<T | Issue> {
  try {
    return (await import(pathToFileURL(file).href)) as T;
  } catch (error) {
    return { file, ...whereThrown(error, file), message: `failed to load: ${describe(error)}` };
  }
}

/** Loads a TypeScript module. Throws `IssueError` that says at which line it failed. */
export async function importOrThrow<T extends object>(file: string): Promise<T> {
  const module = await importModule<T>(file);
  if ("message" in module) throw new IssueError(module as Issue);
  return module;
}

/** Line and column of the topmost frame that lies in the file. */
export function whereThrown(error: unknown, file: string): { line?: number; column?: number } {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const at = stack.indexOf(file);
  const match = at < 0 ? undefined : /^:(\d+)(?::(\d+))?/.exec(stack.slice(at + file.length));
  return match ? { line: Number(match[1]), ...(match[2] && { column: Number(match[2]) }) } : {};
}

/** Name and message of whatever was thrown. */
export function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message.split("\n")[0]}` : String(error);
}
