import { formatIssues, IssueError } from "./issue.ts";

/** Exit codes of every command: 0 clean, 1 invalid or failed, 2 drift. */
export type ExitCode = 0 | 1 | 2;

/**
 * Runs a command's body and sets the exit code. Issues are printed for people, an interrupt ends the run with a
 * message, and only a mistake of ours shows a stack.
 */
export async function runCommand(body: () => Promise<ExitCode>): Promise<void> {
  process.once("SIGINT", () => {
    process.stderr.write("\ninterrupted, nothing was written\n");
    process.exit(1);
  });
  try {
    process.exitCode = await body();
  } catch (error) {
    process.exitCode = 1;
    process.stderr.write(`${explain(error)}\n`);
  }
  process.removeAllListeners("SIGINT");
}

function explain(error: unknown): string {
  if (error instanceof IssueError) return formatIssues(error.issues, process.cwd());
  if (error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS")) {
    return error.message;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
