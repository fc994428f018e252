import type { Issue } from "../problems/issue.ts";
import type { FurtherCheck, Schemas } from "./schemas.ts";
import type { YamlFile } from "./yaml-file.ts";

/** Problems of a YAML file against a schema and a further check, each at its line and column. */
export async function validateYaml(
  yaml: YamlFile,
  schema: string,
  schemas: Schemas,
  further?: FurtherCheck,
): Promise<Issue[]> {
  const findings = await schemas.validate(schema, yaml.data, further);
  return findings
    .map(({ path, message, ofKey }) => ({
      file: yaml.file,
      ...yaml.locate(path, ofKey),
      path: toPointer(path),
      message,
    }))
    .sort((one, other) => one.line - other.line || one.column - other.column);
}

/** JSON pointer of a path. */
export function toPointer(path: (string | number)[]): string {
  return path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
