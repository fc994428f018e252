import { parseArgs } from "node:util";
import { type Cluster, getObjects } from "./lib/cluster/cluster.ts";
import { confirm } from "./lib/cluster/confirm.ts";
import { releaseNamespaces } from "./lib/cluster/find-live-app.ts";
import { helmProblems, runHelmfile } from "./lib/cluster/helmfile-run.ts";
import { describeLeftovers } from "./lib/cluster/leftovers.ts";
import { reachCluster } from "./lib/cluster/prepare-up.ts";
import { type ExitCode, runCommand } from "./lib/command.ts";
import { IssueError } from "./lib/issue.ts";
import { requireKnown } from "./lib/suggest.ts";
import { environmentNames } from "./lib/values/environments.ts";

const usage = `npm run down [-- OPTIONS]: takes an environment's releases away from the cluster of the current context

  --env ENV  the environment (default: dev)
  --yes      do not ask

Namespaces, CRDs and volumes stay, since there may be more in them; it prints the commands that delete them.
`;

await runCommand(async (): Promise<ExitCode> => {
  const { values: options } = parseArgs({
    options: {
      env: { type: "string", default: "dev" },
      yes: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (options.help) {
    process.stdout.write(usage);
    return 0;
  }
  const { env, yes } = options;
  const root = process.cwd();
  requireKnown("environment", env, environmentNames(root));
  const reached = await reachCluster();
  if ("absent" in reached) throw new IssueError({ file: "kubectl", message: reached.absent });
  const problems = helmProblems();
  if (problems.length > 0) throw new IssueError(...problems);
  const { cluster } = reached;
  await confirm(cluster, `take every release of ${env} away`, yes);
  const code = await runHelmfile(cluster, env, "destroy");
  process.stdout.write(await leftovers(root, cluster));
  return code === 0 ? 0 : 1;
});

async function leftovers(root: string, cluster: Cluster): Promise<string> {
  const names = async (kind: string) =>
    (await getObjects<{ metadata: { name: string } }>(cluster, kind)).map(({ metadata }) => metadata.name);
  const [namespaces, crds] = [await names("namespaces"), await names("customresourcedefinitions")];
  const ours = new Set(releaseNamespaces(root).values());
  return describeLeftovers(
    namespaces.filter((name) => ours.has(name)),
    crds,
  );
}
