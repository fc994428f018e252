import { generate } from "../engine/generate.ts";
import { defineCommand } from "../frame/command.ts";
import { annotationsOf } from "../operations/review/annotations.ts";
import { findChanges } from "../operations/review/changes.ts";
import { describeReview, describeReviewInMarkdown } from "../operations/review/describe.ts";
import { dangers, kinds } from "../operations/review/effect.ts";
import { compareFacts } from "../operations/review/facts.ts";
import { readReleases } from "../operations/review/released.ts";
import { reviewOf } from "../operations/review/review.ts";
import { committedTree, findBase, workingTree } from "../operations/review/tree.ts";
import { IssueError } from "../problems/issue.ts";
import { requireKnown, unknownName } from "../problems/suggest.ts";

export const command = defineCommand({
  summary: "what this branch changes for clusters and users, dangers first, without a cluster",
  operands: [{ name: "ENV", optional: true, help: "only this environment" }],
  options: {
    app: { value: "A", help: "only this app, or this release" },
    base: { value: "REF", help: "compare with where this branch left REF; else origin/HEAD, origin/main or main" },
    fail: { value: "KINDS", help: "exit with 1 at an effect of these kinds or dangers: --fail danger,alert-gone" },
    markdown: { help: "print Markdown, for a pull request" },
  },
  notes:
    "The base is what its generated/ says; this side is what gen would write. Objects are known where helm and the charts are at hand.\n" +
    `--fail takes ${dangers.join(", ")} or kinds of effects: ${kinds.join(", ")}`,
  touches: "nothing",
  async run({ root, operands: [env], options: { app, base, fail, markdown } }) {
    const failing = readFailing(fail);
    const before = committedTree(root, findBase(root, base));
    const old = readReleases(before);
    const fresh = readReleases(workingTree(root, await generate({ root })));
    requireKnown("environment", env, [...new Set([...old.keys(), ...fresh.keys()])]);
    requireKnown("app", app, [
      ...new Set([...old.values(), ...fresh.values()].flatMap((releases) => [...releases.keys()])),
    ]);
    const found = await findChanges(old, fresh, { ...(env && { env }), ...(app && { app }) });
    const review = reviewOf(before.name, await compareFacts(before.root, root), found);
    const text = markdown ? describeReviewInMarkdown(review) : describeReview(review);
    const refused = review.effects.some(({ danger, kind }) => failing.includes(danger) || failing.includes(kind));
    const code = refused ? 1 : review.changes.length > 0 ? 2 : 0;
    return { code, text, data: review, annotations: () => annotationsOf(root, review) };
  },
});

/** Dangers and kinds of effects, written one after the other with commas. Throws `IssueError` where there is no such one. */
function readFailing(written?: string): string[] {
  const names = written?.split(",").map((name) => name.trim()) ?? [];
  const known: string[] = [...dangers, ...kinds];
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length === 0) return names;
  throw new IssueError(...unknown.map((name) => ({ file: "--fail", message: unknownName("effect", name, known) })));
}
