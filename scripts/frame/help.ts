import type { Command } from "./command.ts";
import { commonOptions, nameOperand } from "./parse.ts";

/** What `npm run VERB -- --help` prints. */
export function describeCommand(verb: string, command: Command): string {
  const { summary, operands, options, notes } = command;
  const words = operands.map(nameOperand).join(" ");
  const rows = [
    ...operands.filter(({ help }) => help).map(({ name, help }) => [name, help ?? ""] as const),
    ...Object.entries({ ...options, ...commonOptions }).map(([name, option]) => {
      const { value, default: fallback, help }: Command["options"][string] = option;
      return [`--${name}${value ? ` ${value}` : ""}`, fallback ? `${help}; ${fallback} unless given` : help] as const;
    }),
  ];
  return [
    `npm run ${verb}${words ? ` -- ${words}` : ""}: ${summary}`,
    "",
    ...table(rows),
    ...(notes ? ["", notes] : []),
    "",
    `It changes ${{ nothing: "nothing", files: "files of this repository", cluster: "the current context's cluster" }[command.touches]}.`,
    "Exit codes: 0 clean, 1 invalid or failed, 2 something would change.",
  ].join("\n");
}

/** What `npm run help` prints: every command under its group. */
export function describeAll(groups: Record<string, Record<string, Command>>): string {
  const sections = Object.entries(groups).map(([title, commands]) => {
    const rows = Object.entries(commands).map(([verb, { summary, operands }]) => {
      return [
        `npm run ${verb}${operands.length > 0 ? ` -- ${operands.map(nameOperand).join(" ")}` : ""}`,
        summary,
      ] as const;
    });
    return [title, ...table(rows)].join("\n");
  });
  return `${sections.join("\n\n")}\n\nEach has --help and --json.`;
}

function table(rows: (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
