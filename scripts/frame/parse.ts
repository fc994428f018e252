import { parseArgs } from "node:util";
import { type Issue, IssueError } from "../problems/issue.ts";
import { didYouMean, unknownName } from "../problems/suggest.ts";
import type { Command, Given } from "./command.ts";

/** Options of every command. */
export const commonOptions = {
  json: { help: "print the answer as JSON, for programs" },
  help: { help: "print this" },
} as const;

/** What was written on the command line. Throws `IssueError` with everything that is wrong with it. */
export function parseLine(
  verb: string,
  command: Command,
  args: string[],
  environments: () => string[],
): Omit<Given, "root"> & { help: boolean } {
  const known: Command["options"] = { ...command.options, ...commonOptions };
  const options: Record<string, string | boolean | undefined> = Object.fromEntries(
    Object.entries(known).map(([name, option]) => [name, option.value ? option.default : false]),
  );
  const operands: string[] = [];
  const issues: Issue[] = [];
  const types = Object.entries(known).map(
    ([name, { value }]) => [name, { type: value ? "string" : "boolean" }] as const,
  );
  const { tokens } = parseArgs({
    args,
    options: Object.fromEntries(types),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind === "positional") operands.push(token.value);
    if (token.kind !== "option") continue;
    const option = Object.hasOwn(known, token.name) ? known[token.name] : undefined;
    const file = token.rawName;
    if (!option) issues.push({ file, message: unknownOption(verb, token.name, command) });
    else if (option.value && (token.value === undefined || (!token.inlineValue && token.value.startsWith("-")))) {
      issues.push({ file, message: `needs a value: ${file} ${option.value}` });
    } else if (!option.value && token.value !== undefined) {
      issues.push({ file, message: `takes no value, got "${token.value}"` });
    } else options[token.name] = option.value ? token.value : true;
  }
  if (!options.help) issues.push(...operandProblems(verb, command, operands, environments));
  if (issues.length > 0) throw new IssueError(...issues);
  const { json, help, yes } = options;
  return {
    operands,
    options: options as Given["options"],
    json: json === true,
    yes: yes === true,
    help: help === true,
  };
}

function unknownOption(verb: string, name: string, { operands, options }: Command): string {
  const takesEnvironment = operands.some(({ is }) => is === "environment");
  if (name === "env" && takesEnvironment) return `is no option: name the environment alone, npm run ${verb} -- ENV`;
  const known = Object.keys({ ...options, ...commonOptions }).map((one) => `--${one}`);
  return `there is no such option${didYouMean(`--${name}`, known) || `. Known: ${known.join(", ")}`}`;
}

function operandProblems(verb: string, { operands }: Command, given: string[], environments: () => string[]): Issue[] {
  const least = operands.filter(({ optional }) => !optional).length;
  const most = operands.at(-1)?.many ? Number.POSITIVE_INFINITY : operands.length;
  if (given.length < least || given.length > most) {
    const expected = operands.map(nameOperand).join(" ") || "nothing";
    return [
      { file: verb, message: `takes ${expected}, got ${given.join(" ") || "nothing"}: see npm run ${verb} -- --help` },
    ];
  }
  return given.flatMap((word, index) => {
    const operand = operands[Math.min(index, operands.length - 1)];
    if (operand?.is !== "environment" || environments().includes(word)) return [];
    return [{ file: operand.name, message: unknownName("environment", word, environments()) }];
  });
}

/** `ENV`, `[ENV]`, `[FILE...]`. */
export function nameOperand({ name, optional, many }: Command["operands"][number]): string {
  const repeated = many ? `${name}...` : name;
  return optional ? `[${repeated}]` : repeated;
}
