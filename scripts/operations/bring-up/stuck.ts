import type { Cluster } from "../../outside/cluster.ts";
import { type HelmRelease, listReleases } from "../../outside/helmfile.ts";
import type { Issue } from "../../problems/issue.ts";

/** The fields of a Namespace that are read here. */
export interface Namespace {
  metadata: { name: string };
  status?: { phase?: string; conditions?: { type: string; status: string; message?: string }[] };
}

/** Problems with namespaces that are being deleted: nothing can be released into them. */
export function stuckNamespaces(namespaces: Namespace[], wanted: Iterable<string>): Issue[] {
  const names = new Set(wanted);
  return namespaces
    .filter(({ metadata, status }) => names.has(metadata.name) && status?.phase === "Terminating")
    .map(({ metadata: { name }, status }) => {
      const holds = (status?.conditions ?? []).filter(
        ({ type, status }) => /Remaining$/.test(type) && status === "True",
      );
      const reasons = holds.map(({ message }) => message).filter(Boolean);
      const lines = [
        `is being deleted, and nothing can be released into it until it has gone${reasons.length > 0 ? ":" : ""}`,
        ...reasons.map((reason) => `  ${reason}`),
        `wait for it:           kubectl wait --for=delete namespace/${name} --timeout=5m`,
        "if that never ends, objects in it wait for a controller that is gone. Remove their finalizers, one by one:",
        `                       kubectl patch KIND NAME -n ${name} --type merge -p '{"metadata":{"finalizers":null}}'`,
      ];
      return { file: `namespace ${name}`, message: lines.join("\n") };
    });
}

/** Problems with releases that an interrupted Helm has left unfinished: Helm refuses to change them again. */
export function stuckReleases(releases: HelmRelease[], wanted: Iterable<string>): Issue[] {
  const names = new Set(wanted);
  return releases
    .filter(({ name, status }) => names.has(name) && /^pending-|^uninstalling$/.test(status))
    .map(({ name, namespace, revision, status }) => {
      const target = `${name} --namespace ${namespace}`;
      const first = status === "pending-install" && revision === "1";
      const out = first || status === "uninstalling" ? `helm uninstall ${target}` : `helm rollback ${target}`;
      const lines = [
        `is in ${status} (revision ${revision}): another Helm is at work, or one was interrupted`,
        `if another is at work:  wait for it; helm history ${target}`,
        `if one was interrupted: ${out}`,
      ];
      return { file: `release ${name}`, message: lines.join("\n") };
    });
}

/** Releases of any namespace that Helm is changing, or was changing when it was interrupted. Throws `IssueError`. */
export function unsettledReleases(cluster: Cluster): Promise<HelmRelease[]> {
  // Not --all, which Helm 4 does not know.
  return listReleases(cluster, "--pending", "--uninstalling");
}
