import {
  type Config,
  createFormatter,
  createParser,
  DEFAULT_CONFIG,
  type Schema,
  SchemaGenerator,
} from "ts-json-schema-generator";
import { loadCompiler } from "../positions/compiler.ts";
import { type Issue, IssueError } from "../problems/issue.ts";

type Program = NonNullable<Config["tsProgram"]>;
type Diagnostic = ReturnType<Program["getSemanticDiagnostics"]>[number];

/** A type and the file that exports it. */
export interface TypeSource {
  /** Absolute path of the module. */
  file: string;
  /** Name of the exported type. */
  type: string;
}

/**
 * JSON Schemas (draft-07) of TypeScript types, in the order given, from one compiler program. Interfaces become closed
 * objects. Throws `IssueError` with every compiler message: a type that does not resolve would accept anything.
 */
export function deriveSchemas(sources: TypeSource[]): Schema[] {
  const program = createProgram(sources.map(({ file }) => file));
  const config = {
    ...DEFAULT_CONFIG,
    expose: "export",
    topRef: false,
    discriminatorType: "open-api",
    functions: "fail",
  } as const;
  return sources.map(({ file, type }) => {
    try {
      const generator = new SchemaGenerator(program, createParser(program, config), createFormatter(config), config);
      const schema = generator.createSchemaFromNodes([findType(program, file, type)]);
      return sortKeys({ ...schema }) as Schema;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw new IssueError({ file, message: `no schema can be derived from type ${type}: ${message}` });
    }
  });
}

function createProgram(files: string[]): Program {
  const ts = loadCompiler<{
    createProgram(files: string[], options: object): Program;
    getPreEmitDiagnostics(program: Program): Diagnostic[];
  }>();
  const program = ts.createProgram(files, {
    target: 11, // ES2024
    module: 200, // preserve
    moduleResolution: 100, // bundler: under nodenext, kubernetes-types would silently become `any`
    types: [],
    strict: true,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    noEmit: true,
  });
  const issues = ts.getPreEmitDiagnostics(program).map(toIssue);
  if (issues.length > 0) throw new IssueError(...issues);
  return program;
}

function toIssue({ file, start, messageText }: Diagnostic): Issue {
  const message = typeof messageText === "string" ? messageText : messageText.messageText;
  if (!file) return { file: "tsconfig.json", message };
  const { line, character } = file.getLineAndCharacterOfPosition(start ?? 0);
  return { file: file.fileName, line: line + 1, column: character + 1, message };
}

function findType(program: Program, file: string, type: string) {
  const statements = program.getSourceFile(file)?.statements ?? [];
  const node = statements.find((statement) => (statement as { name?: { text?: string } }).name?.text === type);
  if (!node) throw new Error(`the file must export a type of that name`);
  return node;
}

/** Enums keep the compiler's order otherwise, which may differ from version to version. */
function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      key === "enum" && Array.isArray(item) ? [...item].sort() : sortKeys(item),
    ]),
  );
}
