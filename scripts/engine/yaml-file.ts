import { readFileSync, statSync } from "node:fs";
import { type Document, isNode, LineCounter, parseDocument } from "yaml";
import type { Issue } from "../problems/issue.ts";
import type { FurtherCheck, Schemas } from "./schemas.ts";

/** Larger files are refused unread: Kubernetes itself takes objects of 1.5 MiB at most. */
const maxBytes = 2 * 1024 * 1024;

/** A YAML file that was read and parsed, with the way back from a value to its place. */
export interface YamlFile {
  file: string;
  text: string;
  data: unknown;
  /** Place of the value at a path (of the key that leads to it, if `ofKey`), 1-based. */
  locate(path: (string | number)[], ofKey: boolean): { line: number; column: number };
}

/** Reads one YAML document. Problems of any kind (unreadable, empty, oversized, malformed) come back as issues. */
export function readYamlFile(file: string): YamlFile | Issue[] {
  const text = readText(file);
  if (typeof text !== "string") return [text];
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    return document.errors.map((error) => ({ file, ...position(lines, error.pos[0]), message: error.message }));
  }
  try {
    const data: unknown = document.toJS({ maxAliasCount: 100 });
    if (data == null) return [{ file, message: "is empty: a YAML mapping was expected" }];
    return { file, text, data, locate: (path, ofKey) => locate(document, lines, path, ofKey) };
  } catch (error) {
    return [{ file, message: `${(error as Error).message}: aliases that multiply are refused` }];
  }
}

/** The text of a file of a sane size, or what is wrong with it. */
function readText(file: string): string | Issue {
  try {
    const { size } = statSync(file);
    if (size > maxBytes) {
      const [is, most] = [size, maxBytes].map((bytes) => `${Math.round(bytes / 1024 / 102.4) / 10} MiB`);
      return { file, message: `is ${is}, more than the ${most} that a values file may have` };
    }
    return readFileSync(file, "utf8");
  } catch (error) {
    return { file, message: `cannot be read: ${(error as NodeJS.ErrnoException).code ?? (error as Error).message}` };
  }
}

function position(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}

function locate(document: Document, lines: LineCounter, path: (string | number)[], ofKey: boolean) {
  for (let length = path.length; length >= 0; length--) {
    // What is not there is shown at the key that should hold it.
    const offset = offsetAt(document, path.slice(0, length), ofKey || length < path.length);
    if (offset !== undefined) return position(lines, offset);
  }
  return { line: 1, column: 1 };
}

function offsetAt(document: Document, path: (string | number)[], ofKey: boolean): number | undefined {
  if (ofKey && path.length > 0) {
    const parent = document.getIn(path.slice(0, -1), true);
    const pairs = (parent as { items?: { key?: unknown }[] } | undefined)?.items ?? [];
    for (const { key } of pairs) {
      if (isNode(key) && String(key) === String(path.at(-1))) return key.range?.[0];
    }
  }
  const node = path.length > 0 ? document.getIn(path, true) : document.contents;
  return isNode(node) ? (node.range?.[0] ?? undefined) : undefined;
}

/** Problems of a YAML file against a schema and a further check, each at its line and column. */
export async function validateYaml(
  yaml: YamlFile,
  schema: string,
  schemas: Schemas,
  further?: FurtherCheck,
): Promise<Issue[]> {
  const findings = await schemas.validate(schema, yaml.data, further);
  return findings
    .map(({ path, message, ofKey }) => ({
      file: yaml.file,
      ...yaml.locate(path, ofKey),
      path: toPointer(path),
      message,
    }))
    .sort((one, other) => one.line - other.line || one.column - other.column);
}

/** JSON pointer of a path. */
export function toPointer(path: (string | number)[]): string {
  return path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
