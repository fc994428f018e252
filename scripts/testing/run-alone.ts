import { execFile, spawn } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Outcome } from "./workspace.ts";

const scripts = fileURLToPath(new URL("..", import.meta.url));

/** Runs a command with nobody to ask, and only what the PATH given holds beside the system's commands. */
export function runAlone(root: string, env: NodeJS.ProcessEnv, command: string, ...args: string[]): Promise<Outcome> {
  const PATH = [env.PATH, "/usr/bin", "/bin"].filter(Boolean).join(path.delimiter);
  const all = { HOME: root, ...env, PATH };
  const options = { cwd: root, env: all, maxBuffer: 2 ** 26 };
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [path.join(scripts, "cli.ts"), command, ...args],
      options,
      (error, out, err) => {
        resolve({ code: error ? (error.code ?? error.signal ?? null) : 0, stdout: out, stderr: err });
      },
    );
    child.stdin?.end();
  });
}

/** Starts a command as `runAlone` does, to be interrupted. */
export function startAlone(root: string, env: NodeJS.ProcessEnv, command: string, ...args: string[]) {
  const PATH = [env.PATH, "/usr/bin", "/bin"].filter(Boolean).join(path.delimiter);
  const options = { cwd: root, env: { HOME: root, ...env, PATH } };
  const child = spawn(process.execPath, [path.join(scripts, "cli.ts"), command, ...args], options);
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  child.stdin.end();
  const ended = new Promise<Outcome>((resolve) => child.once("close", (code) => resolve({ code, stdout, stderr })));
  return { kill: (signal: NodeJS.Signals) => child.kill(signal), stderr: () => stderr, ended };
}
