import { definitionOf } from "../../engine/reached-schema.ts";
import type { Place } from "./place.ts";

/** As much of a JSON Schema as says which keys there are. */
export interface Schema {
  $ref?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  definitions?: Record<string, Schema>;
}

/** What a schema says of a key: it names it, it takes any key there, or it takes none of that name. */
export type Knowledge = "named" | "open" | "unknown";

/** Below this there are only Kubernetes' own types. */
const maxDepth = 12;

/** The keys that the schema of a chart's values knows. */
export class SchemaKeys {
  readonly #root: Schema;

  constructor(schema: object) {
    this.#root = schema as Schema;
  }

  /** What is known of the key at the end of a place, where every key before it is a map's. */
  at(place: Place): Knowledge {
    let forms = this.#forms(this.#root);
    let known: Knowledge = "named";
    for (const key of place) {
      const named = forms.flatMap(({ properties }) =>
        properties && Object.hasOwn(properties, key) ? [properties[key] as Schema] : [],
      );
      const rest = forms.flatMap(({ additionalProperties, properties }) => {
        if (typeof additionalProperties === "object") return [additionalProperties];
        // A form that says nothing of keys takes any.
        return additionalProperties === false || (properties && additionalProperties === undefined) ? [] : [{}];
      });
      if (named.length === 0 && rest.length === 0) return "unknown";
      if (named.length === 0) known = "open";
      forms = [...named, ...(named.length > 0 ? [] : rest)].flatMap((schema) => this.#forms(schema));
    }
    return known;
  }

  /** Every place that the schema names, items of lists left out. */
  places(): Place[] {
    const found = new Map<string, Place>();
    const visit = (schema: Schema, place: Place, above: Schema[]): void => {
      for (const form of this.#forms(schema)) {
        if (place.length >= maxDepth || above.includes(form)) continue;
        for (const [key, property] of Object.entries(form.properties ?? {})) {
          const inner = [...place, key];
          found.set(JSON.stringify(inner), inner);
          visit(property, inner, [...above, form]);
        }
      }
    };
    visit(this.#root, [], []);
    return [...found.values()];
  }

  /** The alternatives of a schema that may be a map, references followed. */
  #forms(schema: Schema): Schema[] {
    if (schema.$ref) {
      const target = definitionOf(schema, this.#root);
      return target ? this.#forms(target) : [];
    }
    const inner = [schema.anyOf, schema.oneOf, schema.allOf].flatMap((all) => all ?? []);
    if (inner.length > 0) return inner.flatMap((one) => this.#forms(one));
    const { type } = schema as { type?: string | string[] };
    return type === undefined || [type].flat().includes("object") ? [schema] : [];
  }
}
