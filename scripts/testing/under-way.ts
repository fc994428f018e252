/** Whether what was released has come to its end: nothing more will change by itself. */
import { type LiveObject, ownerOf } from "./cluster-changes.ts";

/** What of these releases of Helm is not at its end yet, one line each. */
export function underWay(objects: LiveObject[], releases: string[]): string[] {
  const byUid = new Map(objects.map((object) => [object.metadata.uid, object]));
  return objects.flatMap((object) => {
    const { annotations = {} } = ownerOf(object, byUid).metadata;
    if (!releases.includes(annotations["meta.helm.sh/release-name"] ?? "")) return [];
    const why = unsettled(object, byUid);
    return why ? [`${object.kind} ${object.metadata.namespace}/${object.metadata.name} ${why}`] : [];
  });
}

function unsettled(object: LiveObject, byUid: Map<string, LiveObject>): string | undefined {
  const { kind, metadata, spec = {}, status = {} } = object;
  if (metadata.deletionTimestamp) return "ends";
  switch (kind) {
    case "Rollout":
      if (Number(status.observedGeneration ?? 0) < (metadata.generation ?? 0)) return "is not seen by its controller";
      if (status.phase !== "Healthy")
        return `is ${status.phase ?? "new"}${status.message ? `: ${status.message}` : ""}`;
      if (status.currentPodHash !== status.stableRS) return "has a version that does not serve alone";
      return countOff(spec.replicas ?? 1, [status.replicas, status.updatedReplicas, status.availableReplicas]);
    case "Deployment":
      if ((status.observedGeneration ?? 0) < (metadata.generation ?? 0)) return "is not seen by its controller";
      return countOff(spec.replicas ?? 1, [status.replicas, status.updatedReplicas, status.availableReplicas]);
    case "StatefulSet":
      if ((status.observedGeneration ?? 0) < (metadata.generation ?? 0)) return "is not seen by its controller";
      if (status.currentRevision !== status.updateRevision) return "replaces its pods";
      return countOff(spec.replicas ?? 1, [status.replicas, status.readyReplicas]);
    case "DaemonSet":
      if ((status.observedGeneration ?? 0) < (metadata.generation ?? 0)) return "is not seen by its controller";
      return countOff(status.desiredNumberScheduled ?? 0, [status.updatedNumberScheduled, status.numberReady]);
    case "Prometheus":
    case "Alertmanager": {
      const conditions = (status.conditions ?? []) as { type: string; status: string; observedGeneration?: number }[];
      const reconciled = conditions.find(({ type }) => type === "Reconciled");
      const isSeen =
        reconciled?.status === "True" && (reconciled.observedGeneration ?? 0) >= (metadata.generation ?? 0);
      return isSeen ? undefined : "is not seen by its operator";
    }
    case "ReplicaSet":
      return replaced(object, byUid) && (status.replicas ?? 0) > 0 ? "has pods of a version before" : undefined;
    default:
      return undefined;
  }
}

/** Whether it is one of a Rollout's that does not serve. */
function replaced({ metadata: { labels = {}, ownerReferences = [] } }: LiveObject, byUid: Map<string, LiveObject>) {
  const owner = byUid.get(ownerReferences[0]?.uid ?? "");
  return owner?.kind === "Rollout" && labels["rollouts-pod-template-hash"] !== owner.status?.stableRS;
}

function countOff(wanted: number, seen: (number | undefined)[]): string | undefined {
  if (seen.every((count = 0) => count === wanted)) return undefined;
  return `wants ${wanted} pods, and has ${seen.map((count = 0) => count).join(", ")} in all, updated and ready`;
}
