import { loadDeclaredReleases } from "../engine/releases.ts";
import { defineCommand, yesOption } from "../frame/command.ts";
import { confirm, findTarget, requireOwnApps } from "../frame/target.ts";
import { releaseNamespaces } from "../operations/app/find-live-app.ts";
import type { Cluster } from "../outside/cluster.ts";
import { does, planDeeds } from "../outside/deeds.ts";
import { helmProblems, runHelmfile } from "../outside/helmfile.ts";
import { getObjects } from "../outside/kubectl.ts";
import { count, IssueError } from "../problems/issue.ts";

export const command = defineCommand({
  summary: "deletes an environment's releases from the current context's cluster",
  operands: [
    { name: "ENV", optional: true, is: "environment", help: "the environment; dev on this machine unless given" },
  ],
  options: yesOption,
  notes: "Namespaces, CRDs and volumes stay, since there may be more in them; it prints the commands that delete them.",
  touches: "cluster",
  async run(given) {
    const { root, operands } = given;
    const { cluster, env } = await findTarget(given, operands[0], async () => "dev");
    await requireOwnApps(root, cluster, env);
    const problems = helmProblems();
    if (problems.length > 0) throw new IssueError(...problems);
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

async function leftovers(root: string, cluster: Cluster): Promise<{ namespaces: string[]; crds: string[] }> {
  const names = async (kind: string) => {
    return (await getObjects<{ metadata: { name: string } }>(cluster, kind)).map(({ metadata }) => metadata.name);
  };
  const ours = new Set(releaseNamespaces(await loadDeclaredReleases(root)).values());
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
