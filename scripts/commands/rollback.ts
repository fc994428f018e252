import { appFile } from "../engine/apps.ts";
import { imageTagsFile } from "../engine/image-tags.ts";
import { appOption, defineCommand } from "../frame/command.ts";
import { findApp } from "../frame/target.ts";
import { instantSteps, nextSteps } from "../operations/promotion/next-steps.ts";
import { setImageTags, shortTag, withoutDigest } from "../operations/promotion/set-image-tag.ts";
import { describeTag, findNamed, findPrevious, tagHistory } from "../operations/promotion/tag-history.ts";
import { IssueError } from "../problems/issue.ts";

export const command = defineCommand({
  summary: "gives an app the image tag that it had before in an environment, by the history of git",
  operands: [{ name: "ENV", is: "environment" }],
  options: {
    ...appOption,
    to: { value: "TAG", help: "one of the tags that it had; the one before the current one unless given" },
    check: { help: "write nothing; show the difference and exit with 2 if something would change", onlyReads: true },
  },
  notes: `Writes ENV's line in ${imageTagsFile("<app>")} and the values that follow from it. Commits and pushes nothing.
The instant way back is npm run abort while a version is rolled out, npm run undo after that.`,
  touches: "tree",
  async run({ root, operands: [env = ""], options }) {
    const app = await findApp(root, options.app);
    const current = app.tags[env];
    if (current === undefined) {
      throw new IssueError({ file: "ENV", message: `${app.name} is not in ${env} (${appFile(app.name)})` });
    }
    const line = { root, app: app.name, env, name: `${app.name} in ${env}` };
    const past = tagHistory(line);
    const { tag } = options.to === undefined ? findPrevious(line, past) : findNamed(line, past, options.to);
    const moved = { root, env, apps: [app] };
    return setImageTags({
      root,
      env,
      tags: { [app.name]: tag },
      check: options.check,
      refused: [],
      title: `${line.name}: ${describeTag(past[0])} -> ${describeTag(past.find((entry) => entry.tag === tag))}`,
      nothing: `${line.name} has ${shortTag(tag)} already: nothing to do`,
      next: async (changes) => {
        const subject = `Roll ${app.name} back to ${withoutDigest(tag)} in ${env}`;
        return `${await nextSteps(moved, subject, changes)}\n${await instantSteps(moved)}`;
      },
    });
  },
});
