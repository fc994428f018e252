import { parseArgs } from "node:util";
import { type ExitCode, runCommand } from "./lib/command.ts";
import { type Issue, IssueError } from "./lib/issue.ts";
import { compareTags } from "./lib/promotion/compare-tags.ts";
import { nextSteps } from "./lib/promotion/next-steps.ts";
import { readImageTags, setImageTag } from "./lib/promotion/set-image-tag.ts";
import { unknownName } from "./lib/suggest.ts";
import { imageTagProblem, imageTagsFile } from "./lib/values/image-tags.ts";

const usage = `npm run promote -- FROM TO [OPTIONS]: gives environment TO the image tag of environment FROM
npm run promote -- --tag TAG TO [OPTIONS]: gives TO a tag that no environment has yet, such as a new build's

  --tag TAG  this tag instead of an environment's
  --force    even if that is an older version, or cannot be told
  --check    write nothing; exit 2 and show the difference if something would change

Writes TO's line in ${imageTagsFile} and the values that follow from it. Commits and pushes nothing.
`;

await runCommand(async (): Promise<ExitCode> => {
  const { values: options, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      tag: { type: "string" },
      force: { type: "boolean", default: false },
      check: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (options.help) {
    process.stdout.write(usage);
    return 0;
  }
  const root = process.cwd();
  const tags = readImageTags(root);
  const { from, to } = readNames(positionals, options.tag, Object.keys(tags));
  const [before, tag] = [tags[to] ?? "", options.tag ?? tags[from ?? ""] ?? ""];
  return setImageTag({
    root,
    env: to,
    tag,
    check: options.check,
    refused: options.force ? [] : refuse(to, before, tag),
    title: `${to}: ${before} -> ${tag}${from ? `, as ${from} has it` : ""}`,
    next: (changes) => nextSteps(root, to, `Promote ${tag} to ${to}`, changes),
  });
});

function readNames(names: string[], tag: string | undefined, known: string[]): { from?: string; to: string } {
  const [from, to] = tag === undefined ? names : [undefined, ...names];
  const expected = tag === undefined ? ["FROM", "TO"] : ["TO"];
  const issues: Issue[] = names.flatMap((name, index) => {
    const file = expected[index] ?? "promote";
    return known.includes(name) ? [] : [{ file, message: unknownName("environment", name, known) }];
  });
  if (names.length !== expected.length) {
    const message = `takes ${expected.join(" and ")}, got ${names.join(" ") || "neither"}: see npm run promote -- --help`;
    issues.push({ file: "promote", message });
  }
  if (from !== undefined && from === to) {
    issues.push({ file: "promote", message: `FROM and TO are both "${to}": name two environments` });
  }
  const wrong = tag === undefined ? undefined : imageTagProblem(tag);
  if (wrong) issues.push({ file: "--tag", message: wrong });
  if (issues.length > 0 || to === undefined) throw new IssueError(...issues);
  return { ...(from && { from }), to };
}

function refuse(env: string, before: string, tag: string): Issue[] {
  if (before === tag) return [];
  const order = compareTags(tag, before);
  if (order !== undefined && order >= 0) return [];
  const problem =
    order === undefined
      ? `${before} -> ${tag}: not both are versions like 1.2.3, so which is older cannot be told`
      : `${tag} is older than ${before}, which ${env} has`;
  const back = `to go back to what it had, run \`npm run rollback -- ${env}\``;
  return [{ file: env, message: `${problem}. If it is meant, repeat it with --force; ${back}.` }];
}
