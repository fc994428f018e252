import { Composer, type CST, type Document, type ErrorCode, Lexer, LineCounter, type ParsedNode, Parser } from "yaml";
import type { Issue } from "../problems/issue.ts";
import { tagsOfHelm } from "./helm-yaml.ts";
import { readText } from "./read-text.ts";
import type { FurtherCheck, Schemas } from "./schemas.ts";
import { maxDepth, tooDeep, YamlRefusal, YamlValues } from "./yaml-values.ts";

/** A YAML file that was read and parsed, with the way back from a value to its place. */
export interface YamlFile {
  file: string;
  text: string;
  /** JSON, as Helm would read it; null of a file without a value, as one of comments alone. */
  data: unknown;
  /** Place of the value at a path (of the key that leads to it, if `ofKey`), 1-based. */
  locate(path: (string | number)[], ofKey: boolean): { line: number; column: number };
}

/** Words, signs and lines of a file. All defaults of kube-prometheus-stack are some 28,000; each takes 500 bytes of memory. */
const maxLexemes = 250_000;

/** Documents of a file, empty ones included. */
const maxDocuments = 10;

/** Errors of syntax that are told: later ones are mostly consequences of the first. */
const maxErrors = 50;

/**
 * Reads one YAML document. Problems of any kind (unreadable, oversized, malformed) come back as issues; that there is no
 * value too, unless it is said what then counts.
 */
export function readYamlFile(file: string, whenEmpty?: unknown): YamlFile | Issue[] {
  const text = readText(file);
  if (typeof text !== "string") return [text];
  const yaml = parseYaml(file, text);
  if (Array.isArray(yaml) || yaml.data !== null) return yaml;
  if (whenEmpty === undefined) return [{ file, message: "is empty: a YAML mapping was expected" }];
  return { ...yaml, data: whenEmpty };
}

/** Parses the text of a file. Takes time and memory in proportion to the text, whatever it is. */
export function parseYaml(file: string, text: string): YamlFile | Issue[] {
  const lines = new LineCounter();
  const issues: Issue[] = [];
  const add = (offset: number, message: string) => issues.push({ file, ...position(lines, offset), message });
  const complain: Complain = (offset, message) => {
    if (issues.length >= maxErrors) throw new YamlRefusal(offset, "more errors may follow: mend the ones above first");
    add(offset, message);
  };
  try {
    const contents = compose(text, lines, complain);
    const values = new YamlValues(complain);
    const data = values.read(contents);
    if (issues.length === 0) {
      return { file, text, data, locate: (path, ofKey) => position(lines, values.locate(path, ofKey)) };
    }
  } catch (error) {
    if (!(error instanceof YamlRefusal)) throw error;
    add(error.offset, error.message);
  }
  return issues;
}

type Complain = (offset: number, message: string) => void;

/** The document's root. Throws `YamlRefusal` at the first thing that makes the rest not worth reading. */
function compose(text: string, lines: LineCounter, complain: Complain): ParsedNode | null {
  const composer = new Composer({
    schema: "yaml-1.1",
    customTags: tagsOfHelm,
    resolveKnownTags: false,
    uniqueKeys: false,
  });
  // An error of its own is made for each mistake, a million of them in a file that is no YAML: these cost less.
  const onError = (source: Source, code: ErrorCode, message: string, warning?: boolean) => {
    const text = messageOf(source, code, message);
    if (!warning || text !== message) complain(offsetOf(source), text);
  };
  Object.assign(composer, { onError });
  const documents: Document.Parsed[] = [];
  for (const token of tokensOf(text, lines)) {
    if (token.type === "error") complain(token.offset, token.message);
    else documents.push(...composer.next(token));
    if (documents.length > maxDocuments) {
      throw new YamlRefusal(
        token.offset,
        `has more than ${maxDocuments} YAML documents: put the values into the first`,
      );
    }
  }
  documents.push(...composer.end(true, text.length));
  for (const { errors } of documents) for (const { pos, message } of errors) complain(pos[0], message);
  const [first, ...others] = documents;
  const second = others.find(({ contents }) => contents !== null && !isEmpty(contents));
  if (second?.contents) {
    const message = "a second YAML document begins here, which Helm may not read: put its values into the first";
    complain(second.contents.range[0], message);
  }
  return first?.contents ?? null;
}

type Source = number | [number, number] | { offset: number; source?: string };

function offsetOf(source: Source): number {
  return typeof source === "number" ? source : Array.isArray(source) ? source[0] : source.offset;
}

function messageOf(source: Source, code: ErrorCode, message: string): string {
  if (code !== "TAG_RESOLVE_FAILED" && code !== "BAD_COLLECTION_TYPE") return message;
  const tag = typeof source === "object" && "source" in source ? `the tag ${source.source}` : "this tag";
  return `${tag} gives no value that JSON has: remove it, and write a string, number, boolean, list or mapping`;
}

function isEmpty(node: ParsedNode): boolean {
  return "source" in node && node.source === "";
}

/** The document in tokens; a document is one token. Throws `YamlRefusal` where it holds too much, or nests too deep. */
function* tokensOf(text: string, lines: LineCounter): Generator<CST.Token> {
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  let lexemes = 0;
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme);
    lexemes++;
    // The lines are those of long texts too, which are one word.
    if (lexemes + lines.lineStarts.length > maxLexemes) {
      throw new YamlRefusal(parser.offset, `has more than ${maxLexemes} words, signs and lines: divide the file`);
    }
    // The document itself is on the stack, and a value that is about to be read.
    if (parser.stack.length > maxDepth + 2) throw new YamlRefusal(parser.offset, tooDeep);
  }
  yield* parser.end();
}

function position(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

/** Where a YAML file has what a path names. Empty where it cannot be read any more. */
export function placeInYaml(file: string, path: (string | number)[]): { line?: number; column?: number } {
  const yaml = readYamlFile(file);
  return Array.isArray(yaml) ? {} : yaml.locate(path, false);
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
    .map(({ path, message, ofKey, others }) => ({
      file: yaml.file,
      ...yaml.locate(path, ofKey),
      path: toPointer(path),
      message,
      ...(others && { others }),
    }))
    .sort((one, other) => one.line - other.line || one.column - other.column);
}

/** JSON pointer of a path. */
export function toPointer(path: (string | number)[]): string {
  return path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
