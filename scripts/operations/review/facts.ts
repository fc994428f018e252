import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { importOrThrow } from "../../engine/import-module.ts";
import { compareValues, type Difference } from "./compare.ts";

/** A file of facts that differs, with what it says: an environment's, an app's, its tags, or the platform's. */
export interface FactChange {
  /** Its path in the repository. */
  file: string;
  does: "new" | "gone" | "changes";
  differences: Difference[];
  /** Why it cannot be read on one side. */
  problem?: string;
}

/** Facts that differ between two trees; a file that cannot be read is said, and the others are compared all the same. */
export async function compareFacts(before: string, after: string): Promise<FactChange[]> {
  const files = [...new Set([...factFiles(before), ...factFiles(after)])].sort();
  const all = await Promise.all(
    files.map(async (file): Promise<FactChange[]> => {
      const [old, fresh] = await Promise.all([read(before, file), read(after, file)]);
      const problem = old?.problem ?? fresh?.problem;
      const does = old ? (fresh ? "changes" : "gone") : "new";
      if (problem !== undefined) return [{ file, does, differences: [], problem }];
      const differences = compareValues(old?.facts, fresh?.facts);
      return differences.length > 0 ? [{ file, does, differences: does === "changes" ? differences : [] }] : [];
    }),
  );
  return all.flat();
}

function factFiles(root: string): string[] {
  const inFolder = (folder: string) => {
    const names = existsSync(path.join(root, folder)) ? readdirSync(path.join(root, folder)) : [];
    const facts = names.filter((name) => /(?<!\.test)\.(ts|json)$/.test(name));
    return facts.map((name) => `${folder}/${name}`);
  };
  return ["values-src/platform.ts", ...inFolder("values-src/environments"), ...inFolder("values-src/apps")];
}

async function read(root: string, file: string): Promise<{ facts?: unknown; problem?: string } | undefined> {
  const absolute = path.join(root, file);
  if (!existsSync(absolute)) return undefined;
  try {
    if (file.endsWith(".json")) return { facts: JSON.parse(readFileSync(absolute, "utf8")) };
    return { facts: await factsIn(absolute) };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

/** The facts of a module, as JSON holds them. Throws an error that says why it does not load. */
export async function factsIn(file: string): Promise<unknown> {
  const { default: own, platform } = await importOrThrow<{ default?: unknown; platform?: unknown }>(file);
  return JSON.parse(JSON.stringify(own ?? platform ?? null));
}
