/** Pods: which restart, with which image, and what they cost. */
import { isDeepStrictEqual } from "node:util";
import { type Effect, titleOf } from "./effect.ts";
import type { KubernetesObject, ObjectChange } from "./objects.ts";
import { restartingParts } from "./pod-change.ts";
import { containersOf, podsOf, quantity } from "./pods.ts";

export function workloadEffects(objects: ObjectChange[]): Effect[] {
  return [...objects.flatMap(restarts), ...images(objects), ...cost(objects)];
}

/** A Rollout's pods are replaced by its strategy: `app-effects.ts`. */
function restarts({ before, after }: ObjectChange): Effect[] {
  if (!before || !after) return [];
  const title = titleOf(after);
  const pods = podsOf(after);
  if (pods) {
    if (isDeepStrictEqual(before.spec?.template, after.spec?.template)) return scaled(before, after);
    if (after.kind === "Rollout") return [];
    const many =
      pods.count === undefined ? "its pod on each node" : pods.count === 1 ? "its pod" : `its ${pods.count} pods`;
    const gap = after.spec?.strategy !== undefined && strategyOf(after) === "Recreate" ? ", and is away meanwhile" : "";
    return pods.count === 0 ? [] : [{ danger: "caution", kind: "restart", text: `${title} restarts ${many}${gap}` }];
  }
  const restarting = restartingParts(before, after);
  if (restarting.length === 0) return [];
  const count = Number(after.spec?.replicas ?? 1);
  const many = count === 1 ? "its pod" : `its ${count} pods`;
  return [{ danger: "caution", kind: "restart", text: `${title} restarts ${many}: ${restarting.join(", ")}` }];
}

function strategyOf({ spec }: KubernetesObject): unknown {
  return (spec?.strategy as { type?: string } | undefined)?.type;
}

function scaled(before: KubernetesObject, after: KubernetesObject): Effect[] {
  const from = podsOf(before)?.count;
  const to = podsOf(after)?.count;
  if (from === to || from === undefined || to === undefined) return [];
  const danger = to < from ? "caution" : "note";
  return [{ danger, kind: "scale", text: `${titleOf(after)} goes from ${from} to ${to} pods` }];
}

function images(objects: ObjectChange[]): Effect[] {
  const seen = new Set<string>();
  return objects.flatMap(({ before, after }) => {
    const old = before && podsOf(before);
    const fresh = after && podsOf(after);
    if (!after || !fresh) return [];
    const had = new Map(old ? containersOf(old).map(({ name, image }) => [name, image]) : []);
    return containersOf(fresh).flatMap(({ name, image }): Effect[] => {
      const was = had.get(name);
      if (image === undefined || image === was || seen.has(`${was} ${image}`)) return [];
      seen.add(`${was} ${image}`);
      const change: Effect[] = old
        ? [{ danger: "note", kind: "image", text: `image of ${name}: ${was ?? "none"} -> ${image}` }]
        : [];
      return floats(image)
        ? [
            ...change,
            { danger: "caution", kind: "image-floats", text: `${image} may be another image tomorrow: name a tag` },
          ]
        : change;
    });
  });
}

function floats(image: string): boolean {
  if (image.includes("@sha256:")) return false;
  const tag = /:([^/:]+)$/.exec(image)?.[1];
  return tag === undefined || ["latest", "main", "master", "edge", "stable"].includes(tag);
}

/** What all pods of the release ask for, before and after; disks too. */
function cost(objects: ObjectChange[]): Effect[] {
  const sum = (side: "before" | "after", part: "cpu" | "memory") =>
    objects.reduce((total, change) => total + requested(change[side], part), 0);
  const text = (["cpu", "memory"] as const).flatMap((part) => {
    const from = sum("before", part);
    const to = sum("after", part);
    return Math.abs(from - to) < 1e-9 ? [] : [`${part} ${amount(from, part)} -> ${amount(to, part)}`];
  });
  const disks = objects.flatMap(({ before, after }) => {
    const from = diskOf(before);
    const to = diskOf(after);
    return after && from !== to ? [`disk of ${titleOf(after)} ${from ?? "none"} -> ${to ?? "none"}`] : [];
  });
  const all = [...text, ...disks];
  return all.length === 0 ? [] : [{ danger: "note", kind: "cost", text: `pods that change ask for ${all.join(", ")}` }];
}

function requested(object: KubernetesObject | undefined, part: "cpu" | "memory"): number {
  const pods = object && podsOf(object);
  if (!pods) return 0;
  const each = pods.spec.containers.reduce((sum, { resources }) => sum + quantity(resources?.requests?.[part]), 0);
  return (pods.count ?? 1) * each;
}

function amount(value: number, part: "cpu" | "memory"): string {
  return part === "cpu" ? `${Math.round(value * 1000)}m` : `${Math.round(value / 2 ** 20)}Mi`;
}

/** Size of what an object claims, as it is written. */
function diskOf(object: KubernetesObject | undefined): string | undefined {
  interface Claim {
    spec?: { resources?: { requests?: { storage?: string } } };
  }
  const spec = object?.spec as
    | { storage?: { volumeClaimTemplate?: Claim }; volumeClaimTemplates?: Claim[] }
    | undefined;
  const claim = object?.kind === "PersistentVolumeClaim" ? (object as unknown as Claim) : undefined;
  return (claim ?? spec?.storage?.volumeClaimTemplate ?? spec?.volumeClaimTemplates?.[0])?.spec?.resources?.requests
    ?.storage;
}
