import type { Change } from "../../engine/write-tree.ts";
import { displayPath } from "../../problems/issue.ts";

/** Unified diffs from the files on disk to what they should be. A schema is long and derived, so it is only named. */
export async function showChanges(changes: Change[], root: string): Promise<string> {
  const { createTwoFilesPatch, FILE_HEADERS_ONLY } = await import("diff");
  const patches = changes.map(({ file, before, after }) => {
    const name = displayPath(file, root);
    if (file.endsWith(".schema.json")) return `${name} differs from the types\n`;
    const from = before === undefined ? "/dev/null" : name;
    const to = after === undefined ? "/dev/null" : name;
    return createTwoFilesPatch(from, to, before ?? "", after ?? "", "", "", { headerOptions: FILE_HEADERS_ONLY });
  });
  return patches.join("");
}
