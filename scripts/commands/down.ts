import { appFile, type DeclaredApp, loadDeclaredApps } from "../engine/apps.ts";
import { loadEnvironment } from "../engine/environments.ts";
import { type Answer, defineCommand, type Given, type Target, yesOption } from "../frame/command.ts";
import { confirm, findTarget, requireOwnApps } from "../frame/target.ts";
import { releaseNamespaces } from "../operations/app/find-live-app.ts";
import { describeFound, findGoing, type Going, removalProblems, takeAway } from "../operations/removal/take-away.ts";
import type { Cluster } from "../outside/cluster.ts";
import { does, planDeeds } from "../outside/deeds.ts";
import { helmProblems, runHelmfile } from "../outside/helmfile.ts";
import { getObjects } from "../outside/kubectl.ts";
import { count, IssueError } from "../problems/issue.ts";

export const command = defineCommand({
  summary: "deletes an environment's releases, or one app, from the current context's cluster",
  operands: [
    { name: "ENV", optional: true, is: "environment", help: "the environment; dev on this machine unless given" },
  ],
  options: {
    app: { value: "A", help: "only this app, also if its files under values-src/apps/ are gone; else every release" },
    ...yesOption,
  },
  notes: "Namespaces, CRDs and volumes stay, since there may be more in them; it prints the commands that delete them.",
  touches: "cluster",
  async run(given) {
    const { root, operands, options } = given;
    const { cluster, env } = await findTarget(given, operands[0], async () => "dev");
    await requireOwnApps(root, cluster, env);
    const problems = helmProblems();
    if (problems.length > 0) throw new IssueError(...problems);
    if (options.app !== undefined) return takeAppAway(given, { cluster, env }, options.app);
    const confirmed = await confirm(given, cluster, `take every release of ${env} away`, { always: true });
    planDeeds([], `npm run down -- ${env} takes away what is left`);
    const code = await does(`take the releases of ${env} away`, () => runHelmfile(confirmed, env, "destroy"));
    const left = await leftovers(root, cluster);
    return {
      code: code === 0 ? 0 : 1,
      text: describeLeftovers(left.namespaces, left.crds),
      data: { environment: env, ...left },
    };
  },
});

/** Takes one app away, and nothing of another. */
async function takeAppAway(
  given: Pick<Given, "root" | "yes">,
  { cluster, env }: Target,
  name: string,
): Promise<Answer> {
  if (!/^[a-z0-9-]+$/.test(name)) throw new IssueError({ file: "--app", message: `"${name}" is no name of an app` });
  const apps = await loadDeclaredApps(given.root);
  const { git } = await loadEnvironment(given.root, env);
  const going: Going = { cluster, env, name, apps, repository: git.url };
  const found = await findGoing(going);
  const problem = removalProblems(going, found);
  if (problem) throw new IssueError({ file: "--app", message: problem });
  const what = describeFound(found);
  const confirmed = await confirm(given, cluster, `take ${name} of ${env} away (${what})`, { always: true });
  const left = await takeAway({ ...going, cluster: confirmed }, found);
  const names = left.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  const lines = [
    `${env}: ${name} was taken away: ${what}`,
    ...(names.length > 0 ? [`These came back, so something else still releases them: ${names.join(", ")}`] : []),
    ...describeStaying(apps, env, name, found.namespaces),
  ];
  const { namespaces } = found;
  return {
    code: names.length > 0 ? 1 : 0,
    text: lines.join("\n"),
    data: { environment: env, app: name, namespaces, left: names },
  };
}

/** What stays: the namespaces, and the facts. */
function describeStaying(apps: DeclaredApp[], env: string, name: string, namespaces: string[]): string[] {
  const shared = apps.filter((app) => app.name !== name && namespaces.includes(app.namespace));
  const own = namespaces.filter((namespace) => !shared.some((app) => app.namespace === namespace));
  const facts = apps.some((app) => app.name === name)
    ? [`${appFile(name)} is still there: helmfile -e ${env} sync brings it back`]
    : [];
  return [
    ...shared.map((app) => `Namespace ${app.namespace} stays: ${app.name} is in it too.`),
    ...(own.length > 0
      ? ["The namespace stays. With its volumes and Secrets, if nobody else needs them, it goes by:"]
      : []),
    ...own.map((namespace) => `  kubectl delete namespace ${namespace}`),
    ...facts,
  ];
}

async function leftovers(root: string, cluster: Cluster): Promise<{ namespaces: string[]; crds: string[] }> {
  const names = async (kind: string) => {
    return (await getObjects<{ metadata: { name: string } }>(cluster, kind)).map(({ metadata }) => metadata.name);
  };
  const ours = new Set((await releaseNamespaces(root)).values());
  const namespaces = (await names("namespaces")).filter((name) => ours.has(name));
  return { namespaces, crds: await names("customresourcedefinitions") };
}

/** Groups of the CRDs that the charts bring, some of which Helm never deletes. */
const groups = ["argoproj.io", "monitoring.coreos.com", "traefik.io", "hub.traefik.io"];

/** What stays in a cluster after the releases are deleted, and the commands that delete it. */
export function describeLeftovers(namespaces: string[], crds: string[]): string {
  const kinds = groups.flatMap((group) => {
    const names = crds.filter((name) => name.slice(name.indexOf(".") + 1) === group);
    return names.length > 0 ? [{ group, names }] : [];
  });
  if (namespaces.length === 0 && kinds.length === 0) return "Nothing is left.";
  const lines = [
    "These are left. Delete them if nobody else needs them:",
    ...(namespaces.length > 0 ? ["  # namespaces, with the volumes and Secrets in them"] : []),
    ...(namespaces.length > 0 ? [`  kubectl delete namespace ${namespaces.join(" ")}`] : []),
    ...kinds.flatMap(({ group, names }) => [
      `  # ${count(names.length, "kind")} of ${group}, with every object of theirs in every namespace`,
      `  kubectl delete crd ${names.join(" ")}`,
    ]),
  ];
  return lines.join("\n");
}
