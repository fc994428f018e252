import path from "node:path";
import { KnownTrees } from "../engine/known-trees.ts";
import { valuesFiles } from "../engine/write-tree.ts";
import { type Answer, defineCommand } from "../frame/command.ts";
import { count, type Issue, IssueError } from "../problems/issue.ts";

export const command = defineCommand({
  summary: "validates values files on disk against the schemas; without a file, values-src/ as gen does too",
  operands: [{ name: "FILE", optional: true, many: true, help: "any values file; all of generated/ if none is given" }],
  options: {
    release: {
      value: "RELEASE",
      help: "the release whose values they are; else the file's name or its $schema line tells",
    },
  },
  touches: "nothing",
  async run({ root, operands, options }) {
    const files = operands.map((file) => path.resolve(callerDirectory(root), file));
    const trees = files.length > 0 || options.release ? undefined : new KnownTrees(root, "check");
    if (trees?.isKnown) return valid(valuesFiles(root).length);
    // Loaded only now: what comes with it takes longer than reading the tree.
    const { checkFiles } = await import("../engine/check-files.ts");
    const { checked, issues } = await checkFiles(root, files, options.release);
    if (trees) issues.push(...(await problemsOfValues(root)));
    if (issues.length > 0) throw new IssueError(...issues);
    trees?.remember();
    return valid(checked);
  },
});

function valid(checked: number): Answer {
  return { code: 0, text: `${count(checked, "file")} valid`, data: { checked, problems: [] } };
}

/** What `gen` would refuse: nothing is written. */
async function problemsOfValues(root: string): Promise<Issue[]> {
  const { generate } = await import("../engine/generate.ts");
  try {
    await generate({ root });
    return [];
  } catch (error) {
    if (error instanceof IssueError) return error.issues;
    throw error;
  }
}

/** npm starts scripts in the root and says where in it the caller was. */
function callerDirectory(root: string): string {
  const caller = process.env.INIT_CWD ?? root;
  return path.relative(root, caller).startsWith("..") ? root : caller;
}
