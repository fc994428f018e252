import type { Cluster } from "../outside/cluster.ts";
import type { Annotation } from "../problems/issue.ts";

/** Exit codes of every command: 0 clean, 1 invalid or failed, 2 something would change. */
export type ExitCode = 0 | 1 | 2;

/** How a command ended, for people and for programs. Nothing is printed until it is known. */
export interface Answer {
  code: ExitCode;
  /** For people, without the last line break. */
  text: string;
  /** For programs: printed with `--json`. */
  data: unknown;
  /** What GitHub is to show where it runs the command, found when it does. */
  annotations?: () => Promise<Annotation[]>;
}

/** An option, named `--name`. */
export interface Option {
  /** What its value stands for, in capitals. An option without one is a switch. */
  value?: string;
  help: string;
  /** What counts when it is left out. */
  default?: string;
  /** Whether the command changes nothing when it is given. */
  onlyReads?: true;
}

/** Something given by its place, named in capitals. */
export interface Operand {
  name: string;
  /** Whether it may be left out. */
  optional?: boolean;
  /** Whether it may be repeated: always the last one. */
  many?: boolean;
  /** Names are checked against those that there are. */
  is?: "environment";
  help?: string;
}

/** A command of the table in `cli.ts`. */
export interface Command<Options extends Record<string, Option> = Record<string, Option>> {
  /** What it does, in one line. */
  summary: string;
  operands: Operand[];
  options: Options;
  /** What `--help` says below the options. */
  notes?: string;
  /**
   * What it may change. `tree`: files of the working tree that follow from others there; the frame lets one such command at
   * a time do so, unless it is given an option that only reads. `cluster`: of the current context's cluster, which the frame reads once and
   * pins; it asks before anything is done to one that is not certainly on this machine.
   */
  touches: "nothing" | "files" | "tree" | "cluster";
  run(given: Given<Options>): Promise<Answer>;
}

/** What a command is given by the frame. */
export interface Given<Options extends Record<string, Option> = Record<string, Option>> {
  /** Root of the repository. */
  root: string;
  /** The operands in their order. */
  operands: string[];
  options: { [Name in keyof Options]: Options[Name] extends { value: string } ? string | undefined : boolean };
  /** Whether a program reads the answer, so that nobody can be asked. */
  json: boolean;
  /** Whether the user has answered every question with yes. */
  yes: boolean;
}

/** A cluster, and the environment that is its own. */
export interface Target {
  cluster: Cluster;
  env: string;
}

/** For the options' types: an object literal alone would lose which of them have a value. */
export function defineCommand<const Options extends Record<string, Option>>(command: Command<Options>): Command {
  return command as unknown as Command;
}

/** The option of every command that changes a cluster. */
export const yesOption = { yes: { help: "do not ask" } } as const;

/** The option of every command that acts on one app. */
export const appOption = { app: { value: "A", help: "the app; may be left out while there is one" } } as const;
