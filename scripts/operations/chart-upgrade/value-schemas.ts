import { copyFileSync, existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { importChart } from "../../chart-types/import.ts";
import { deriveSchemas } from "../../engine/derive-schema.ts";

/** Types that are written by hand, which imported types of charts are made of. */
const ownTypes = ["kubernetes.ts", "alertmanager.ts"];

/**
 * Schemas of the values of two charts, as `npm run charts` and `npm run gen` would make them, without a trace in the
 * repository. Throws where a chart cannot be read.
 */
export function deriveValueSchemas(root: string, before: string, after: string): [object, object] {
  const folder = mkdtempSync(path.join(tmpdir(), "chart-types-"));
  try {
    for (const name of ownTypes) {
      const types = path.join(root, "values-src/charts", name);
      if (existsSync(types)) copyFileSync(types, path.join(folder, name));
    }
    symlinkSync(path.join(root, "node_modules"), path.join(folder, "node_modules"));
    const sources = [before, after].map((directory, at) => {
      const file = path.join(folder, at === 0 ? "before.ts" : "after.ts");
      writeFileSync(file, importChart(directory));
      return { file, type: "Values" };
    });
    return deriveSchemas(sources) as [object, object];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
