/** A TypeScript type of values, before it is printed. */
export type Type =
  | { kind: "name"; name: string; from?: string }
  | { kind: "object"; properties: Property[]; rest?: Type }
  | { kind: "list"; items: Type }
  | { kind: "union"; of: Type[] }
  /** A Kubernetes type with keys of the chart's own. */
  | { kind: "extended"; base: Type; by: Type };

export interface Property {
  key: string;
  type: Type;
  /** What the chart sets; absent if it sets nothing. */
  default?: unknown;
  /** What a type cannot say, as JSDoc tags: `@minimum 0`. */
  tags?: string[];
  /** Whether it must be given. */
  required?: boolean;
}

export const named = (name: string, from?: string): Type => ({ kind: "name", name, ...(from && { from }) });
export const unknown: Type = named("unknown");
export const nil: Type = named("null");

/** The union of types, flat and without repetition; `unknown` takes in all others. */
export function unionOf(types: Type[]): Type {
  if (types.length === 1) return types[0] as Type;
  const flat = types.flatMap((type) => (type.kind === "union" ? type.of : [type]));
  const distinct = [...new Map(flat.map((type) => [JSON.stringify(type), type])).values()];
  if (distinct.length === 0 || distinct.some((type) => type.kind === "name" && type.name === "unknown")) return unknown;
  return distinct.length === 1 ? (distinct[0] as Type) : { kind: "union", of: distinct };
}

/** The alternatives of a type. */
export function formsOf(type: Type): Type[] {
  return type.kind === "union" ? type.of : [type];
}
