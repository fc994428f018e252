import { environmentNames } from "../engine/environments.ts";
import { whileLocked } from "../engine/lock.ts";
import { describeInterrupt, hasBegun, Interrupted, interrupt, sayOnStderr } from "../outside/deeds.ts";
import { type Annotation, annotate, formatIssues, IssueError, toAnnotation } from "../problems/issue.ts";
import { printable } from "../problems/printable.ts";
import { unknownName } from "../problems/suggest.ts";
import type { Answer, Command, ExitCode } from "./command.ts";
import { describeAll, describeCommand } from "./help.ts";
import { parseLine } from "./parse.ts";

/** Commands by verb, under the title of their group. Each is loaded only when it is asked for. */
export type Table = Record<string, Record<string, () => Promise<{ command: Command }>>>;

/** Runs the command that a command line names. This alone prints its answer and its problems, and sets the exit code. */
export async function runCommand(table: Table, [verb = "--help", ...args]: string[]): Promise<void> {
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, onSignal);
  for (const stream of [process.stdout, process.stderr]) stream.on("error", onClosed);
  const json = args.includes("--json");
  if (json) sayOnStderr();
  try {
    const { code, text, data, annotations } = await runVerb(table, verb, args);
    process.exitCode = code;
    // A log, an event or a version that is told may hold what a terminal obeys.
    process.stdout.write(`${printable(json ? JSON.stringify(data, null, 2) : text)}\n`);
    if (annotations) await showInGitHub(annotations);
  } catch (error) {
    process.exitCode = 1 satisfies ExitCode;
    await report(error, json);
  }
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, onSignal);
}

async function runVerb(table: Table, verb: string, args: string[]): Promise<Answer> {
  if (verb === "--help" || verb === "help") return help(table);
  const loads = Object.assign({}, ...Object.values(table)) as Table[string];
  const load = Object.hasOwn(loads, verb) ? loads[verb] : undefined;
  if (!load) throw new IssueError({ file: "npm run", message: unknownName("command", verb, Object.keys(loads)) });
  const { command } = await load();
  const root = process.cwd();
  const { help: wantsHelp, ...given } = parseLine(verb, command, args, () => environmentNames(root));
  if (wantsHelp) return { code: 0, text: describeCommand(verb, command), data: command };
  const act = () => command.run({ root, ...given });
  const onlyReads = Object.entries(command.options).some(([name, option]) => option.onlyReads && given.options[name]);
  return command.touches === "tree" && !onlyReads ? whileLocked(root, verb, act) : await act();
}

async function help(table: Table): Promise<Answer> {
  const groups: Record<string, Record<string, Command>> = {};
  for (const [title, loads] of Object.entries(table)) {
    const commands = await Promise.all(
      Object.entries(loads).map(async ([verb, load]) => [verb, (await load()).command]),
    );
    groups[title] = Object.fromEntries(commands);
  }
  return { code: 0, text: describeAll(groups), data: groups };
}

let signals = 0;

/** Leaves what is being changed to end, and says then what was done. A second signal does not wait. */
function onSignal(signal: NodeJS.Signals): void {
  const title = interrupt(signal);
  signals++;
  if (title !== undefined && signals === 1) {
    process.stderr.write(`\ninterrupted: waiting for the end of "${title}"; again: do not wait\n`);
    return;
  }
  process.stderr.write(`\n${describeInterrupt()}\n`);
  process.exit(1 satisfies ExitCode);
}

let closed = false;

/**
 * Nobody reads the output any more, as behind `| head`. Before the answer is known that is an interrupt, of which nothing is
 * said where nothing was changed; afterwards the exit code stays the answer's.
 */
function onClosed(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
  if (closed || process.exitCode !== undefined) return;
  closed = true;
  if (!hasBegun()) process.exit(1 satisfies ExitCode);
  onSignal("SIGPIPE");
}

/** Its commands are read from stderr too, and stdout may be a file. */
async function showInGitHub(find: () => Promise<Annotation[]>): Promise<void> {
  if (process.env.GITHUB_ACTIONS !== "true") return;
  process.stderr.write(annotate(await find(), process.cwd()));
}

async function report(error: unknown, json: boolean): Promise<void> {
  if (error instanceof Interrupted) {
    process.stderr.write(`\n${describeInterrupt()}\n`);
  } else if (error instanceof IssueError) {
    process.stderr.write(`${formatIssues(error.issues, process.cwd())}\n`);
    await showInGitHub(async () => error.issues.map(toAnnotation));
    if (json) process.stdout.write(`${printable(JSON.stringify({ problems: error.issues }, null, 2))}\n`);
  } else {
    // A mistake of ours, so where it happened is of use.
    process.stderr.write(`${printable(error instanceof Error ? (error.stack ?? error.message) : String(error))}\n`);
  }
}
