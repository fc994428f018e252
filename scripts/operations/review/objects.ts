import { isDeepStrictEqual } from "node:util";
import { isMap } from "../../chart-types/defaults.ts";
import { findTool } from "../../outside/find-tool.ts";
import { renderOnce } from "../../outside/kept-renderings.ts";
import { type Manifest, readManifests } from "../manifests.ts";
import { compareValues, type Difference, keyed } from "./compare.ts";
import type { Released } from "./released.ts";

/** A rendered object of Kubernetes, as far as every kind has it. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  spec?: Record<string, unknown>;
  [key: string]: unknown;
}

/** An object that a change makes, changes or removes. */
export interface ObjectChange {
  before?: KubernetesObject;
  /** With the old values of what is random. */
  after?: KubernetesObject;
  /** Without noise: checksums and the labels that name a chart's version. None where only these differ. */
  differences: Difference[];
}

/** What differs between two renderings of a release. */
export interface ChangedObjects {
  objects: ObjectChange[];
  /** Every Ingress and HTTPRoute of each side: a host may go with one object and still be answered by another. */
  routes: { before: KubernetesObject[]; after: KubernetesObject[] };
}

/** Objects that a chart renders for a release, and the release's namespace. */
export interface Rendered {
  manifests: Manifest[];
  namespace?: string;
}

/**
 * Objects of a release that differ, by its rendered charts; or why they cannot be had. Either side may be missing: the release
 * is new, or gone.
 */
export async function changedObjects(
  before?: Released,
  after?: Released,
): Promise<ChangedObjects | { reason: string }> {
  const [one, other] = await Promise.all([render(before, "first"), render(after, "first")]);
  if ("reason" in one) return one;
  if ("reason" in other) return other;
  const again = await render(after && before, "again");
  const objects = compareObjects(one, other, "reason" in again ? [] : again.manifests);
  return { objects, routes: { before: routesOf(one), after: routesOf(other) } };
}

function routesOf({ manifests }: Rendered): KubernetesObject[] {
  const routes = manifests.filter(({ kind }) => ["Ingress", "HTTPRoute"].includes(kind));
  return routes.map(({ object }) => object as unknown as KubernetesObject);
}

/**
 * Objects that differ between two renderings.
 * @param again The old side, rendered once more after the new one: what differs there is random or the time, and no change.
 */
export function compareObjects(before: Rendered, after: Rendered, again: Manifest[]): ObjectChange[] {
  // Objects whose text is the same are not looked at: most of a large chart's are.
  const texts = ({ manifests }: Rendered) => new Set(manifests.map(({ text }) => text));
  const unchanged = texts(before).intersection(texts(after));
  const objects = ({ manifests, namespace = "" }: Rendered) => {
    const differing = manifests.filter(({ text }) => !unchanged.has(text));
    const parsed = differing.map(({ object }) => object as unknown as KubernetesObject);
    return new Map(parsed.map((object) => [identityOf(object, namespace), object]));
  };
  const old = objects(before);
  const fresh = objects(after);
  const repeated = objects({ ...before, manifests: again });
  return [...new Set([...old.keys(), ...fresh.keys()])].sort().flatMap((key): ObjectChange[] => {
    const before = old.get(key);
    const after = withoutChance(fresh.get(key), before, repeated.get(key) ?? before) as KubernetesObject | undefined;
    if (compareValues(before, after).length === 0) return [];
    const differences = compareValues(withoutNoise(before), withoutNoise(after));
    return [{ ...(before && { before }), ...(after && { after }), differences }];
  });
}

async function render(release: Released | undefined, turn: "first" | "again"): Promise<Rendered | { reason: string }> {
  if (!release) return { manifests: [] };
  const found = release.chart.find();
  if ("reason" in found) return found;
  if (findTool("helm") === undefined) return { reason: "helm is not there: npm run tools" };
  const { name, namespace, values, apiVersions } = release;
  const rendering = await renderOnce({ name, namespace, values, apiVersions, directory: found.directory }, turn);
  if ("failure" in rendering) return { reason: rendering.failure.split("\n").at(-1) ?? rendering.failure };
  return { manifests: readManifests(rendering.text), namespace };
}

/** Group, kind, namespace and name: what makes an object the same one after a change. */
function identityOf({ apiVersion, kind, metadata }: KubernetesObject, namespace: string): string {
  const group = apiVersion.includes("/") ? apiVersion.split("/")[0] : "";
  return [kind, group, metadata.namespace ?? namespace, metadata.name].join(" ");
}

/** A value with the old one wherever two renderings of the old side differ. */
function withoutChance(fresh: unknown, old: unknown, again: unknown): unknown {
  if (isMap(fresh) && isMap(old) && isMap(again)) {
    return Object.fromEntries(Object.keys(fresh).map((key) => [key, withoutChance(fresh[key], old[key], again[key])]));
  }
  if (Array.isArray(fresh) && Array.isArray(old) && Array.isArray(again)) {
    const [items, olds, agains] = keyed(fresh, old, again);
    return [...items].map(([key, item]) => withoutChance(item, olds.get(key), agains.get(key)));
  }
  return fresh === undefined || isDeepStrictEqual(old, again) ? fresh : old;
}

/** Labels that name a chart's version, or what it installs. */
const noisyLabels = ["helm.sh/chart", "app.kubernetes.io/version", "chart", "version", "heritage"];

/** A copy without what changes with every version of a chart, or whenever something else changes. */
function withoutNoise(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNoise);
  if (!isMap(value)) return value;
  const entries = Object.entries(value).map(([key, item]) => {
    if (key === "labels" && isMap(item)) return [key, without(item, (label) => noisyLabels.includes(label))];
    if (key === "annotations" && isMap(item)) return [key, without(item, (name) => /^checksum\b/.test(name))];
    return [key, withoutNoise(item)];
  });
  return Object.fromEntries(entries);
}

/** A copy without such keys. */
export function without(map: Record<string, unknown>, isNoise: (key: string) => boolean): Record<string, unknown> {
  return Object.fromEntries(Object.entries(map).filter(([key]) => !isNoise(key)));
}
