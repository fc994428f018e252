/** What goes, and what Kubernetes refuses to change. */
import type { ReleaseChange } from "./changes.ts";
import { compareValues } from "./compare.ts";
import { type Effect, listed, titleOf } from "./effect.ts";
import type { KubernetesObject, ObjectChange } from "./objects.ts";

/** Kinds whose end takes data with it. */
const withData = ["PersistentVolumeClaim", "Namespace", "CustomResourceDefinition"];

export function lossEffects({ name, before, after, objects }: ReleaseChange): Effect[] {
  const gone = objects.filter((change) => !change.after).flatMap(({ before }) => before ?? []);
  const data = gone.filter(({ kind }) => withData.includes(kind));
  const others = gone.filter((object) => !data.includes(object)).map(titleOf);
  return [
    ...(before && !after ? [removed(name, before.owner)] : []),
    ...data.map((object): Effect => {
      return { danger: "danger", kind: "data-lost", text: `${titleOf(object)} disappears, and what is in it` };
    }),
    ...(others.length > 0 && after
      ? [{ danger: "caution", kind: "removed", text: `disappears: ${listed(others)}` } satisfies Effect]
      : []),
    ...objects.flatMap(immutable),
    ...objects.flatMap(definition),
  ];
}

function removed(name: string, owner: string): Effect {
  const how =
    owner === "argocd"
      ? "Argo CD's app goes, and its objects with it"
      : "helmfile apply uninstalls it while it is listed";
  return { danger: "danger", kind: "release-removed", text: `the release ${name} is removed: ${how}` };
}

/** Parts of objects that the API server does not let anybody change. */
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

function immutable({ before, after }: ObjectChange): Effect[] {
  if (!before || !after || isHook(after)) return [];
  const parts = compareValues(frozenParts(before), frozenParts(after)).map(({ path }) => path);
  if (parts.length === 0) return [];
  const what =
    after.kind === "Rollout"
      ? "the pods of the old selector are left behind: move to a new name instead"
      : "Kubernetes refuses that: delete the object first, or give it another name";
  return [{ danger: "danger", kind: "immutable", text: `${titleOf(after)} changes ${listed(parts)}; ${what}` }];
}

/** A hook of Helm is deleted and made anew. */
function isHook({ metadata }: KubernetesObject): boolean {
  return metadata.annotations?.["helm.sh/hook"] !== undefined;
}

function definition({ before, after, differences }: ObjectChange): Effect[] {
  if (after?.kind !== "CustomResourceDefinition" || (before && differences.length === 0)) return [];
  const how =
    "Helm changes only those that its templates make: apply those of a folder crds/ with kubectl --server-side";
  const text = before ? `${titleOf(after)} changes; ${how}` : `${titleOf(after)} is new`;
  return [{ danger: before ? "caution" : "note", kind: "crd", text }];
}
