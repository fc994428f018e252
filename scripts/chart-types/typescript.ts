import type { Property, Type } from "./type-model.ts";

/** An interface to print. */
export interface Declaration {
  name: string;
  /** Always an object type. */
  type: Type;
}

const maxDefaultLength = 100;

/** Text of a module with the given interfaces and the imports that they need. */
export function printModule(header: string[], declarations: Declaration[]): string {
  const imports = new Map<string, Set<string>>();
  for (const { type } of declarations) collectImports(type, imports);
  const importLines = [...imports]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([from, names]) => `import type { ${[...names].sort().join(", ")} } from "${from}";`);
  const interfaces = declarations.map(({ name, type }) => `export interface ${name} ${printType(type, 0)}`);
  const parts = [header.map((line) => `// ${line}`).join("\n"), importLines.join("\n"), ...interfaces];
  return `${parts.filter(Boolean).join("\n\n")}\n`;
}

function collectImports(type: Type, imports: Map<string, Set<string>>): void {
  if (type.kind === "list") collectImports(type.items, imports);
  else if (type.kind === "union") for (const one of type.of) collectImports(one, imports);
  else if (type.kind === "extended") for (const one of [type.base, type.by]) collectImports(one, imports);
  else if (type.kind === "object") {
    for (const property of type.properties) collectImports(property.type, imports);
    if (type.rest) collectImports(type.rest, imports);
  } else if (type.from) {
    const names = imports.get(type.from) ?? new Set();
    imports.set(type.from, names.add(type.name.replace(/\[\]$/, "")));
  }
}

function printType(type: Type, depth: number): string {
  switch (type.kind) {
    case "name":
      return type.name;
    case "list": {
      const items = printType(type.items, depth);
      return type.items.kind === "union" ? `(${items})[]` : `${items}[]`;
    }
    case "union":
      return type.of.map((one) => printType(one, depth)).join(" | ");
    case "extended":
      return `(${printType(type.base, depth)} & ${printType(type.by, depth)})`;
    case "object":
      return printObject(type, depth);
  }
}

function printObject({ properties, rest }: Extract<Type, { kind: "object" }>, depth: number): string {
  if (properties.length === 0) return `Record<string, ${rest ? printType(rest, depth) : "never"}>`;
  const indent = "  ".repeat(depth + 1);
  const lines = properties.map((property) => printProperty(property, depth + 1));
  // Beside known keys, only `unknown` fits whatever type they have.
  if (rest) lines.push(`${indent}[key: string]: unknown;`);
  return `{\n${lines.join("\n")}\n${"  ".repeat(depth)}}`;
}

function printProperty(property: Property, depth: number): string {
  const indent = "  ".repeat(depth);
  const comment = [describeDefault(property), ...(property.tags ?? [])].filter(Boolean).join(" ");
  const key = /^[A-Za-z_$][\w$]*$/.test(property.key) ? property.key : JSON.stringify(property.key);
  return `${comment === "" ? "" : `${indent}/** ${comment} */\n`}${indent}${key}${property.required ? "" : "?"}: ${printType(property.type, depth)};`;
}

function describeDefault({ default: value, type }: Property): string {
  if (value === undefined || (type.kind === "object" && isFilledMap(value))) return "";
  // Escaped, because both would end the comment or begin a tag in it; it stays JSON.
  const json = JSON.stringify(value).replaceAll("@", "\\u0040").replaceAll("*/", "*\\/");
  if (json.length <= maxDefaultLength) return `@default ${json}`;
  if (typeof value === "string") return `Default: a text of ${value.trimEnd().split("\n").length} lines.`;
  const size = Array.isArray(value) ? `a list of ${value.length}` : `a map of ${Object.keys(value as object).length}`;
  return `Default: ${size}.`;
}

function isFilledMap(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length > 0;
}
