import { spawnSync } from "node:child_process";
import path from "node:path";
import { parseArgs } from "node:util";
import type { Cluster } from "./lib/cluster/cluster.ts";
import { confirmUnlessLocal } from "./lib/cluster/confirm.ts";
import { releaseNamespaces } from "./lib/cluster/find-live-app.ts";
import { runHelmfile } from "./lib/cluster/helmfile-run.ts";
import { howToStart, renderInstead, type Starter, startCluster, starters } from "./lib/cluster/no-cluster.ts";
import { describePlaces, findPlaces, whatToTry } from "./lib/cluster/places.ts";
import { reachCluster, requireReady } from "./lib/cluster/prepare-up.ts";
import { provideImage } from "./lib/cluster/service-image.ts";
import { readRow } from "./lib/cluster/status-rows.ts";
import { type ExitCode, runCommand } from "./lib/command.ts";
import { IssueError } from "./lib/issue.ts";
import { requireKnown, unknownName } from "./lib/suggest.ts";
import { environmentNames } from "./lib/values/environments.ts";

const usage = `npm run up [-- OPTIONS]: releases everything to the cluster of the current context, and says where it is

  --env ENV      the environment to release (default: dev)
  --start NAME   kind or minikube: starts a cluster of that first, unless it is the current context's already
  --yes          do not ask, in a context that is not local

kind, k3d, minikube and Docker Desktop get the app's image, built if Docker has none of that tag; others must have it or
pull it. Without a cluster it renders everything instead, and exits with 0; with --yes or CI=true it exits with 1.
`;

const unreachable = "If a chart repository could not be reached: CHARTS_DIR=<folder> reads the charts from there.";

await runCommand(async (): Promise<ExitCode> => {
  const { values: options } = parseArgs({
    options: {
      env: { type: "string", default: "dev" },
      start: { type: "string" },
      yes: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (options.help) {
    process.stdout.write(usage);
    return 0;
  }
  const { env, start, yes } = options;
  const root = process.cwd();
  requireKnown("environment", env, environmentNames(root));
  const reached = await reachOrStart(start);
  if ("absent" in reached) return withoutCluster(env, reached.absent, yes);
  const { cluster, namespaces = [] } = reached;
  generate(env);
  const { image, owner } = readApp(root, env);
  await requireReady(root, cluster, namespaces, image);
  await confirmUnlessLocal(cluster, `release ${env}`, yes);
  provideImage(cluster, image);
  // The diff of a first release is every object of every chart; helmfile -e ENV diff shows it to who asks. The charts'
  // notes tell of ways in that are not ours.
  const code = await runHelmfile(cluster, env, "apply", "--suppress-diff", "--skip-diff-on-install", "--hide-notes");
  if (code !== 0) {
    process.stderr.write(
      `not everything was released: mend what Helmfile says above, then repeat npm run up. ${unreachable}\n`,
    );
    return 1;
  }
  await report(root, cluster, env, owner);
  return 0;
});

async function reachOrStart(start: string | undefined) {
  if (start !== undefined && !starters.includes(start as Starter)) {
    throw new IssueError({ file: "--start", message: unknownName("starter", start, starters) });
  }
  const reached = await reachCluster();
  if (start === undefined || ("cluster" in reached && reached.cluster.runtime === start)) return reached;
  startCluster(start as Starter);
  return await reachCluster();
}

function withoutCluster(env: string, why: string, strict: boolean): ExitCode {
  process.stderr.write(`No cluster: ${why}\n\n${howToStart}\n\n`);
  generate(env);
  process.stdout.write(`${renderInstead(env)}\n`);
  return strict || process.env.CI === "true" ? 1 : 0;
}

function generate(env: string): void {
  const gen = spawnSync(process.execPath, [path.join(import.meta.dirname, "gen.ts"), "--env", env], {
    stdio: "inherit",
  });
  if (gen.status !== 0) throw new IssueError({ file: "gen", message: "failed, see above: nothing was released" });
}

function readApp(root: string, env: string): { image: string; owner: string } {
  const row = readRow(root, env);
  if (Array.isArray(row)) throw new IssueError(...row);
  return { image: row.image, owner: row.owner };
}

async function report(root: string, cluster: Cluster, env: string, owner: string): Promise<void> {
  const places = await findPlaces(cluster, releaseNamespaces(root).values());
  process.stdout.write(`\n${describePlaces(places, cluster)}\n\n${whatToTry(env, owner)}\n`);
}
