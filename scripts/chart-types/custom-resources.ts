import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { isMap } from "./defaults.ts";
import { named, nil, type Property, type Type, unionOf, unknown } from "./type-model.ts";
import type { Declaration } from "./typescript.ts";

/** What a CustomResourceDefinition says of a field: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/ */
export interface FieldSchema {
  type?: string;
  properties?: Record<string, FieldSchema>;
  required?: string[];
  additionalProperties?: boolean | FieldSchema;
  items?: FieldSchema;
  enum?: unknown[];
  pattern?: string;
  "x-kubernetes-int-or-string"?: boolean;
  "x-kubernetes-preserve-unknown-fields"?: boolean;
}

/** Fields of a type that is larger stay open: generators of ApplicationSets have some thousands, which nobody reads. */
const maxFields = 700;
/** An object of fewer fields gets no name of its own. */
const minNamed = 4;

const own = (name: string): Type => named(name, "./kubernetes.ts");

/** Types of what Kubernetes itself has too: the field's name tells. */
const shared: Record<string, Type> = {
  affinity: named("Affinity", "kubernetes-types/core/v1"),
  tolerations: { kind: "list", items: own("Toleration") },
};

/** The same of a PersistentVolumeClaim's spec, which is known by its access modes. */
const ofClaims: Record<string, Type> = {
  accessModes: { kind: "list", items: own("AccessMode") },
  resources: own("ClaimResources"),
};

/** Types of the fields of custom resources, by the definitions that charts ship. */
export class CustomResources {
  /** What the types refer to by name. */
  readonly declarations: Declaration[] = [];
  readonly #files = new Map<string, string>();
  readonly #schemas = new Map<string, FieldSchema | undefined>();
  readonly #names = new Map<string, string>();

