import { parseArgs } from "node:util";
import { type Cluster, ClusterError, currentCluster } from "./lib/cluster/cluster.ts";
import { appName, appNamespace, findLiveApp } from "./lib/cluster/find-live-app.ts";
import type { LiveApp } from "./lib/cluster/live-app.ts";
import { formatRows, readRow, withLive } from "./lib/cluster/status-rows.ts";
import { type ExitCode, runCommand } from "./lib/command.ts";
import { IssueError } from "./lib/issue.ts";
import { requireKnown } from "./lib/suggest.ts";
import { environmentNames } from "./lib/values/environments.ts";

const usage = `npm run status [-- OPTIONS]: the app's version in each environment, and what the current context's cluster runs

  --env ENV  only this environment
  --json     for programs: an array, an object an environment

A cluster that does not answer is said and is no failure: what the working tree says is printed all the same.
`;

await runCommand(async (): Promise<ExitCode> => {
  const { values: options } = parseArgs({
    options: {
      env: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (options.help) {
    process.stdout.write(usage);
    return 0;
  }
  const root = process.cwd();
  const names = environmentNames(root);
  requireKnown("environment", options.env, names);
  const read = (options.env ? [options.env] : names).map((env) => readRow(root, env));
  const issues = read.flatMap((row) => (Array.isArray(row) ? row : []));
  if (issues.length > 0) throw new IssueError(...issues);
  const { app, note } = await look(root);
  const rows = read.flatMap((row) => (Array.isArray(row) ? [] : [withLive(row, app)]));
  process.stdout.write(options.json ? `${JSON.stringify(rows, null, 2)}\n` : `${formatRows(rows)}\n`);
  process.stderr.write(options.json ? `${note}\n` : `\n${note}\n`);
  return 0;
});

/** What the current context's cluster runs, and a line about the cluster. */
async function look(root: string): Promise<{ app?: LiveApp; note: string }> {
  let cluster: Cluster | undefined;
  try {
    cluster = await currentCluster();
    const namespace = appNamespace(root);
    const app = await findLiveApp(cluster, namespace);
    if (!app) return { note: `context ${cluster.context}: no ${appName} in namespace ${namespace}` };
    return { app, note: `context ${cluster.context}: ${app.environment}, released by ${app.owner}` };
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    const why = error.message.replaceAll("\n", ": ");
    return { note: `without a cluster${cluster ? ` (context ${cluster.context})` : ""}: ${why}` };
  }
}
