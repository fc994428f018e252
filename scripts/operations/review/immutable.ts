import { compareValues } from "./compare.ts";
import type { KubernetesObject, ObjectChange } from "./objects.ts";

/** Paths that an object changes though the API server, or what runs, does not let it. */
export function frozenChanges({ before, after }: ObjectChange): string[] {
  if (!before || !after || isHook(after)) return [];
  return compareValues(frozenParts(before), frozenParts(after)).map(({ path }) => path);
}

/** What of an object stays as it was made. A Rollout's selector may change, and leaves the pods of the old one behind. */
function frozenParts({ kind, spec = {}, ...rest }: KubernetesObject): Record<string, unknown> {
  switch (kind) {
    case "Deployment":
    case "DaemonSet":
    case "ReplicaSet":
    case "Rollout":
      return { "spec.selector": spec.selector };
    case "StatefulSet": {
      const { replicas, template, updateStrategy, minReadySeconds, ordinals, ...frozen } = spec;
      const { persistentVolumeClaimRetentionPolicy, revisionHistoryLimit, ...others } = frozen;
      return { spec: others };
    }
    case "Job":
      return { "spec.template": spec.template, "spec.selector": spec.selector, "spec.completions": spec.completions };
    case "PersistentVolumeClaim": {
      const { resources, ...frozen } = spec;
      return { spec: frozen };
    }
    case "RoleBinding":
    case "ClusterRoleBinding":
      return { roleRef: rest.roleRef };
    case "StorageClass":
      return { provisioner: rest.provisioner, parameters: rest.parameters };
    case "IngressClass":
      return { "spec.controller": spec.controller };
    default:
      return {};
  }
}

/** A hook of Helm is deleted and made anew. */
function isHook({ metadata }: KubernetesObject): boolean {
  return metadata.annotations?.["helm.sh/hook"] !== undefined;
}
