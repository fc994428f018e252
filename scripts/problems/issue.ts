import path from "node:path";
import { onOneLine, printable } from "./printable.ts";

/** One problem, as a person reads it. Only entry points print issues and set the exit code. */
export interface Issue {
  /** File to open, absolute or relative to the repository. */
  file: string;
  /** 1-based. */
  line?: number;
  /** 1-based. */
  column?: number;
  /** Environments for which it holds, where it does not hold for all. */
  environments?: string[];
  /** Apps for whose values it holds, of a file that makes values of several. */
  apps?: string[];
  /** JSON pointer of the value. */
  path?: string;
  /** The pointers of all values in which the same is wrong by the same place, where there are more. */
  paths?: string[];
  /** What is wrong, what was expected, what to do. */
  message: string;
  /** So many more problems follow this one, which are counted and not described. */
  others?: number;
}

/** Problems that are printed: who has more of them mends these first. */
const maxPrinted = 50;

/**
 * Thrown where one bad input leaves nothing more to look at; `runCommand` prints its issues, each of which is there once for
 * all environments and apps.
 */
export class IssueError extends Error {
  readonly issues: Issue[];
  constructor(...issues: Issue[]) {
    const unlike = mergeAlike(issues);
    super(unlike.map((issue) => issue.message).join("\n"));
    this.issues = unlike;
  }
}

/**
 * Issues become one that differ in nothing but the environments and apps that they hold for, or which item of a list it is:
 * one line of a source may make many.
 */
function mergeAlike(issues: Issue[]): Issue[] {
  const alike = Map.groupBy(issues, ({ environments: _, apps: __, ...issue }) => {
    return JSON.stringify(issue.line ? { ...issue, path: issue.path?.replaceAll(/\/\d+(?=\/|$)/g, "/*") } : issue);
  });
  return [...alike.values()].map((group) => {
    const [first] = group as [Issue];
    const all = <Key extends "environments" | "apps">(key: Key) => {
      const names = new Set(group.flatMap((issue) => issue[key] ?? []));
      return names.size > 0 && { [key]: [...names] };
    };
    const paths = new Set(group.flatMap(({ path }) => path ?? []));
    return { ...first, ...all("environments"), ...all("apps"), ...(paths.size > 1 && { paths: [...paths] }) };
  });
}

/**
 * Text of a list of issues, grouped by file, with the total in its last line. Of very many the first are shown. Control
 * characters are escaped, since a terminal obeys them.
 */
export function formatIssues(issues: Issue[], root: string): string {
  const shown = issues.slice(0, maxPrinted);
  const groups = Map.groupBy(shown, (issue) => heading(issue, root));
  const blocks = [...groups].map(([title, group]) => `${title}\n${formatGroup(group)}\n`);
  const total = issues.reduce((sum, { others = 0 }) => sum + 1 + others, 0);
  const files = new Set(issues.map((issue) => issue.file)).size;
  const hidden = total > shown.length ? `and ${count(total - shown.length, "more problem")}: mend these first\n` : "";
  return `${blocks.join("")}${hidden}${count(total, "problem")} in ${count(files, "file")}`;
}

/** `file:line:column` where there is a line, so that terminals and editors make it a link; then for what it holds. */
function heading(issue: Issue, root: string): string {
  const file = onOneLine(displayPath(issue.file, root));
  const place = issue.line ? `${file}:${issue.line}:${issue.column ?? 1}` : file;
  const scope = scopeOf(issue);
  return scope ? `${place} (${scope})` : place;
}

/** `web in prod, staging`. */
function scopeOf({ apps = [], environments = [] }: Issue): string {
  return [apps, environments]
    .filter((names) => names.length > 0)
    .map(listed)
    .join(" in ");
}

/** Names that a line has room for. */
const maxNames = 6;

function listed(names: string[]): string {
  const more = names.length > maxNames ? ` and ${names.length - maxNames} more` : "";
  return `${names.slice(0, maxNames).join(", ")}${more}`;
}

function formatGroup(group: Issue[]): string {
  const paths = group.map((issue) => onOneLine(issue.path ?? ""));
  const width = Math.max(...paths.map((text) => text.length));
  return group
    .map(({ message, paths: all = [] }, index) => {
      const before = width ? `${paths[index]?.padEnd(width)}  ` : "";
      const often = all.length > 1 ? ` (${all.length} times)` : "";
      const [first, ...more] = printable(message).split("\n");
      return [`  ${before}${first}${often}`, ...more].join("\n  ");
    })
    .join("\n");
}

/** What GitHub shows at a line of a pull request. */
export interface Annotation {
  level: "error" | "warning" | "notice";
  file: string;
  line?: number;
  column?: number;
  message: string;
}

/** GitHub shows no more of one step. */
const maxAnnotations = 10;

/** An issue as GitHub shows it. */
export function toAnnotation(issue: Issue): Annotation {
  const { file, line, column, path, message } = issue;
  const scope = scopeOf(issue);
  const text = `${path ? `${path}  ${message}` : message}${scope ? ` (${scope})` : ""}`;
  return { level: "error", file, ...(line && { line, column: column ?? 1 }), message: text };
}

/**
 * Workflow commands by which GitHub shows annotations, of many the first:
 * https://docs.github.com/actions/reference/workflow-commands
 */
export function annotate(annotations: Annotation[], root: string): string {
  const data = (text: string) => printable(text).replaceAll("%", "%25").replaceAll("\n", "%0A");
  const property = (text: string) => data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
  return annotations
    .slice(0, maxAnnotations)
    .map(({ level, file, line, column, message }) => {
      const place = line ? `,line=${line},col=${column ?? 1}` : "";
      return `::${level} file=${property(displayPath(file, root))}${place}::${data(message)}\n`;
    })
    .join("");
}

/** A path as the user would type it: relative inside the repository, absolute elsewhere. */
export function displayPath(file: string, root: string): string {
  const relative = path.relative(root, path.resolve(root, file));
  return relative.startsWith("..") ? path.resolve(root, file) : relative || ".";
}

/** "1 problem", "2 problems". */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

/** What is wrong with one value. */
export interface Finding {
  /** From the document's root to the value. */
  path: (string | number)[];
  /** What was expected, and what was found. */
  message: string;
  /** Whether the key at the end of the path is wrong, rather than its value. */
  ofKey: boolean;
  /** As of an `Issue`. */
  others?: number;
}

/** Waits for all of them. Throws `IssueError` with the problems of every one that failed with such. */
export async function together<T extends readonly Promise<unknown>[]>(...promises: T) {
  const ended = await Promise.allSettled(promises);
  const reasons: unknown[] = ended.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
  const other = reasons.find((reason) => !(reason instanceof IssueError));
  if (other !== undefined) throw other;
  if (reasons.length > 0) throw new IssueError(...reasons.flatMap((reason) => (reason as IssueError).issues));
  return ended.map((one) => (one as PromiseFulfilledResult<unknown>).value) as { [I in keyof T]: Awaited<T[I]> };
}
