import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Issue } from "../issue.ts";
import { toolEnv } from "../tools/find.ts";
import type { Cluster } from "./cluster.ts";

/** What is read of a Namespace. */
export interface Namespace {
  metadata: { name: string };
  status?: { phase?: string; conditions?: { type: string; status: string; message?: string }[] };
}

/** A line of `helm list --output json`. */
export interface HelmRelease {
  name: string;
  namespace: string;
  revision: string;
  status: string;
}

/** Namespaces that are going and do not come to an end: nothing can be released into them. */
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
        "if it never ends, its objects wait for a controller that has gone. Take their finalizers away, one by one:",
        `                       kubectl patch KIND NAME -n ${name} --type merge -p '{"metadata":{"finalizers":null}}'`,
      ];
      return { file: `namespace ${name}`, message: lines.join("\n") };
    });
}

/** Releases that an interrupted Helm has left half-way: it refuses to touch them again. */
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

/** Releases of any namespace that are neither deployed nor gone. */
export async function unsettledReleases(cluster: Cluster): Promise<HelmRelease[]> {
  // Not --all, which Helm 4 does not know.
  const args = ["list", "--all-namespaces", "--pending", "--uninstalling", "--output", "json"];
  const helm = promisify(execFile)("helm", ["--kube-context", cluster.context, ...args], { env: toolEnv() });
  return JSON.parse((await helm).stdout || "[]");
}
