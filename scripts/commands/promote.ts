import { appFile, appNames, type DeclaredApp, loadDeclaredApps } from "../engine/apps.ts";
import { environmentNames } from "../engine/environments.ts";
import { imageTagProblem, imageTagsFile } from "../engine/image-tags.ts";
import { defineCommand } from "../frame/command.ts";
import { chooseApp } from "../frame/target.ts";
import { nextSteps } from "../operations/promotion/next-steps.ts";
import { compareTags, setImageTags, shortTag, withoutDigest } from "../operations/promotion/set-image-tag.ts";
import { formatTable } from "../operations/text-table.ts";
import { count, type Issue, IssueError } from "../problems/issue.ts";
import { npmRun, unknownName } from "../problems/suggest.ts";

export const command = defineCommand({
  summary: "gives an app in TO the image tag that it has in FROM; with --tag, a tag that no environment has yet",
  operands: [
    { name: "FROM", optional: true },
    { name: "TO", optional: true },
  ],
  options: {
    app: { value: "A", help: "the app; may be left out while there is one" },
    all: { help: "every app whose tag in TO is another than in FROM: all of them, or on any problem none" },
    tag: { value: "TAG", help: "this tag, such as a new build's, instead of an environment's: only TO is named" },
    force: { help: "even if that is an older version, or neither is a version that can be compared" },
    check: { help: "write nothing; show the difference and exit with 2 if something would change", onlyReads: true },
  },
  notes: `Writes TO's line in ${imageTagsFile("<app>")} and the values that follow from it. Commits and pushes nothing.`,
  touches: "tree",
  async run({ root, operands, options }) {
    const { from, to } = readNames(operands, options.tag, environmentNames(root));
    refuseBoth(root, options);
    const declared = await loadDeclaredApps(root);
    const apps = options.all ? declared : [chooseApp(declared, options.app)];
    const moves = apps.map((app) => moveOf(app, options.tag, from, to));
    const changing = moves.filter(({ before, tag }) => before !== undefined && tag !== undefined && before !== tag);
    const [first] = changing.length > 0 ? changing : moves;
    const subject =
      options.all && changing.length !== 1
        ? `Promote ${count(changing.length, "app")} from ${from} to ${to}`
        : `Promote ${first?.app.name} ${withoutDigest(first?.tag ?? "")} to ${to}`;
    return setImageTags({
      root,
      env: to,
      tags: Object.fromEntries(changing.map(({ app, tag }) => [app.name, tag as string])),
      check: options.check,
      refused: [
        ...(options.all ? [] : moves.flatMap((move) => absence(move, from, to))),
        ...(options.force ? [] : changing.flatMap((move) => refuse(move, to, apps.length > 1 || options.app))),
      ],
      title: options.all ? titleOfAll(moves, from, to) : titleOf(moves, from, to),
      nothing: options.all
        ? `${titleOfAll(moves, from, to)}\nnothing to do`
        : `${first?.app.name} in ${to} has ${shortTag(first?.tag ?? "")} already: nothing to do`,
      next: (changes) => nextSteps({ root, env: to, apps: changing.map(({ app }) => app) }, subject, changes),
    });
  },
});

/** The tag that an app has in TO, and the one that it shall have; undefined where the app is not. */
interface Move {
  app: DeclaredApp;
  before: string | undefined;
  tag: string | undefined;
}

function moveOf(app: DeclaredApp, tag: string | undefined, from: string | undefined, to: string): Move {
  return { app, before: app.tags[to], tag: tag ?? app.tags[from ?? ""] };
}

function refuseBoth(
  root: string,
  { app, all, tag }: { app: string | undefined; all: boolean; tag: string | undefined },
) {
  if (!all || (app === undefined && tag === undefined)) return;
  const names = appNames(root).join(", ");
  const message =
    app === undefined ? `a tag is one app's: name the app with --app. Known: ${names}` : "name --app or --all";
  throw new IssueError({ file: "--all", message });
}

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

/** The environments in which the app is not. */
function missingIn({ before, tag }: Move, from: string | undefined, to: string): string[] {
  return [...(tag === undefined && from ? [from] : []), ...(before === undefined ? [to] : [])];
}

function absence(move: Move, from: string | undefined, to: string): Issue[] {
  const file = appFile(move.app.name);
  return missingIn(move, from, to).map((env) => ({ file, message: `says that ${move.app.name} is not in ${env}` }));
}

function refuse({ app, before = "", tag = "" }: Move, env: string, named: unknown): Issue[] {
  const order = compareTags(tag, before);
  if (order !== undefined && order >= 0) return [];
  const problem =
    order === undefined
      ? `${shortTag(before)} -> ${shortTag(tag)}: not both are versions like 1.2.3, so which is older cannot be told`
      : `${shortTag(tag)} is older than ${shortTag(before)}, which ${env} has`;
  const back = `to go back to what it had, run \`${npmRun("rollback", [env], named ? app.name : undefined)}\``;
  return [{ file: `${app.name} in ${env}`, message: `${problem}. If it is meant, repeat it with --force; ${back}.` }];
}

function titleOf([move]: Move[], from: string | undefined, to: string): string {
  const { app, before = "", tag = "" } = move as Move;
  const source = from ? `, as ${from} has it` : "";
  return `${app.name} in ${to}: ${shortTag(before)} -> ${shortTag(tag)}${source}`;
}

/** The apps that move or cannot, as a table, and the number of the others. */
function titleOfAll(moves: Move[], from: string | undefined, to: string): string {
  const rows = moves.flatMap((move) => {
    const missing = missingIn(move, from, to);
    if (missing.length > 0) return [[move.app.name, `not in ${missing.join(", ")}`]];
    if (move.before === move.tag) return [];
    return [[move.app.name, shortTag(move.before ?? ""), "->", shortTag(move.tag ?? "")]];
  });
  const same = moves.length - rows.length;
  const others = same > 0 ? [`${count(same, "app")} with the same tag in both`] : [];
  return [`${from} -> ${to}`, ...alignMoves(rows), ...others].join("\n");
}

/** Of a row without a move, what it says is as long as it is. */
function alignMoves(rows: string[][]): string[] {
  const name = Math.max(0, ...rows.map(([app = ""]) => app.length));
  const texts = formatTable(rows.map(([, ...rest]) => (rest.length === 1 ? [] : rest)));
  return rows.map(([app = "", only = ""], index) => `  ${app.padEnd(name)}  ${texts[index] || only}`);
}
