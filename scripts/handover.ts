import { parseArgs } from "node:util";
import { currentCluster } from "./lib/cluster/cluster.ts";
import { confirmUnlessLocal } from "./lib/cluster/confirm.ts";
import { appName, releaseNamespaces } from "./lib/cluster/find-live-app.ts";
import { helmProblems } from "./lib/cluster/helmfile-run.ts";
import { type ExitCode, runCommand } from "./lib/command.ts";
import { countRestarts } from "./lib/handover/app-objects.ts";
import { ownerProblems, requireSettled } from "./lib/handover/requirements.ts";
import { type Handover, runSteps } from "./lib/handover/steps.ts";
import { stepsToArgoCd } from "./lib/handover/to-argocd.ts";
import { stepsToHelmfile } from "./lib/handover/to-helmfile.ts";
import { count, IssueError } from "./lib/issue.ts";
import { requireKnown, unknownName } from "./lib/suggest.ts";
import { environmentNames } from "./lib/values/environments.ts";

const usage = `npm run handover -- --env ENV [OPTIONS]: hands the running app over from Helmfile to Argo CD, or back

  --env ENV   the environment; its app.owner must say the new owner already, committed and pushed
  --to OWNER  argocd (default) or helmfile
  --yes       do not ask, in a context that is not local

No pod is restarted: it goes on only if the new owner would change nothing. One that was interrupted is repeated, and
goes on where it was.
`;

const owners = { argocd: stepsToArgoCd, helmfile: stepsToHelmfile };

await runCommand(async (): Promise<ExitCode> => {
  const { values: options } = parseArgs({
    options: {
      env: { type: "string" },
      to: { type: "string", default: "argocd" },
      yes: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (options.help) {
    process.stdout.write(usage);
    return 0;
  }
  const root = process.cwd();
  const { env, to } = readOptions(root, options.env, options.to);
  const problems = [...ownerProblems(root, env, to), ...helmProblems()];
  if (problems.length > 0) throw new IssueError(...problems);
  const cluster = await currentCluster();
  const namespaces = releaseNamespaces(root);
  const namespace = namespaces.get(appName) ?? appName;
  await requireSettled(cluster, namespace, env);
  const place = { cluster, namespace: namespaces.get("argocd-apps") ?? "argocd", name: appName };
  const handover: Handover = { root, env, cluster, namespace, application: place };
  const steps = owners[to](handover);
  await confirmUnlessLocal(cluster, `hand the app of ${env} over to ${to}`, options.yes);
  process.removeAllListeners("SIGINT");
  process.once("SIGINT", () => {
    process.stderr.write("\ninterrupted: repeat npm run handover, which goes on where it was\n");
    process.exit(1);
  });
  const before = await countRestarts(cluster, namespace);
  await runSteps(steps);
  const after = await countRestarts(cluster, namespace);
  process.stdout.write(`\n${env}: ${to} releases the app. ${describePods(before, after)}\n`);
  return 0;
});

function readOptions(root: string, env: string | undefined, to: string): { env: string; to: keyof typeof owners } {
  const names = environmentNames(root);
  if (env === undefined) throw new IssueError({ file: "--env", message: `is missing: one of ${names.join(", ")}` });
  requireKnown("environment", env, names);
  if (Object.hasOwn(owners, to)) return { env, to: to as keyof typeof owners };
  throw new IssueError({ file: "--to", message: unknownName("owner", to, Object.keys(owners)) });
}

function describePods(before: Map<string, number>, after: Map<string, number>): string {
  const same = [...after].filter(([name, restarts]) => before.get(name) === restarts).length;
  return same === after.size
    ? `It has ${count(same, "pod")}, as before: none is new, none was restarted.`
    : `Of its ${count(after.size, "pod")}, ${after.size - same} are new or were restarted.`;
}
