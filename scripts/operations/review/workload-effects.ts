/** Pods: which restart, with which image, and what they cost. */
import { claimsOf } from "./claims.ts";
import { type Effect, titleOf } from "./effect.ts";
import type { KubernetesObject, ObjectChange } from "./objects.ts";
import { type PodChange, podChange, restartingParts } from "./pod-change.ts";
import { containersOf, podsOf, quantity } from "./pods.ts";

export function workloadEffects(objects: ObjectChange[]): Effect[] {
  return [...objects.flatMap(restarts), ...images(objects), ...cost(objects)];
}

/** A Rollout's pods are replaced by its strategy: `app-effects.ts`. */
function restarts(change: ObjectChange): Effect[] {
  const { before, after } = change;
  const pods = podChange(change);
  if (!before || !after || !pods) return [];
  const title = titleOf(after);
  if (!pods.replaced) return scaled(title, pods);
  if (after.kind === "Rollout") return [];
  const own = podsOf(after);
  if (!own) {
    const many = countOf(Number(after.spec?.replicas ?? 1));
    const text = `${title} restarts ${many}: ${restartingParts(before, after).join(", ")}`;
    return [{ danger: "caution", kind: "restart", text }];
  }
  const gap = after.spec?.strategy !== undefined && strategyOf(after) === "Recreate" ? ", and is away meanwhile" : "";
  const text = `${title} restarts ${countOf(own.count)}${gap}`;
  return own.count === 0 ? [] : [{ danger: "caution", kind: "restart", text }];
}

function countOf(pods: number | undefined): string {
  if (pods === undefined) return "its pod on each node";
  return pods === 1 ? "its pod" : `its ${pods} pods`;
}

function strategyOf({ spec }: KubernetesObject): unknown {
  return (spec?.strategy as { type?: string } | undefined)?.type;
}

/** Of a workload, or of what an operator makes one from, that keeps its pods. */
function scaled(title: string, { before: from, after: to }: PodChange): Effect[] {
  if (from !== undefined && from > 1 && to === undefined) {
    // Kubernetes and Argo Rollouts put 1 where no number is given.
    return [
      { danger: "caution", kind: "scale", text: `${title} goes from ${from} pods to 1, until its autoscaler acts` },
    ];
  }
  if (from === to || from === undefined || to === undefined) return [];
  return [{ danger: to < from ? "caution" : "note", kind: "scale", text: `${title} goes from ${from} to ${to} pods` }];
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
    const [from, to] = [before, after].map((object) => [...claimsOf(object).values()].join(" and ") || "none");
    return after && from !== to ? [`disk of ${titleOf(after)} ${from} -> ${to}`] : [];
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
