import { displayPath } from "../issue.ts";
import type { Change } from "../values/write-tree.ts";

/** Unified diffs from the disk to what is wanted; of a schema, which is long and derived, only that it differs. */
export async function showChanges(changes: Change[], root: string): Promise<string> {
  const { createTwoFilesPatch, FILE_HEADERS_ONLY } = await import("diff");
  const patches = changes.map(({ file, before, after }) => {
    const name = displayPath(file, root);
    if (file.endsWith(".schema.json")) return `${name} differs from the types\n`;
    const [from, to] = [before === undefined ? "/dev/null" : name, after === undefined ? "/dev/null" : name];
    return createTwoFilesPatch(from, to, before ?? "", after ?? "", "", "", { headerOptions: FILE_HEADERS_ONLY });
  });
  return patches.join("");
}
