import { imageTagsFile } from "../engine/environment-data.ts";
import { defineCommand } from "../frame/command.ts";
import { instantSteps, nextSteps } from "../operations/promotion/next-steps.ts";
import { readImageTags, setImageTag } from "../operations/promotion/set-image-tag.ts";
import { describeTag, findNamed, findPrevious, tagHistory } from "../operations/promotion/tag-history.ts";

export const command = defineCommand({
  summary: "gives an environment the image tag it had before, by the history of git",
  operands: [{ name: "ENV", is: "environment" }],
  options: {
    to: { value: "TAG", help: "one of the tags that it had; the one before the current one unless given" },
    check: { help: "write nothing; show the difference and exit with 2 if something would change" },
  },
  notes: `Writes ENV's line in ${imageTagsFile} and the values that follow from it. Commits and pushes nothing.
The instant way back is npm run abort while a version is rolled out, npm run undo after that.`,
  touches: "files",
  async run({ root, operands: [env = ""], options }) {
    readImageTags(root);
    const past = tagHistory(root, env);
    const { tag } = options.to === undefined ? findPrevious(root, env, past) : findNamed(root, env, past, options.to);
    return setImageTag({
      root,
      env,
      tag,
      check: options.check,
      refused: [],
      title: `${env}: ${describeTag(past[0])} -> ${describeTag(past.find((entry) => entry.tag === tag))}`,
      next: async (changes) => {
        const steps = await nextSteps(root, env, `Roll ${env} back to ${tag}`, changes);
        return `${steps}\n${await instantSteps(root, env, changes)}`;
      },
    });
  },
});
