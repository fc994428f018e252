/** What happens to data on disk when an object goes, or asks for another disk. */
import type { ReleaseChange } from "./changes.ts";
import { claimsOf } from "./claims.ts";
import { type Effect, isKept, titleOf } from "./effect.ts";
import type { KubernetesObject, ObjectChange } from "./objects.ts";
import { quantity } from "./pods.ts";

export function diskEffects({ objects }: ReleaseChange): Effect[] {
  return objects.flatMap((change) => [...goes(change), ...scaledDown(change), ...sizes(change)]);
}

/** Claims made from a template stay behind unless the object says otherwise. A claim itself: `loss-effects.ts`. */
function goes({ before, after }: ObjectChange): Effect[] {
  if (!before || after || isKept(before) || before.kind === "PersistentVolumeClaim") return [];
  const claims = [...claimsOf(before).values()];
  if (claims.length === 0) return [];
  const what = `${titleOf(before)} disappears, and`;
  if (retention(before).whenDeleted === "Delete") {
    return [
      { danger: "danger", kind: "data-lost", text: `${what} with it what is in its claims of ${claims.join(", ")}` },
    ];
  }
  const text = `${what} its claims of ${claims.join(", ")} stay with what is in them, until somebody deletes them`;
  return [{ danger: "danger", kind: "data-left", text }];
}

function scaledDown({ before, after }: ObjectChange): Effect[] {
  if (!before || !after || claimsOf(after).size === 0 || retention(after).whenScaled !== "Delete") return [];
  const [from, to] = [before, after].map(({ spec }) => Number(spec?.replicas ?? 1));
  if (from === undefined || to === undefined || to >= from) return [];
  const text = `${titleOf(after)} goes from ${from} to ${to} pods, and deletes the claims of the others`;
  return [{ danger: "danger", kind: "data-lost", text }];
}

function retention({ spec }: KubernetesObject): { whenDeleted?: string; whenScaled?: string } {
  return spec?.persistentVolumeClaimRetentionPolicy ?? {};
}

/** A StatefulSet's templates cannot change: `loss-effects.ts`. An operator makes its StatefulSet anew, not its claims. */
function sizes({ before, after }: ObjectChange): Effect[] {
  if (!before || !after || after.kind === "StatefulSet") return [];
  const old = claimsOf(before);
  const fresh = claimsOf(after);
  const title = titleOf(after);
  const gone = [...old]
    .filter(([name]) => !fresh.has(name))
    .map(([, size]): Effect => {
      const text = `${title} no longer has its claims of ${size} and starts empty; they stay with what is in them`;
      return { danger: "danger", kind: "data-left", text };
    });
  return [
    ...gone,
    ...[...fresh].flatMap(([name, size]): Effect[] => {
      const was = old.get(name);
      if (was === size) return [];
      if (was === undefined) {
        const text = `${title} gets claims of ${size} and starts empty: what it kept on its pods' own disks is lost`;
        return [{ danger: "caution", kind: "data-lost", text }];
      }
      const shrinks = quantity(size) < quantity(was);
      if (after.kind === "PersistentVolumeClaim") {
        const text = `${title} shrinks from ${was} to ${size}; Kubernetes refuses that: make another one, and copy what is in it`;
        return shrinks ? [{ danger: "danger", kind: "immutable", text }] : [];
      }
      const how = shrinks ? "Kubernetes shrinks none" : "enlarge each by hand";
      return [
        {
          danger: "caution",
          kind: "disk",
          text: `${title}: claims that are there keep ${was}, new ones get ${size}; ${how}`,
        },
      ];
    }),
  ];
}
