import { type Cluster, kubectl } from "../cluster/cluster.ts";
import { appName } from "../cluster/find-live-app.ts";
import { runHelmfile } from "../cluster/helmfile-run.ts";
import { IssueError } from "../issue.ts";
import type { ApplicationPlace } from "./argocd-application.ts";

/** Where and what is handed over. */
export interface Handover {
  root: string;
  env: string;
  cluster: Cluster;
  /** The app's namespace. */
  namespace: string;
  application: ApplicationPlace;
}

/** A step can be repeated: a handover that was interrupted is begun anew, and what is done stays as it is. */
export interface Step {
  title: string;
  /** Does it, and says what was found, in a word or two. Throws `IssueError`. */
  run(): Promise<string>;
}

/** Runs the steps in their order, each with what it says. Throws `IssueError` with where it stopped. */
export async function runSteps(steps: Step[]): Promise<void> {
  for (const [index, { title, run }] of steps.entries()) {
    const step = `${index + 1}/${steps.length}`;
    process.stdout.write(`${step}  ${title}\n`);
    try {
      process.stdout.write(`     ${await run()}\n`);
    } catch (error) {
      if (!(error instanceof IssueError)) throw error;
      const message = `stopped at step ${step}: when the cause is mended, repeat it, and it goes on where it was`;
      throw new IssueError(...error.issues, { file: "handover", message });
    }
  }
}

/** Releases one release of the environment. Throws `IssueError` if Helmfile fails. */
export async function syncRelease({ cluster, env }: Handover, release: string): Promise<string> {
  // Not apply: what would change was looked at before, and helm-diff may be missing.
  const code = await runHelmfile(cluster, env, "sync", "--quiet", "--selector", `name=${release}`);
  if (code === 0) return "done";
  throw new IssueError({ file: `helmfile, release ${release}`, message: "failed, see above" });
}

/** Names of the Secrets in which Helm keeps the app's release, or those of its releases with that status. */
export async function helmRecords({ cluster, namespace }: Handover, status?: "deployed"): Promise<string[]> {
  const selector = `owner=helm,name=${appName}${status ? `,status=${status}` : ""}`;
  const where = ["--namespace", namespace, "--selector", selector];
  const found = await kubectl(cluster, "get", "secrets", ...where, "--output=name");
  return found.split("\n").filter(Boolean);
}

/** Deletes them, and nothing that the release brought. */
export async function deleteHelmRecords(handover: Handover): Promise<string> {
  const records = await helmRecords(handover);
  if (records.length === 0) return "there is none";
  await kubectl(handover.cluster, "delete", "--namespace", handover.namespace, ...records);
  return `${records.length} gone`;
}
