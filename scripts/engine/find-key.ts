interface Schema {
  $ref?: string;
  properties?: Record<string, Schema>;
  anyOf?: Schema[];
  oneOf?: Schema[];
  definitions?: Record<string, Schema>;
}

/** How deep to look: further down, a key of that name is hardly the one that was meant. */
const maxDepth = 3;

/** Where else in a schema's object a key stands, as `a.b.key`; undefined if nowhere, or at several places. */
export function findKey(root: Schema, key: string): string | undefined {
  const found = new Set<string>();
  const visit = (schema: Schema, path: string[]): void => {
    const target = schema.$ref
      ? root.definitions?.[decodeURIComponent(schema.$ref.slice("#/definitions/".length))]
      : schema;
    if (!target || path.length > maxDepth) return;
    if (path.at(-1) === key) found.add(path.join("."));
    for (const [name, property] of Object.entries(target.properties ?? {})) visit(property, [...path, name]);
    for (const branch of [...(target.anyOf ?? []), ...(target.oneOf ?? [])]) visit(branch, path);
  };
  visit(root, []);
  return found.size === 1 ? [...found][0] : undefined;
}
