/** A JSON Schema, draft-07: the keywords by which this finds what applies to a value. */
export interface Schema {
  $ref?: string;
  properties?: Record<string, Schema | boolean>;
  additionalProperties?: Schema | boolean;
  items?: Schema | boolean | Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  discriminator?: { propertyName: string };
  definitions?: Record<string, Schema>;
}

/** What the reference of a schema leads to; the schema itself where it has none. Undefined if there is no such definition. */
export function definitionOf<S extends { $ref?: string }>(
  schema: S,
  root: S & { definitions?: Record<string, S> },
): S | undefined {
  if (schema.$ref === undefined) return schema;
  if (schema.$ref === "#") return root;
  return root.definitions?.[decodeURIComponent(schema.$ref.slice("#/definitions/".length))];
}

/** Keyword beside a discriminator: the tags that its branches have, for the message. */
export const knownTags = "knownTags";

/** Keywords that are followed along with the value; of any other, all that it holds counts as reached. */
const followed = new Set(["$ref", "properties", "additionalProperties", "items", "anyOf", "oneOf", "definitions"]);

/**
 * What of a schema applies to values. Compiling all of kube-prometheus-stack's takes longer than everything else that
 * `gen` does, and values use a twentieth of it. The schema of a key applies only where a value has the key, that of a
 * list's items only where a list has items: where none has, `true` stands instead, which changes no verdict and no message.
 */
export class ReachedSchema {
  readonly #root: Schema;
  /** Schemas that apply to a value, and whatever else is in those. */
  readonly #reached = new Set<object>();

  constructor(root: Schema) {
    this.#root = root;
  }

  /** Takes in what applies to a value. Whether that is more than what applied to those before. */
  extend(value: unknown): boolean {
    const before = this.#reached.size;
    this.#follow(this.#root, value, new Set());
    return this.#reached.size > before;
  }

  /** Takes in everything. */
  extendToAll(): void {
    this.#takeAll(this.#root);
  }

  /** The schema with `true` for what applies to none of the values so far. */
  cut(): object {
    const definitions = Object.entries(this.#root.definitions ?? {}).map(([name, schema]) => {
      return [name, this.#copyIfReached(schema)];
    });
    return { ...this.#copy(this.#root), definitions: Object.fromEntries(definitions) };
  }

  /** `here` holds the schemas that are followed for this very value: references may go in a circle. */
  #follow(schema: Schema | boolean | undefined, value: unknown, here: Set<Schema>): void {
    if (typeof schema !== "object" || here.has(schema)) return;
    here.add(schema);
    if (!this.#reached.has(schema)) this.#take(schema);
    if (schema.$ref) this.#follow(definitionOf(schema, this.#root), value, here);
    for (const branch of schema.anyOf ?? []) this.#follow(branch, value, here);
    for (const branch of schema.oneOf ?? []) this.#follow(branch, value, here);
    if (typeof value !== "object" || value === null) return;
    const { properties = {}, additionalProperties, items } = schema;
    if (Array.isArray(value)) {
      if (!Array.isArray(items)) for (const item of value) this.#follow(items, item, new Set());
      return;
    }
    for (const key of Object.keys(value)) {
      const inner = (value as Record<string, unknown>)[key];
      this.#follow(Object.hasOwn(properties, key) ? properties[key] : additionalProperties, inner, new Set());
    }
  }

  #take(schema: Schema): void {
    this.#reached.add(schema);
    for (const [keyword, inner] of Object.entries(schema)) {
      if (!followed.has(keyword) || (keyword === "items" && Array.isArray(inner))) this.#takeAll(inner);
    }
    // Ajv reads the tags of all branches, whichever a value has.
    for (const tag of this.#tags(schema)) this.#takeAll(tag);
  }

  #takeAll(node: unknown): void {
    if (typeof node !== "object" || node === null || this.#reached.has(node)) return;
    this.#reached.add(node);
    const { $ref } = node as Schema;
    if (typeof $ref === "string") this.#takeAll(definitionOf({ $ref }, this.#root));
    for (const inner of Object.values(node)) this.#takeAll(inner);
  }

  /** The tag's own schema in each branch of a discriminated union. */
  #tags({ discriminator, oneOf = [] }: Schema): (Schema & { const?: unknown })[] {
    if (!discriminator) return [];
    return oneOf.flatMap((branch) => {
      const { properties } = definitionOf(branch, this.#root) ?? {};
      const tag = properties?.[discriminator.propertyName];
      return typeof tag === "object" ? [tag] : [];
    });
  }

  #copyIfReached(schema: Schema | boolean): Schema | boolean {
    if (typeof schema !== "object") return schema;
    return this.#reached.has(schema) ? this.#copy(schema) : true;
  }

  #copy(schema: Schema): Schema {
    const copy: Schema & { [knownTags]?: unknown } = { ...schema };
    const { properties, items, additionalProperties, anyOf, oneOf, discriminator } = schema;
    if (properties) {
      const entries = Object.entries(properties).map(([key, inner]) => [key, this.#copyIfReached(inner)]);
      copy.properties = Object.fromEntries(entries);
    }
    if (items !== undefined && !Array.isArray(items)) copy.items = this.#copyIfReached(items);
    if (additionalProperties !== undefined) copy.additionalProperties = this.#copyIfReached(additionalProperties);
    if (anyOf) copy.anyOf = anyOf.map((branch) => this.#copy(branch));
    if (oneOf) copy.oneOf = oneOf.map((branch) => this.#copy(branch));
    if (discriminator) copy[knownTags] = this.#tags(schema).map((tag) => tag.const);
    return copy;
  }
}
