import { generate } from "../engine/generate.ts";
import { defineCommand } from "../frame/command.ts";
import { annotationsOf } from "../operations/review/annotations.ts";
import { findChanges } from "../operations/review/changes.ts";
import { describeReview, describeReviewInMarkdown } from "../operations/review/describe.ts";
import { compareFacts } from "../operations/review/facts.ts";
import { releaseNamesIn } from "../operations/review/released.ts";
import { reviewOf } from "../operations/review/review.ts";
import { committedTree, findBase, workingTree } from "../operations/review/tree.ts";
import { requireKnown } from "../problems/suggest.ts";

export const command = defineCommand({
  summary: "what this branch changes for clusters and users, dangers first, without a cluster",
  operands: [{ name: "ENV", optional: true, is: "environment", help: "only this environment" }],
  options: {
    app: { value: "A", help: "only this app, or this release" },
    base: { value: "REF", help: "compare with where this branch left REF; else origin/HEAD, origin/main or main" },
    fail: { value: "KINDS", help: "exit with 1 at an effect of these kinds or dangers: --fail danger,alert-gone" },
    markdown: { help: "print Markdown, for a pull request" },
  },
  notes:
    "The base is what its generated/ says; this side is what gen would write. Objects are known where helm and the charts are at hand.",
  touches: "nothing",
  async run({ root, operands: [env], options: { app, base, fail, markdown } }) {
    const before = committedTree(root, findBase(root, base));
    const { changes } = await generate({ root });
    const after = workingTree(root, changes);
    requireKnown("app", app, releaseNamesIn(before, after));
    const found = await findChanges(before, after, { ...(env && { env }), ...(app && { app }) });
    const review = reviewOf(before.name, await compareFacts(before.root, root), found);
    const text = markdown ? describeReviewInMarkdown(review) : describeReview(review);
    const refused = review.effects.some(({ danger, kind }) =>
      fail?.split(",").some((one) => [danger, kind].includes(one)),
    );
    const code = refused ? 1 : review.changes.length > 0 ? 2 : 0;
    return { code, text, data: review, annotations: () => annotationsOf(root, review) };
  },
});