  /** @param directories Of the charts. A definition that several have is that of the first. */
  constructor(directories: string[]) {
    for (const directory of directories) {
      for (const base of globSync("{,charts/*/}{crds,templates/crds}/**/*.yaml", { cwd: directory }).sort()) {
        const file = path.join(directory, base);
        const text = readFileSync(file, "utf8");
        const kind = /^kind: CustomResourceDefinition$/m.test(text) && /^ {4}kind: (\w+)$/m.exec(text)?.[1];
        if (kind && !this.#files.has(kind)) this.#files.set(kind, file);
      }
    }
  }

  /**
   * What is said of a field.
   * @param under Its place, as `relabelings/endpoints/spec@ServiceMonitor`.
   * @returns undefined for what is no field of a custom resource.
   */
  fieldAt(under: string): FieldSchema | undefined {
    const [keys = "", kind = ""] = under.split("@");
    return keys
      .split("/")
      .reverse()
      .reduce((schema: FieldSchema | undefined, key) => {
        const map = schema?.items ?? schema;
        const rest = map?.additionalProperties;
        return map?.properties?.[key] ?? (typeof rest === "object" ? rest : undefined);
      }, this.#schemaOf(kind));
  }

  /**
   * The type of such a field, if it is a list or map as the chart's default is. Undefined as well where it has too many
   * fields of its own.
   */
  typeAt(under: string, value: unknown): Type | undefined {
    const field = this.fieldAt(under);
    // Where the text of a template goes is not always known for sure.
    const isOther = (isMap(value) && field?.type !== "object") || (Array.isArray(value) && field?.type !== "array");
    if (field === undefined || typeOfScalar(field, "") || isOther || countFields(field) > maxFields) return undefined;
    const [keys = "", kind = ""] = under.split("@");
    return this.#typeOf(field, keys.split("/")[0] as string, kind, false);
  }

  #schemaOf(kind: string): FieldSchema | undefined {
    const file = this.#files.get(kind);
    if (file === undefined) return undefined;
    if (!this.#schemas.has(kind)) this.#schemas.set(kind, readSchema(file));
    return this.#schemas.get(kind);
  }

  #typeOf(field: FieldSchema, key: string, kind: string, inList: boolean): Type {
    const scalar = typeOfScalar(field, key);
    if (scalar) return scalar;
    if (field.type === "array") {
      return { kind: "list", items: this.#typeOf(field.items ?? {}, key.replace(/s$/, ""), kind, true) };
    }
    if (field.properties === undefined) {
      const rest = field.additionalProperties;
      const items = typeof rest === "object" ? unionOf([this.#typeOf(rest, key, kind, inList), nil]) : unknown;
      return field.type === "object" ? { kind: "object", properties: [], rest: items } : unknown;
    }
    const known = "accessModes" in field.properties ? ofClaims : shared;
    const properties = Object.entries(field.properties).map(([name, below]): Property => {
      // Lists are replaced as a whole; of a map, another values file may have the rest.
      const required = inList && field.required?.includes(name) === true;
      const type = Object.hasOwn(known, name) ? (known[name] as Type) : this.#typeOf(below, name, kind, inList);
      return { key: name, type: required ? type : unionOf([type, nil]), ...(required && { required }) };
    });
    const open = field["x-kubernetes-preserve-unknown-fields"] === true;
    const type: Type = { kind: "object", properties, ...(open && { rest: unknown }) };
    return properties.length < minNamed ? type : this.#declare(`${kind}${pascalCase(key)}`, type);
  }

  /** A name for the type: the same for equal ones. */
  #declare(wanted: string, type: Type): Type {
    const text = JSON.stringify(type);
    const known = this.#names.get(text);
    if (known !== undefined) return named(known);
    const taken = new Set(this.#names.values());
    let name = wanted;
    for (let count = 2; taken.has(name); count++) name = `${wanted}${count}`;
    this.#names.set(text, name);
    this.declarations.push({ name, type });
    return named(name);
  }
}

/** Helm's actions are taken out of definitions that are templates: they only add metadata. */
function readSchema(file: string): FieldSchema | undefined {
  const text = readFileSync(file, "utf8").replace(/^\s*\{\{.*\}\}\s*$/gm, "");
  const { spec } = parse(text) as {
    spec: { versions: { storage: boolean; schema: { openAPIV3Schema: FieldSchema } }[] };
  };
  return spec.versions.find(({ storage }) => storage)?.schema.openAPIV3Schema;
}

/** Type of a text, number or boolean by its schema; undefined for maps and lists. */
export function typeOfScalar(field: FieldSchema, key: string): Type | undefined {
  if (field.enum) return unionOf(field.enum.map((literal) => named(JSON.stringify(literal))));
  if (field["x-kubernetes-int-or-string"]) {
    return /\[KMGTPE\]i/.test(field.pattern ?? "") ? own("Amount") : unionOf([named("string"), named("number")]);
  }
  switch (field.type) {
    case "string":
      return textType(key, field.pattern ?? "");
    case "integer":
    case "number":
      return named("number");
    case "boolean":
      return named("boolean");
    default:
      return undefined;
  }
}

/** Type of a text by its field's name and pattern. */
function textType(key: string, pattern: string): Type {
  if (pattern.includes("([0-9]+)s)?(([0-9]+)ms)?")) return own("Duration");
  if (/\|P\)i\?\)\?B\)/.test(pattern)) return own("Bytes");
  return durationNames.test(key) ? own("Duration") : named("string");
}

/** Names of fields that hold a duration. */
export const durationNames = /(?:interval|timeout|duration|retention|delay|ttl|maxtime)$/i;

function countFields({ properties = {}, items, additionalProperties }: FieldSchema): number {
  const below = [...Object.values(properties), items, additionalProperties].filter((one) => typeof one === "object");
  return below.reduce((sum, one) => sum + countFields(one as FieldSchema), Object.keys(properties).length);
}

function pascalCase(key: string): string {
  return key.charAt(0).toUpperCase() + key.slice(1);
}
