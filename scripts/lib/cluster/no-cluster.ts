import { count, formatIssues, IssueError } from "../issue.ts";
import { renderEnvironment } from "./dry-run.ts";
import { helmProblems } from "./helmfile-run.ts";

/** How to get a cluster. */
export const startCluster = `To start a cluster on this machine, one of:
  minikube start --cpus 4 --memory 8g
  kind create cluster --name rollouts
No addons are needed: the ingress controller and all else comes from here. Only prod's autoscaling reads
metrics-server (minikube addons enable metrics-server). Then repeat npm run up.`;

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
