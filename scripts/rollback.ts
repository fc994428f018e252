import { parseArgs } from "node:util";
import { type ExitCode, runCommand } from "./lib/command.ts";
import { IssueError } from "./lib/issue.ts";
import { describeTag, findNamed, findPrevious } from "./lib/promotion/find-past-tag.ts";
import { instantSteps, nextSteps } from "./lib/promotion/next-steps.ts";
import { readImageTags, setImageTag } from "./lib/promotion/set-image-tag.ts";
import { tagHistory } from "./lib/promotion/tag-history.ts";
import { unknownName } from "./lib/suggest.ts";
import { imageTagsFile } from "./lib/values/image-tags.ts";

const usage = `npm run rollback -- ENV [OPTIONS]: gives an environment the image tag it had before, by the history of git

  --to TAG  this one of the tags that it had (default: the one before the current one)
  --check   write nothing; exit 2 and show the difference if something would change

Writes ENV's line in ${imageTagsFile} and the values that follow from it. Commits and pushes nothing.
The instant way back is \`kubectl argo rollouts abort\` while a version is rolled out, \`undo\` after that.
`;

await runCommand(async (): Promise<ExitCode> => {
  const { values: options, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      to: { type: "string" },
      check: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (options.help) {
    process.stdout.write(usage);
    return 0;
  }
  const root = process.cwd();
  const env = readName(positionals, Object.keys(readImageTags(root)));
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
});

function readName(names: string[], known: string[]): string {
  const [env = ""] = names;
  if (names.length === 1 && known.includes(env)) return env;
  if (names.length === 1) throw new IssueError({ file: "ENV", message: unknownName("environment", env, known) });
  const message = `takes one environment, got ${names.join(" ") || "none"}: see npm run rollback -- --help`;
  throw new IssueError({ file: "rollback", message });
}
