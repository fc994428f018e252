import { Ajv, type ErrorObject, type Options, type ValidateFunction } from "ajv";
import type { Finding } from "../problems/issue.ts";
import { didYouMean } from "../problems/suggest.ts";
import { definitionOf, knownTags, ReachedSchema, type Schema } from "./reached-schema.ts";

export type Validator = (data: unknown) => Finding[];

/** So many times the reached part of a schema may grow before the whole is compiled. */
const maxCuts = 8;

/**
 * Makes the validator of a JSON Schema; it returns every problem, in the order of the schema. Ajv decides, of that part of
 * the schema which applies to the values: first only whether they are valid, and of one that is not, what is wrong.
 */
export function compileSchema(schema: object): Validator {
  const reached = new ReachedSchema(schema);
  let cuts = 0;
  let isValid: ValidateFunction | undefined;
  let explain: ValidateFunction | undefined;
  let keys: Map<string, string[]> | undefined;
  const findPlaces = (key: string) => {
    keys ??= listKeys(schema);
    return keys.get(key) ?? [];
  };
  return (data) => {
    if (reached.extend(data) || !isValid) {
      cuts++;
      if (cuts > maxCuts) reached.extendToAll();
      isValid = compileWith({}, reached.cut());
      explain = undefined;
    }
    if (isValid(data)) return [];
    explain ??= compileWith({ allErrors: true, verbose: true }, reached.cut());
    explain(data);
    return findingsOf(explain.errors ?? [], findPlaces);
  };
}

/** Compiles a schema as it is with Ajv. */
export function compileWith(report: Options, schema: object): ValidateFunction {
  const ajv = new Ajv({
    ...report,
    messages: report.allErrors ?? false,
    // Optimizing a large schema's code takes longer than one run gets back.
    code: { optimize: false },
    strict: true,
    discriminator: true,
    // A discriminated union requires its tag beside the branches, not inside one.
    strictRequired: false,
    allowUnionTypes: true,
    inlineRefs: false,
    // TypeScript already proved the schema's shape; meta-validation would cost more than compiling.
    validateSchema: false,
  });
  ajv.addKeyword(knownTags);
  return ajv.compile(schema);
}

/** An error, and for a union that no branch of met: what its branches expected. */
interface Problem {
  error: ErrorObject;
  expected?: string;
  /** Whether it is none after all: it only explains why a union around it does not fit. */
  tolerated?: true;
}

/** Problems of one value that are described, which takes looking for the key that was meant. Others are counted. */
const maxFindings = 1000;

/** Where in the schema a key stands: paths such as `a.b.key`. */
type FindPlaces = (key: string) => string[];

/** Ajv reports a union after the errors of its branches; of those, only the branch that was meant is of interest. */
function findingsOf(errors: ErrorObject[], findPlaces: FindPlaces): Finding[] {
  const problems: Problem[] = [];
  for (const error of errors) {
    // Why a key is none of those allowed; the error that follows says that it is not.
    if (error.propertyName !== undefined) continue;
    if (error.keyword === "anyOf" || error.keyword === "oneOf") closeUnion(error, problems);
    else if (error.keyword === "if") closeCondition(error, problems);
    else {
      const tolerated = error.keyword === "type" && isAsGoodAsNull(error.data, [error.schema].flat());
      problems.push({ error, ...(tolerated && { tolerated }) });
    }
  }
  const told = problems.filter(({ tolerated }) => !tolerated);
  const findings = told.slice(0, maxFindings).map((problem) => toFinding(problem, findPlaces));
  const unlike = [
    ...new Map(findings.map((finding) => [JSON.stringify([finding.path, finding.message]), finding])).values(),
  ];
  const last = unlike.at(-1);
  if (last && told.length > maxFindings) last.others = told.length - maxFindings;
  return unlike;
}

/** Takes the branches' errors off the list and puts there what is to be said of the union instead. */
function closeUnion(union: ErrorObject, problems: Problem[]): void {
  const at = union.instancePath;
  const inside = ({ error }: Problem) => error.instancePath === at || error.instancePath.startsWith(`${at}/`);
  const branches = problems.splice(problems.findLastIndex((problem) => !inside(problem)) + 1);
  // A branch of another type was not meant; what remains is what is wrong inside the one that was.
  const otherType = ({ error }: Problem) => error.instancePath === at && isAboutType(error);
  const types = branches.filter(({ error }) => error.instancePath === at && error.keyword === "type");
  const isGood = isAsGoodAsNull(
    union.data,
    types.flatMap(({ error }) => error.schema),
  );
  const meant = branches.filter((problem) => !otherType(problem));
  if (isGood || (meant.length > 0 && meant.every(({ tolerated }) => tolerated))) {
    problems.push({ error: union, tolerated: true });
    return;
  }
  // One by one: there may be more than a call can have arguments.
  for (const problem of meant) problems.push(problem);
  if (meant.length > 0) return;
  const expected = branches.flatMap(({ error }) => [error.schema].flat().map((value) => nameOf(error, value)));
  problems.push({ error: union, expected: [...new Set(expected)].join(" or ") || "one of the allowed forms" });
}

/** Of two keys one is missing, which the branch `else` reports as if only the second would do. */
function closeCondition(condition: ErrorObject, problems: Problem[]): void {
  const branch = `${condition.schemaPath.slice(0, -"if".length)}else/`;
  const isOfBranch = ({ error }: Problem) =>
    error.instancePath === condition.instancePath && error.schemaPath.startsWith(branch);
  problems.splice(problems.findLastIndex((problem) => !isOfBranch(problem)) + 1);
  const { if: first, else: second } = condition.parentSchema as { if: HasRequired; else: HasRequired };
  problems.push({ error: condition, expected: [...first.required, ...second.required].map(quoted).join(" or ") });
}

