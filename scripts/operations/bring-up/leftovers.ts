import { count } from "../../problems/issue.ts";

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
