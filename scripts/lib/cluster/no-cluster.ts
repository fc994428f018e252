import { spawnSync } from "node:child_process";
import { count, formatIssues, IssueError } from "../issue.ts";
import { renderEnvironment } from "./dry-run.ts";
import { helmProblems } from "./helmfile-run.ts";

/** Commands that start a cluster on this machine. Only prod's autoscaling needs an addon: the rest comes from here. */
const starts = {
  kind: ["create", "cluster", "--name", "rollouts"],
  minikube: ["start", "--cpus", "4", "--memory", "8g", "--addons", "metrics-server"],
};

export type Starter = keyof typeof starts;
export const starters = Object.keys(starts) as Starter[];

/** How to get a cluster. */
export const howToStart = `To start a cluster on this machine and release to it, one of:
${starters.map((name) => `  npm run up -- --start ${name.padEnd(9)} # ${name} ${starts[name].join(" ")}`).join("\n")}`;

/** Starts a cluster, which becomes the current context's, with its output as it comes. Throws `IssueError`. */
export function startCluster(name: Starter): void {
  process.stdout.write(`$ ${name} ${starts[name].join(" ")}\n`);
  const { status, error } = spawnSync(name, starts[name], { stdio: ["ignore", "inherit", "inherit"] });
  if (status === 0) return;
  const missing = error && "code" in error && error.code === "ENOENT";
  const message = missing ? "is not on PATH: install it, or start a cluster by other means" : "failed, see above";
  throw new IssueError({ file: name, message });
}

/** What can be done without a cluster: rendering every object that would be released. Returns what to tell. */
export function renderInstead(env: string): string {
  const missing = helmProblems();
  const generated = `The values of ${env} are in generated/${env}/, generated and validated.`;
  if (missing.length > 0)
    return `${generated} To render the charts with them:\n${formatIssues(missing, process.cwd())}`;
  try {
    const objects = count(renderEnvironment(env).length, "object");
    return `${generated} The charts render with them to ${objects}; to see them: helmfile -e ${env} template`;
  } catch (error) {
    if (!(error instanceof IssueError)) throw error;
    return `${generated} The charts could not be rendered:\n${error.message.split("\n").slice(-8).join("\n")}`;
  }
}
