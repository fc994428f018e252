import { formsOf, named, nil, type Type, unionOf, unknown } from "./type-model.ts";

/** The keywords that schemas of values use; a keyword that is not here is an error, not a guess. */
export interface ValuesSchema {
  type?: string | string[];
  properties?: Record<string, ValuesSchema>;
  additionalProperties?: boolean | ValuesSchema;
  items?: ValuesSchema;
  enum?: unknown[];
  const?: unknown;
  minimum?: number;
  maximum?: number;
  pattern?: string;
}

/** What the schema leaves to be found out otherwise. */
interface Otherwise {
  /** Type by defaults and templates. */
  inferred: () => Type;
  /** Type of a text. */
  text: () => Type;
  /** Map with the schema's keys. */
  map: () => Type;
  /** Type of a list's items. */
  items: (schema: ValuesSchema) => Type;
}

const understood = new Set(
  "type properties additionalProperties items enum const minimum maximum pattern required default description title $schema $id examples".split(
    " ",
  ),
);

/** Type of a value that a schema describes. Throws where the schema uses a keyword that the import does not know. */
export function typeBySchema(schema: ValuesSchema, otherwise: Otherwise): Type {
  const foreign = Object.keys(schema).filter((keyword) => !understood.has(keyword));
  if (foreign.length > 0)
    throw new Error(`values.schema.json uses ${foreign.join(", ")}, which the import cannot read yet`);
  const literals = schema.enum ?? (schema.const === undefined ? undefined : [schema.const]);
  if (literals) return unionOf(literals.map((literal) => named(JSON.stringify(literal))));
  if (schema.type === undefined) return otherwise.inferred();
  return unionOf([schema.type].flat().map((name) => typeOfName(name, schema, otherwise)));
}

function typeOfName(name: string, schema: ValuesSchema, { inferred, text, map, items }: Otherwise): Type {
  if (name === "null") return nil;
  if (name === "integer") return named("number");
  if (name === "array") {
    if (schema.items) return { kind: "list", items: items(schema.items) };
    return formsOf(inferred()).find((form) => form.kind === "list") ?? { kind: "list", items: unknown };
  }
  if (name === "string" && schema.pattern === undefined) return text();
  if (name !== "object") return named(name);
  const kubernetes = formsOf(inferred()).find((form) => form.kind === "name" && form.from !== undefined);
  if (kubernetes) return kubernetes;
  if (schema.properties || schema.additionalProperties !== undefined) return map();
  return (
    formsOf(inferred()).find((form) => form.kind === "object") ?? { kind: "object", properties: [], rest: unknown }
  );
}

/** Limits that a type cannot say, for types that have them at all. */
export function tagsOf({ type, minimum, maximum, pattern }: ValuesSchema): string[] {
  const is = (...names: string[]) => [type].flat().every((name) => name === "null" || names.includes(name ?? ""));
  const tags: string[] = [];
  if (minimum !== undefined && is("integer", "number")) tags.push(`@minimum ${minimum}`);
  if (maximum !== undefined && is("integer", "number")) tags.push(`@maximum ${maximum}`);
  if (pattern !== undefined && is("string") && !/[@*{}]/.test(pattern)) tags.push(`@pattern ${pattern}`);
  return tags;
}
