import type { DeclaredApp } from "../../engine/apps.ts";
import type { ConfirmedCluster } from "../../outside/cluster.ts";
import { does, Interrupted, planDeeds, say } from "../../outside/deeds.ts";
import { change, kubectl } from "../../outside/kubectl.ts";
import { type Issue, IssueError } from "../../problems/issue.ts";
import type { ApplicationPlace } from "./argocd-application.ts";
import type { Held } from "./lease.ts";

/** Which app is handed over, and where. */
export interface Handover {
  root: string;
  env: string;
  cluster: ConfirmedCluster;
  app: DeclaredApp;
  application: ApplicationPlace;
  held: Held;
}

/** A step that can be repeated: a handover that was interrupted starts again, and a step that is done changes nothing. */
export interface Step {
  title: string;
  /** Does it, and says what was found, in a word or two. Throws `IssueError`. */
  run(): Promise<string>;
}

/** Runs the steps in their order, and says what each found. Throws `IssueError` with the step that failed. */
export async function runSteps(steps: Step[], { renew }: Held): Promise<void> {
  const titles = steps.map(({ title }) => title);
  planDeeds(titles, "repeat npm run handover: it goes on where it was");
  for (const [index, { title, run }] of steps.entries()) {
    const step = `${index + 1}/${steps.length}`;
    say(`${step}  ${title}`);
    try {
      // Nobody else may have begun since: this machine may have slept.
      await renew();
      say(`     ${await does(title, run)}`);
    } catch (error) {
      if (!(error instanceof IssueError)) throw error;
      const message = `stopped at step ${step}: when the cause is mended, repeat it, and it goes on where it was`;
      throw new IssueError(...error.issues, { file: "handover", message });
    }
  }
}

/** Files that an app's objects follow from: its values, and its chart if that is a folder of this repository. */
export function filesOf({ env, app: { name, chart } }: Handover): string[] {
  const folder = chart.from === "here" ? [chart.path.replace(/^\.\//, "")] : [];
  return [`generated/${env}/${name}.yaml`, ...folder];
}

/** Names of the Secrets in which Helm keeps the revisions of the app's release: all, or those with that status. */
export async function helmRecords({ cluster, app }: Handover, status?: "deployed"): Promise<string[]> {
  const selector = `owner=helm,name=${app.name}${status ? `,status=${status}` : ""}`;
  const where = ["--namespace", app.namespace, "--selector", selector];
  const found = await kubectl(cluster, "get", "secrets", ...where, "--output=name");
  return found.split("\n").filter(Boolean);
}

/** Deletes these Secrets. The objects that the release brought stay. */
export async function deleteHelmRecords(handover: Handover): Promise<string> {
  const records = await helmRecords(handover);
  if (records.length === 0) return "there is none";
  await change(handover.cluster, "delete", "--namespace", handover.app.namespace, ...records);
  return `${records.length} gone`;
}

/** Takes back after an error, and throws that error first, then what taking back came to or where it failed. */
export async function failAfter(error: IssueError, takeBack: () => Promise<Issue[]>): Promise<never> {
  let outcome: Issue[];
  try {
    outcome = await takeBack();
  } catch (second) {
    const stopped = second instanceof Interrupted;
    const why = stopped
      ? "was interrupted while taking back: repeat it"
      : "could not be taken back whole: mend both causes and repeat it";
    const issues =
      second instanceof IssueError ? second.issues : stopped ? [] : [{ file: "handover", message: String(second) }];
    outcome = [{ file: "handover", message: why }, ...issues];
  }
  throw new IssueError(...error.issues, ...outcome);
}
