import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { type Issue, IssueError } from "../problems/issue.ts";
import type { KnownMetrics } from "../promql/check.ts";
import { importModule } from "./import-module.ts";
import type { FurtherCheck } from "./schemas.ts";

/** The check of PromQL against what `values-src/observability/metrics.ts` exports; none in a repository without it. */
export async function loadPromqlCheck(root: string): Promise<FurtherCheck | undefined> {
  const file = path.join(root, "values-src/observability/metrics.ts");
  if (!existsSync(file)) return undefined;
  const module = await importModule<{ knownMetrics?: unknown }>(file);
  if ("message" in module) throw new IssueError(module as Issue);
  const known = module.knownMetrics;
  if (!isKnownMetrics(known)) {
    throw new IssueError({ file, message: "must export knownMetrics: Record<string, readonly string[]>" });
  }
  return {
    version: createHash("sha256").update(JSON.stringify(known)).update(ownCode()).digest("hex"),
    // The parser takes time to load, so only changed values pay for it.
    check: async (values) => (await import("../promql/check.ts")).checkPromql(values, known),
  };
}

function isKnownMetrics(value: unknown): value is KnownMetrics {
  return typeof value === "object" && value !== null && Object.values(value).every(Array.isArray);
}

/** What was found valid by an earlier check is tried again by a better one. */
function ownCode(): string {
  const folder = path.resolve(import.meta.dirname, "../promql");
  const files = readdirSync(folder).filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"));
  return files.map((file) => readFileSync(path.join(folder, file), "utf8")).join("\n");
}