/** Where null is taken, templates take any empty value for none: `{}` for a list, `[]` or `""` for a map. */
function isAsGoodAsNull(data: unknown, types: unknown[]): boolean {
  const isEmpty = data === "" || (typeof data === "object" && data !== null && Object.keys(data).length === 0);
  return isEmpty && types.includes("null") && (types.includes("array") || types.includes("object"));
}

interface HasRequired {
  required: string[];
}

const quoted = (key: string) => `"${key}"`;

function isAboutType({ keyword }: ErrorObject): boolean {
  return keyword === "type" || keyword === "const" || keyword === "enum";
}

function nameOf({ keyword }: ErrorObject, value: unknown): string {
  return keyword === "type" ? String(value) : JSON.stringify(value);
}

function toFinding({ error, expected }: Problem, findPlaces: FindPlaces): Finding {
  const path = fromPointer(error.instancePath);
  switch (error.keyword) {
    case "additionalProperties": {
      const key = String(error.params.additionalProperty);
      const known = Object.keys((error.parentSchema?.properties as object | undefined) ?? {});
      const [elsewhere, another] = findPlaces(key);
      const hint =
        elsewhere && !another ? `, there is "${elsewhere}"` : known.length <= 12 ? `. Known: ${known.join(", ")}` : "";
      return { path: [...path, key], message: `unknown key${didYouMean(key, known) || hint}`, ofKey: true };
    }
    case "propertyNames": {
      const key = String(error.params.propertyName);
      const named = (error.schema as { anyOf?: { enum?: string[] }[] }).anyOf ?? [];
      return {
        path: [...path, key],
        message: `unknown key${didYouMean(
          key,
          named.flatMap((each) => each.enum ?? []),
        )}`,
        ofKey: true,
      };
    }
    case "required":
      return { path: [...path, String(error.params.missingProperty)], message: "is missing", ofKey: false };
    case "discriminator":
      return discriminatorFinding(error, path);
    case "type":
      return { path, message: `must be ${[error.schema].flat().join(" or ")}, got ${show(error.data)}`, ofKey: false };
    case "const":
      return { path, message: `must be ${JSON.stringify(error.schema)}, got ${show(error.data)}`, ofKey: false };
    case "enum":
      return { path, message: enumMessage(error), ofKey: false };
    case "if":
      return { path, message: `must have ${expected}`, ofKey: false };
    case "pattern":
      return { path, message: patternMessage(error), ofKey: false };
    case "anyOf":
    case "oneOf":
      return { path, message: `must be ${expected}, got ${show(error.data)}`, ofKey: false };
    default:
      return { path, message: `${error.message ?? error.keyword}, got ${show(error.data)}`, ofKey: false };
  }
}

function discriminatorFinding(error: ErrorObject, path: string[]): Finding {
  const tag = String(error.params.tag);
  const value: unknown = error.params.tagValue;
  const known = (error.parentSchema?.[knownTags] ?? []) as string[];
  const hint = typeof value === "string" ? didYouMean(value, known) : "";
  const expected = known.map((name) => JSON.stringify(name)).join(" or ");
  return { path: [...path, tag], message: `must be ${expected}, got ${show(value)}${hint}`, ofKey: false };
}

function patternMessage(error: ErrorObject): string {
  const examples = error.parentSchema?.examples as string[] | undefined;
  const expected = examples ? `must be like ${examples.map(quoted).join(" or ")}` : error.message;
  return `${expected}, got ${show(error.data)}`;
}

function enumMessage(error: ErrorObject): string {
  const known = error.schema as unknown[];
  const hint = typeof error.data === "string" ? didYouMean(error.data, known.map(String)) : "";
  return `must be ${known.map((value) => JSON.stringify(value)).join(" or ")}, got ${show(error.data)}${hint}`;
}

function fromPointer(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** A value as a message quotes it. */
function show(value: unknown): string {
  if (value === undefined) return "nothing";
  const isLong = typeof value === "object" && value !== null && lengthOf(value, maxShown) > maxShown;
  // Of a long string only the beginning is made JSON of: it may be the whole file.
  const text = isLong ? "" : JSON.stringify(typeof value === "string" ? value.slice(0, maxShown) : value);
  if (!isLong && text.length <= maxShown) return text;
  if (typeof value === "object") return Array.isArray(value) ? "an array" : "an object";
  return `${text.slice(0, maxShown - 3)}…`;
}

/** Characters of a value that are shown. */
const maxShown = 60;

/** At least so many characters has the JSON of a value; counted no further than to the limit. */
function lengthOf(value: unknown, limit: number): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 1;
  let length = 0;
  for (const key in value) {
    length += 1 + lengthOf((value as Record<string, unknown>)[key], limit - length);
    if (length > limit) break;
  }
  return length;
}

/** How deep to look: further down, a key of that name is hardly the one that was meant. */
const maxDepth = 3;

/** All keys of a schema's objects, each with the paths at which it stands, as `a.b.key`. */
function listKeys(root: Schema): Map<string, string[]> {
  const found = new Map<string, Set<string>>();
  const visit = (schema: Schema | boolean, path: string[]): void => {
    if (typeof schema === "boolean") return;
    const target = definitionOf(schema, root);
    if (!target || path.length > maxDepth) return;
    const key = path.at(-1);
    if (key !== undefined) found.set(key, (found.get(key) ?? new Set()).add(path.join(".")));
    for (const [name, property] of Object.entries(target.properties ?? {})) visit(property, [...path, name]);
    for (const branch of [...(target.anyOf ?? []), ...(target.oneOf ?? [])]) visit(branch, path);
  };
  visit(root, []);
  return new Map([...found].map(([key, paths]) => [key, [...paths]]));
}
