import { imageTagProblem, imageTagsFile } from "../engine/environment-data.ts";
import { defineCommand } from "../frame/command.ts";
import { nextSteps } from "../operations/promotion/next-steps.ts";
import { compareTags, readImageTags, setImageTag } from "../operations/promotion/set-image-tag.ts";
import { type Issue, IssueError } from "../problems/issue.ts";
import { unknownName } from "../problems/suggest.ts";

export const command = defineCommand({
  summary: "gives environment TO the image tag of environment FROM; with --tag, a tag that no environment has yet",
  operands: [
    { name: "FROM", optional: true },
    { name: "TO", optional: true },
  ],
  options: {
    tag: { value: "TAG", help: "this tag, such as a new build's, instead of an environment's: only TO is named" },
    force: { help: "even if that is an older version, or neither is a version that can be compared" },
    check: { help: "write nothing; show the difference and exit with 2 if something would change" },
  },
  notes: `Writes TO's line in ${imageTagsFile} and the values that follow from it. Commits and pushes nothing.`,
  touches: "files",
  async run({ root, operands, options }) {
    const tags = readImageTags(root);
    const { from, to } = readNames(operands, options.tag, Object.keys(tags));
    const before = tags[to] ?? "";
    const tag = options.tag ?? tags[from ?? ""] ?? "";
    return setImageTag({
      root,
      env: to,
      tag,
      check: options.check,
      refused: options.force ? [] : refuse(to, before, tag),
      title: `${to}: ${before} -> ${tag}${from ? `, as ${from} has it` : ""}`,
      next: (changes) => nextSteps(root, to, `Promote ${tag} to ${to}`, changes),
    });
  },
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
