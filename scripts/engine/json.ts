/** Something that YAML or JSON cannot hold. */
export interface JsonProblem {
  /** JSON pointer. */
  path: string;
  message: string;
}

/** A copy of a value as JSON would hold it, without `undefined` properties, and what it could not hold. */
export function toJson(root: unknown): { value: unknown; problems: JsonProblem[] } {
  const problems: JsonProblem[] = [];
  const copy = (value: unknown, path: string, above: unknown[]): unknown => {
    if (value === null || typeof value === "string" || typeof value === "boolean") return value;
    if (typeof value === "number" && Number.isFinite(value)) return value;
    if (above.includes(value)) return report(path, "contains itself");
    if (Array.isArray(value)) return value.map((item, index) => copy(item, `${path}/${index}`, [...above, value]));
    if (!isPlainObject(value)) return report(path, `must be plain data, got ${nameOf(value)}`);
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    return Object.fromEntries(entries.map(([key, item]) => [key, copy(item, `${path}/${key}`, [...above, value])]));
  };
  const report = (path: string, message: string): null => {
    problems.push({ path, message });
    return null;
  };
  return { value: copy(root, "", []), problems };
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function nameOf(value: unknown): string {
  if (typeof value === "object" && value !== null) return `a ${value.constructor.name}`;
  return typeof value === "function" ? "a function" : String(value);
}
