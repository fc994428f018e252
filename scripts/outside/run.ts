import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { interrupted } from "./deeds.ts";
import { toolEnv } from "./find-tool.ts";
import { descriptorOfSay } from "./say.ts";

/** How a process is run. */
export interface RunOptions {
  cwd?: string;
  /** The tools' environment unless given: `.tools/bin` comes first on PATH. */
  env?: NodeJS.ProcessEnv;
  /** Text for its stdin, which is empty otherwise: no tool waits for an answer. */
  input?: string;
  /** After so many seconds it is killed. */
  timeout?: number;
  /** Its output goes to whoever watches, and is not captured. */
  show?: boolean;
  /**
   * What an interrupt does to it. A question just ends with the run. `finish`: it is in a process group of its own, which
   * Ctrl-C does not reach, and ends by itself. `stop`: it is told to end, with its own children. A tool whose output is shown
   * stays in our group, so that Ctrl-C reaches it as if it had been started by hand; SIGTERM is passed on.
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

/** Runs a process, without a shell, and waits for its end. Never throws: what a failure means is for the caller to say. */
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
    // A process that ends without reading its input is no error here.
    child.stdin?.on("error", () => undefined).end(input);
  });
}

/** Asks a quick tool something, and waits for it without letting anything else run. */
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
  const failures: Record<string, Ended["failure"]> = {
    ENOENT: "not found",
    EACCES: "not found",
    ETIMEDOUT: "timed out",
  };
  const { code = "" } = (error ?? {}) as NodeJS.ErrnoException;
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
    // It has ended meanwhile.
  }
}
