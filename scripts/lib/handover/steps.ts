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

/** Runs the steps in their order, each with what it says. */
export async function runSteps(steps: Step[]): Promise<void> {
  for (const [index, { title, run }] of steps.entries()) {
    process.stdout.write(`${index + 1}/${steps.length}  ${title}\n`);
    process.stdout.write(`     ${await run()}\n`);
  }
}

/** Releases one release of the environment. Throws `IssueError` if Helmfile fails. */
export async function syncRelease({ cluster, env }: Handover, release: string): Promise<string> {
  // Not apply: what would change was looked at before, and helm-diff may be missing.
  const code = await runHelmfile(cluster, env, "sync", "--quiet", "--selector", `name=${release}`);
  if (code === 0) return "done";
  const message = "failed, see above: mend that, then repeat npm run handover, which goes on where it was";
  throw new IssueError({ file: `helmfile, release ${release}`, message });
}

/** Deletes Helm's records of the app's release, and nothing that it released. */
export async function deleteHelmRecords({ cluster, namespace }: Handover): Promise<string> {
  const selector = `owner=helm,name=${appName}`;
  const gone = await kubectl(cluster, "delete", "secrets", "--namespace", namespace, "--selector", selector);
  const count = gone.split("\n").filter((line) => line.startsWith("secret")).length;
  return count > 0 ? `${count} gone` : "there is none";
}
