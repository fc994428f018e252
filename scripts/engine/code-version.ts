import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";

/**
 * Part of a cache's key: changes with the code of these files, or of folders without their tests, by their paths from here,
 * and with the versions of these packages. Read when first asked for.
 */
export function codeVersion(places: string[], packages: string[]): () => string {
  let version: string | undefined;
  return () => {
    version ??= hash(...packages.map(pinnedVersion), ...places.flatMap(textsOf));
    return version;
  };
}

/** Of all parts, in their order. */
export function hash(...parts: string[]): string {
  const digest = createHash("sha256");
  for (const part of parts) digest.update(part).update("\0");
  return digest.digest("hex");
}

function textsOf(place: string): string[] {
  const at = path.join(import.meta.dirname, place);
  if (statSync(at).isFile()) return [readFileSync(at, "utf8")];
  const files = readdirSync(at).filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"));
  return files.sort().map((file) => readFileSync(path.join(at, file), "utf8"));
}

function pinnedVersion(name: string): string {
  const text = readFileSync(path.join(import.meta.dirname, "../../package.json"), "utf8");
  return String((JSON.parse(text) as { devDependencies: Record<string, string> }).devDependencies[name]);
}
