import type { Finding } from "../problems/issue.ts";
import { definitionOf } from "./reached-schema.ts";

interface Schema {
  $ref?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  items?: Schema;
  anyOf?: Schema[];
  definitions?: Record<string, Schema>;
}

/** Keys that are shorter are too like each other: `host` and `hosts`, `port` and `post`. */
const minLength = 5;

/**
 * Keys that an open map has beside the ones that the chart declares in it, and that are one of those misspelt. The chart
 * takes any key there, so the schema does too.
 */
export function findNearMisses(root: Schema, data: unknown): Finding[] {
  const findings: Finding[] = [];
  const visit = (schemas: Schema[], value: unknown, path: Finding["path"]): void => {
    if (typeof value !== "object" || value === null) return;
    const forms = schemas.flatMap((schema) => formsOf(schema, root));
    if (forms.length === 0) return;
    if (Array.isArray(value)) {
      const items = forms.flatMap((form) => form.items ?? []);
      for (const [index, item] of value.entries()) visit(items, item, [...path, index]);
      return;
    }
    const isOpen = forms.some((form) => form.additionalProperties !== false && form.properties);
    const known = isOpen ? forms.flatMap((form) => Object.keys(form.properties ?? {})) : [];
    for (const [key, below] of Object.entries(value)) {
      const declared = forms.flatMap((form) => form.properties?.[key] ?? []);
      const meant = declared.length > 0 ? undefined : known.find((name) => isMisspelt(key, name) && !(name in value));
      if (meant) {
        const message = `any key may stand here, but this is nearly "${meant}", which the chart declares: did you mean "${meant}"?`;
        findings.push({ path: [...path, key], message, ofKey: true });
      }
      const rest = forms.flatMap((form) =>
        typeof form.additionalProperties === "object" ? form.additionalProperties : [],
      );
      visit(declared.length > 0 ? declared : rest, below, [...path, key]);
    }
  };
  visit([root], data, []);
  return findings;
}

/** The alternatives that a schema stands for. */
function formsOf(schema: Schema, root: Schema): Schema[] {
  const target = definitionOf(schema, root);
  if (!target) return [];
  return target.anyOf ? target.anyOf.flatMap((branch) => formsOf(branch, root)) : [target];
}

/** Whether one letter is left out, added, changed or swapped with the next; a plural or another number is another name. */
function isMisspelt(key: string, name: string): boolean {
  const [short, long] = key.length < name.length ? [key, name] : [name, key];
  if (short.length < minLength || long.length - short.length > 1) return false;
  if (long === `${short}s` || key.replace(/\d/g, "0") === name.replace(/\d/g, "0")) return false;
  let at = 0;
  while (at < short.length && short[at] === long[at]) at++;
  const [rest, other] = [short.slice(at), long.slice(at)];
  if (short.length !== long.length) return rest === other.slice(1);
  return (
    rest.slice(1) === other.slice(1) ||
    (rest.slice(2) === other.slice(2) && rest[0] === other[1] && rest[1] === other[0])
  );
}
