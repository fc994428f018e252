/** What goes, and what Kubernetes refuses to change. */
import type { ReleaseChange } from "./changes.ts";
import { claimsOf } from "./claims.ts";
import { type Effect, isKept, listed, titleOf } from "./effect.ts";
import { frozenChanges } from "./immutable.ts";
import type { ObjectChange } from "./objects.ts";

/** Kinds whose end takes data with it. */
const withData = ["PersistentVolumeClaim", "Namespace", "CustomResourceDefinition"];

export function lossEffects({ objects }: ReleaseChange): Effect[] {
  const gone = objects.flatMap(({ before, after }) => (before && !after && !isKept(before) ? [before] : []));
  const data = gone.filter(({ kind }) => withData.includes(kind));
  const others = gone.filter((object) => !data.includes(object) && claimsOf(object).size === 0).map(titleOf);
  return [
    ...data.map((object): Effect => {
      return { danger: "danger", kind: "data-lost", text: `${titleOf(object)} disappears, and what is in it` };
    }),
    ...(others.length > 0
      ? [{ danger: "caution", kind: "removed", text: `disappears: ${listed(others)}` } satisfies Effect]
      : []),
    ...objects.flatMap(immutable),
    ...objects.flatMap(definition),
  ];
}

function immutable(change: ObjectChange): Effect[] {
  const { after } = change;
  const parts = frozenChanges(change);
  if (!after || parts.length === 0) return [];
  const what =
    after.kind === "Rollout"
      ? "the pods of the old selector are left behind: move to a new name instead"
      : "Kubernetes refuses that: delete the object first, or give it another name";
  return [{ danger: "danger", kind: "immutable", text: `${titleOf(after)} changes ${listed(parts)}; ${what}` }];
}

function definition({ before, after, differences }: ObjectChange): Effect[] {
  if (after?.kind !== "CustomResourceDefinition" || (before && differences.length === 0)) return [];
  const how =
    "Helm changes only those that its templates make: apply those of a folder crds/ with kubectl --server-side";
  const text = before ? `${titleOf(after)} changes; ${how}` : `${titleOf(after)} is new`;
  return [{ danger: before ? "caution" : "note", kind: "crd", text }];
}
