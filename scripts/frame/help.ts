import { formatTable } from "../operations/text-table.ts";
import { npmRun } from "../problems/suggest.ts";
import type { Command } from "./command.ts";
import { commonOptions, nameOperand } from "./parse.ts";

const what: Record<Command["touches"], string> = {
  nothing: "nothing",
  files: "files of this repository",
  tree: "files of this repository",
  cluster: "the current context's cluster",
};

/** What `npm run VERB -- --help` prints. */
export function describeCommand(verb: string, command: Command): string {
  const { summary, operands, options, notes } = command;
  const rows = [
    ...operands.filter(({ help }) => help).map(({ name, help }) => [name, help ?? ""]),
    ...Object.entries({ ...options, ...commonOptions }).map(([name, option]) => {
      const { value, default: fallback, help }: Command["options"][string] = option;
      return [`--${name}${value ? ` ${value}` : ""}`, fallback ? `${help}; ${fallback} unless given` : help];
    }),
  ];
  return [
    `${npmRun(verb, operands.map(nameOperand))}: ${summary}`,
    "",
    ...table(rows),
    ...(notes ? ["", notes] : []),
    "",
    `It changes ${what[command.touches]}.`,
    "Exit codes: 0 clean, 1 invalid or failed, 2 something would change.",
  ].join("\n");
}

/** What `npm run help` prints: every command under its group. */
export function describeAll(groups: Record<string, Record<string, Command>>): string {
  const sections = Object.entries(groups).map(([title, commands]) => {
    const rows = Object.entries(commands).map(([verb, { summary, operands }]) => {
      return [npmRun(verb, operands.map(nameOperand)), summary];
    });
    return [title, ...table(rows)].join("\n");
  });
  return `${sections.join("\n\n")}\n\nEach has --help and --json.`;
}

function table(rows: string[][]): string[] {
  return formatTable(rows).map((line) => `  ${line}`);
}
