import { KnownTrees } from "../engine/known-trees.ts";
import { applyChanges } from "../engine/write-tree.ts";
import { defineCommand } from "../frame/command.ts";
import { showChanges } from "../operations/promotion/next-steps.ts";
import { count, displayPath } from "../problems/issue.ts";

export const command = defineCommand({
  summary: "writes generated/ and schemas/ from values-src/",
  operands: [{ name: "ENV", optional: true, is: "environment", help: "only this environment" }],
  options: {
    release: { value: "RELEASE", help: "only this release" },
    out: { value: "DIR", help: "write DIR/<env>/<release>.yaml instead, and no schemas" },
    check: { help: "write nothing; show the difference and exit with 2 if something would change", onlyReads: true },
  },
  touches: "tree",
  async run({ root, operands: [env], options: { release, out, check } }) {
    const trees = (env ?? release ?? out) ? undefined : new KnownTrees(root, "gen");
    if (trees?.isKnown) return { code: 0, text: "everything is up to date", data: { changes: [] } };
    // Loaded only now: what comes with it takes longer than reading the tree.
    const { generate } = await import("../engine/generate.ts");
    const { changes } = await generate({ root, env, release, out });
    if (changes.length === 0) trees?.remember();
    const data = {
      changes: changes.map(({ file, after }) => ({ file: displayPath(file, root), removed: after === undefined })),
    };
    if (changes.length === 0) return { code: 0, text: "everything is up to date", data };
    if (check) {
      const differ = `${count(changes.length, "file")} not as values-src/ says: run \`npm run gen\` and commit the result`;
      return { code: 2, text: `${await showChanges(changes, root)}\n${differ}`, data };
    }
    applyChanges(changes);
    trees?.remember(changes);
    const lines = data.changes.map(({ file, removed }) => `${removed ? "removed" : "wrote"} ${file}`);
    return { code: 0, text: lines.join("\n"), data };
  },
});
