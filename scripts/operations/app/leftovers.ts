import type { Cluster } from "../../outside/cluster.ts";
import { getReadable } from "../../outside/kubectl.ts";
import type { LiveApp } from "./live-app.ts";

interface Owned {
  metadata: { name: string; namespace?: string; ownerReferences?: { kind: string; name: string }[] };
}

/**
 * What Argo Rollouts has left behind of each app, in words, with the command that removes it: after a change from a canary
 * its canary Ingress stays, and leads to a Service that is gone (argo-rollouts#4751). Neither Helm nor Argo CD knows it. In
 * one call of kubectl; what one may not read is left out. Throws `ClusterError`.
 */
export async function findLeftovers(
  cluster: Pick<Cluster, "context">,
  apps: LiveApp[],
): Promise<Map<LiveApp, string[]>> {
  const without = apps.filter(({ workload }) => workload.kind === "Rollout" && !hasCanaryIngress(workload));
  if (without.length === 0) return new Map();
  const namespaces = new Set(without.map(({ app }) => app.namespace));
  const where = namespaces.size === 1 ? ["--namespace", ...namespaces] : ["--all-namespaces"];
  const ingresses = await getReadable<Owned>(cluster, "ingresses.networking.k8s.io", ...where);
  return new Map(without.map((live) => [live, ingresses.filter((one) => isOf(live, one)).map(describe)]));
}

function hasCanaryIngress({ spec }: LiveApp["workload"]): boolean {
  return spec.strategy?.canary?.trafficRouting?.nginx !== undefined;
}

function isOf({ app, workload }: LiveApp, { metadata: { namespace, ownerReferences = [] } }: Owned): boolean {
  const isOwner = ({ kind, name }: { kind: string; name: string }) =>
    kind === "Rollout" && name === workload.metadata.name;
  return namespace === app.namespace && ownerReferences.some(isOwner);
}

function describe({ metadata: { name, namespace } }: Owned): string {
  return `Ingress ${name} is left over from a canary and leads nowhere: kubectl delete ingress ${name} -n ${namespace}`;
}
