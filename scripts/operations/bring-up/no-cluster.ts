import { starters, startLine } from "../../outside/docker.ts";
import { helmProblems, renderEnvironment } from "../../outside/helmfile.ts";
import { count, formatIssues, IssueError } from "../../problems/issue.ts";
import type { App } from "../app/live-app.ts";

/** How to get a cluster. */
export function howToStart(env: string): string {
  const lines = starters.map((name) => `  npm run up -- ${env} --start ${name.padEnd(9)} # ${startLine(name)}`);
  return `To start a cluster on this machine and release to it, one of:\n${lines.join("\n")}`;
}

/** Renders every object that would be released, which takes no cluster. Returns what to tell. */
export async function renderInstead(env: string, apps: App[]): Promise<string> {
  const missing = helmProblems();
  const generated = `The values of ${env} are in generated/${env}/, generated and validated.`;
  if (missing.length > 0) {
    return `${generated} To render the charts with them:\n${formatIssues(missing, process.cwd())}`;
  }
  try {
    const names = apps.map(({ name }) => name);
    const objects = count((await renderEnvironment(env, names)).length, "object");
    return `${generated} The charts render with them to ${objects}; to see them: helmfile -e ${env} template`;
  } catch (error) {
    if (!(error instanceof IssueError)) throw error;
    return `${generated} The charts could not be rendered:\n${error.message.split("\n").slice(-8).join("\n")}`;
  }
}
