/** How tests start processes: a short tool with `ask` or `outputOf`, the product's commands and servers with `start`. */
import { spawn } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { ask, type Ended, type RunOptions, run, toolEnv } from "../outside/run.ts";

const cli = fileURLToPath(new URL("../cli.ts", import.meta.url));

/** How a process ended: its exit code, or the signal that killed it. */
export interface Outcome {
  code: number | string | null;
  stdout: string;
  stderr: string;
}

/** A process that is at work, with what it has printed so far. */
export interface Running {
  ended: Promise<Outcome>;
  hasEnded(): boolean;
  stderr(): string;
  /** Calls back with everything printed so far, each time something is printed. */
  onOutput(listener: (all: string) => void): void;
  kill(signal?: NodeJS.Signals): void;
}

export interface StartOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Runs it in a process group of its own, all of which `kill` reaches. */
  ownGroup?: boolean;
}

/** Starts a process that has nothing to read. */
export function start(command: string, args: string[], { cwd, env, ownGroup = false }: StartOptions = {}): Running {
  const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: ownGroup });
  const printed = { stdout: "", stderr: "" };
  const listeners: ((all: string) => void)[] = [];
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      printed[name] += text;
      for (const listener of listeners) listener(printed.stdout + printed.stderr);
    });
  }
  const ended = new Promise<Outcome>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code: code ?? signal, ...printed }));
  });
  return {
    ended,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    stderr: () => printed.stderr,
    onOutput: (listener) => listeners.push(listener),
    kill(signal = "SIGTERM") {
      if (ownGroup && !child.killed) process.kill(-(child.pid as number), signal);
      child.kill(signal);
    },
  };
}

/** Starts a command of the product, as npm would. */
export function startCommand(root: string, env: NodeJS.ProcessEnv, command: string, ...args: string[]): Running {
  return start(process.execPath, [cli, command, ...args], { cwd: root, env });
}

/** Runs a command of the product to its end, as npm would. */
export function runScript(root: string, command: string, ...args: string[]): Promise<Outcome> {
  return startCommand(root, environment(), command, ...args).ended;
}

/** Starts a command that finds on PATH only the folder given and the system's commands. */
export function startAlone(root: string, env: NodeJS.ProcessEnv, command: string, ...args: string[]): Running {
  const PATH = [env.PATH, "/usr/bin", "/bin"].filter(Boolean).join(path.delimiter);
  return startCommand(root, { HOME: root, ...env, PATH }, command, ...args);
}

/** Runs such a command to its end. */
export function runAlone(root: string, env: NodeJS.ProcessEnv, command: string, ...args: string[]): Promise<Outcome> {
  return startAlone(root, env, command, ...args).ended;
}

/** What a tool prints on stdout. Throws with what it says on stderr when it fails. */
export async function outputOf(command: string, args: string[], options: RunOptions = {}): Promise<string> {
  return requireSuccess(command, args, await run(command, args, options));
}

/** The same of a short tool, at once. */
export function outputOfSync(command: string, args: string[], options: Parameters<typeof ask>[2] = {}): string {
  return requireSuccess(command, args, ask(command, args, options));
}

function requireSuccess(command: string, args: string[], { code, stdout, stderr, failure }: Ended): string {
  if (code !== 0) throw new Error(`${command} ${args.join(" ")}: ${failure ?? `exit code ${code}`}\n${stderr}`);
  return stdout;
}

/**
 * The environment of a command in a workspace: without what npm says of its own run, and with the tools of this repository,
 * since a workspace has no `.tools/bin`.
 */
export function environment(): NodeJS.ProcessEnv {
  return { ...toolEnv(), INIT_CWD: undefined };
}
