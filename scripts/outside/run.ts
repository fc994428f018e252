import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { descriptorOfSay, interrupted } from "./deeds.ts";

/** How a process is run. */
export interface RunOptions {
  cwd?: string;
  /** `toolEnv()` unless given. */
  env?: NodeJS.ProcessEnv;
  /** Text for its stdin; empty unless given, so that no tool waits for an answer. */
  input?: string;
  /** Seconds after which it is killed. */
  timeout?: number;
  /** Shows its output instead of capturing it. */
  show?: boolean;
  /**
   * What an interrupt does to it. `finish`: nothing; it runs in a process group of its own, which Ctrl-C does not reach.
   * `stop`: it and its children get SIGTERM. Unless given, it gets what the terminal sends to our group. A tool whose output
   * is shown always stays in our group: Ctrl-C reaches it as if it had been started by hand, and SIGTERM is passed on.
   */
  interrupt?: "finish" | "stop";
}

/** How a process ended. */
export interface Ended {
  /** Exit code; undefined when it could not be started or was killed. */
  code: number | undefined;
  stdout: string;
  stderr: string;
  /** Why it has no exit code. */
  failure?: "not found" | "timed out" | "killed";
}

/**
 * Environment for running a tool: `.tools/bin` first on PATH, and HELM_PLUGINS if plugins are in `.tools/helm-plugins`.
 */
export function toolEnv(): NodeJS.ProcessEnv {
  const plugins = path.resolve(".tools/helm-plugins");
  return {
    ...process.env,
    PATH: [binDirectory(), process.env.PATH ?? ""].join(path.delimiter),
    ...(existsSync(plugins) && { HELM_PLUGINS: plugins }),
  };
}

/** Folder that `npm run tools` builds into, below the working directory, which npm sets to the repository's root. */
export function binDirectory(): string {
  return path.resolve(".tools/bin");
}

/** Runs a process without a shell and waits for its end. Never throws: the caller knows what a failure means. */
export function run(command: string, args: string[], options: RunOptions = {}): Promise<Ended> {
  const { cwd, env = toolEnv(), input = "", timeout, show = false, interrupt } = options;
  const ownGroup = interrupt !== undefined && !show;
  const output = show ? descriptorOfSay() : "pipe";
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: ["pipe", output, show ? "inherit" : "pipe"],
      detached: ownGroup,
    });
    let stdout = "";
    let stderr = "";
    let failure: Ended["failure"];
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    const stop = () => {
      if (ownGroup) killGroup(child, "SIGTERM");
      else if (interrupted.reason === "SIGTERM") child.kill("SIGTERM");
    };
    if (interrupt === "stop") interrupted.addEventListener("abort", stop);
    const timer =
      timeout &&
      setTimeout(() => {
        failure = "timed out";
        if (ownGroup) killGroup(child, "SIGKILL");
        else child.kill("SIGKILL");
      }, timeout * 1000);
    const end = (code: number | undefined) => {
      clearTimeout(timer || undefined);
      interrupted.removeEventListener("abort", stop);
      resolve({ code, stdout, stderr, ...(failure && { failure }) });
    };
    child.once("error", (error: NodeJS.ErrnoException) => {
      failure = "not found";
      stderr ||= error.message;
      end(undefined);
    });
    child.once("close", (code) => {
      if (code === null) failure ??= "killed";
      end(code ?? undefined);
    });
    // A process may end without reading its input (EPIPE): not an error here.
    child.stdin?.on("error", () => undefined).end(input);
  });
}

/** Runs a short process synchronously and captures its output. Never throws. */
export function ask(command: string, args: string[], options: Omit<RunOptions, "show" | "interrupt"> = {}): Ended {
  const { cwd, env = toolEnv(), input = "", timeout = 60 } = options;
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    env,
    input,
    encoding: "utf8",
    timeout: timeout * 1000,
    maxBuffer: 2 ** 28,
  });
  const { code = "" } = (error ?? {}) as NodeJS.ErrnoException;
  const failures: Record<string, Ended["failure"]> = {
    ENOENT: "not found",
    EACCES: "not found",
    ETIMEDOUT: "timed out",
  };
  const failure = status === null ? (failures[code] ?? "killed") : undefined;
  return {
    code: status ?? undefined,
    stdout: stdout ?? "",
    stderr: stderr || error?.message || "",
    ...(failure && { failure }),
  };
}

function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // It has already ended.
  }
}

/** Whether a process of that number is at work, also of another user. One that was killed and is not waited for is not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  try {
    return !/^\d+ \(.*\) [ZX] /s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return true; // There is no /proc outside of Linux.
  }
}
