import { environmentNames } from "../engine/environments.ts";
import { appOption, defineCommand } from "../frame/command.ts";
import { findApp } from "../frame/target.ts";
import { findLiveApp } from "../operations/app/find-live-app.ts";
import type { App, LiveApp } from "../operations/app/live-app.ts";
import { formatRows, readRow, withLive } from "../operations/app/status-rows.ts";
import { readAddress } from "../outside/cluster.ts";
import { ClusterError } from "../outside/kubectl.ts";
import { IssueError } from "../problems/issue.ts";

export const command = defineCommand({
  summary: "the app's version in each environment, and what the current context's cluster runs",
  operands: [{ name: "ENV", optional: true, is: "environment", help: "only this environment" }],
  options: appOption,
  notes: "A cluster that does not answer is no failure: what the working tree says is printed all the same.",
  touches: "nothing",
  async run({ root, operands: [env], options }) {
    const app = await findApp(root, options.app);
    const read = (env ? [env] : environmentNames(root)).map((name) => readRow(root, name, app));
    const issues = read.flatMap((row) => (Array.isArray(row) ? row : []));
    if (issues.length > 0) throw new IssueError(...issues);
    const { live, note } = await look(app);
    const rows = read.flatMap((row) => (Array.isArray(row) ? [] : [withLive(row, live)]));
    // About the cluster, not part of the answer.
    process.stderr.write(`${note}\n`);
    return { code: 0, text: formatRows(rows), data: rows };
  },
});

/** What the current context's cluster runs, and a line about the cluster. */
async function look(app: App): Promise<{ live?: LiveApp; note: string }> {
  let context: string | undefined;
  try {
    const address = await readAddress();
    context = address.context;
    const live = await findLiveApp(address, app);
    if (!live) return { note: `context ${context}: no ${app.name} in namespace ${app.namespace}` };
    return { live, note: `context ${context}: ${live.environment}, released by ${live.owner}` };
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    const why = error.message.replaceAll("\n", ": ");
    return { note: `without a cluster${context ? ` (context ${context})` : ""}: ${why}` };
  }
}
