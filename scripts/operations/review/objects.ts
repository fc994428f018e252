import { isMap } from "../../chart-types/defaults.ts";
import { findTool } from "../../outside/find-tool.ts";
import { renderChart } from "../../outside/helm-template.ts";
import { type Manifest, readManifests } from "../manifests.ts";
import { compareValues, type Difference } from "./compare.ts";
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
  after?: KubernetesObject;
  /** Without noise: checksums and the labels that name a chart's version. None where only these differ. */
  differences: Difference[];
}

/**
 * Objects of a release that differ, by its rendered charts; or why they cannot be had. Either side may be missing: the release
 * is new, or gone.
 */
export async function changedObjects(
  before?: Released,
  after?: Released,
): Promise<ObjectChange[] | { reason: string }> {
  const [one, other] = await Promise.all([render(before), render(after)]);
  if ("reason" in one) return one;
  if ("reason" in other) return other;
  // Objects whose text is the same are not looked at: most of a large chart's are.
  const texts = ({ manifests }: Rendered) => new Set(manifests.map(({ text }) => text));
  const unchanged = texts(one).intersection(texts(other));
  const objects = ({ manifests }: Rendered, namespace = "") => {
    const differing = manifests.filter(({ text }) => !unchanged.has(text));
    const parsed = differing.map(({ object }) => object as unknown as KubernetesObject);
    return new Map(parsed.map((object) => [identityOf(object, namespace), object]));
  };
  const old = objects(one, before?.namespace);
  const fresh = objects(other, after?.namespace);
  return [...new Set([...old.keys(), ...fresh.keys()])].sort().flatMap((key): ObjectChange[] => {
    const before = old.get(key);
    const after = fresh.get(key);
    const all = compareValues(before, after);
    if (all.length === 0) return [];
    const differences = compareValues(withoutNoise(before), withoutNoise(after));
    return [{ ...(before && { before }), ...(after && { after }), differences }];
  });
}

interface Rendered {
  manifests: Manifest[];
}

async function render(release: Released | undefined): Promise<Rendered | { reason: string }> {
  if (!release) return { manifests: [] };
  const found = release.chart.find();
  if ("reason" in found) return found;
  if (findTool("helm") === undefined) return { reason: "helm is not there: npm run tools" };
  const { name, namespace, values, apiVersions } = release;
  const rendering = await renderChart({ name, namespace, values, apiVersions, directory: found.directory });
  if ("failure" in rendering) return { reason: rendering.failure.split("\n").at(-1) ?? rendering.failure };
  return { manifests: readManifests(rendering.text) };
}

/** Group, kind, namespace and name: what makes an object the same one after a change. */
function identityOf({ apiVersion, kind, metadata }: KubernetesObject, namespace: string): string {
  const group = apiVersion.includes("/") ? apiVersion.split("/")[0] : "";
  return [kind, group, metadata.namespace ?? namespace, metadata.name].join(" ");
}

const noisyLabels = ["helm.sh/chart", "app.kubernetes.io/version", "chart", "heritage"];

/** A copy without what changes with every version of a chart, or whenever something else changes. */
function withoutNoise(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNoise);
  if (!isMap(value)) return value;
  const entries = Object.entries(value).flatMap(([key, item]) => {
    if (key === "labels" && isMap(item)) return [[key, without(item, (label) => noisyLabels.includes(label))]];
    if (key === "annotations" && isMap(item)) return [[key, without(item, (name) => name.startsWith("checksum/"))]];
    return [[key, withoutNoise(item)]];
  });
  return Object.fromEntries(entries);
}

function without(map: Record<string, unknown>, isNoise: (key: string) => boolean): Record<string, unknown> {
  return Object.fromEntries(Object.entries(map).filter(([key]) => !isNoise(key)));
}
