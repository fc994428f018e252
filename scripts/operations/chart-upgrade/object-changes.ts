import { isMap } from "../../chart-types/defaults.ts";
import type { Manifest } from "../manifests.ts";
import { isDefinition } from "./crd-changes.ts";
import { type LeafChange, leafChanges } from "./leaf-changes.ts";
import { showPlace, showValue } from "./place.ts";

/** An object that another version of the chart renders otherwise. */
export interface ObjectChange {
  kind: string;
  name: string;
  /** Only where it is not the release's. */
  namespace?: string;
  change: "comes" | "goes" | "changes";
  /** Whether nothing changes but checksums and the chart's version in labels. */
  onlyMarks?: true;
  /** What becomes of its pods: `restart`, or `byOperator` where a controller makes them from a custom resource. */
  pods?: "restart" | "byOperator";
  /** Why its pods restart. */
  because?: string[];
  /** Fields that an API server does not let be changed: the upgrade fails until the object is deleted. */
  immutable?: string[];
}

/** Kinds whose controller replaces their pods when the template changes. */
const workloads = new Set(["Deployment", "StatefulSet", "DaemonSet", "Rollout"]);

/** Custom resources of which an operator makes a StatefulSet. */
const operated = new Set(["Alertmanager", "Prometheus", "PrometheusAgent", "ThanosRuler"]);

/** Fields that cannot be changed, by kind. */
const fixedFields: Record<string, string[]> = {
  DaemonSet: ["spec.selector"],
  Deployment: ["spec.selector"],
  Job: ["spec.selector", "spec.template"],
  StatefulSet: ["spec.selector", "spec.serviceName", "spec.podManagementPolicy", "spec.volumeClaimTemplates"],
};

/**
 * Objects that two versions of a chart render differently with the same values, CRDs left out.
 * @param again Another rendering of the old version: what differs there is random, such as a password, and no change.
 */
export function objectChanges(before: Manifest[], after: Manifest[], again: Manifest[]): ObjectChange[] {
  const [one, other, third] = [before, after, again].map(byKey) as [ByKey, ByKey, ByKey];
  return [...new Set([...one.keys(), ...other.keys()])].sort().flatMap((key): ObjectChange[] => {
    const [old, fresh] = [one.get(key), other.get(key)];
    if (old && fresh) return old.text === fresh.text ? [] : changeOf(old, fresh, third.get(key));
    const manifest = old ?? fresh;
    return manifest ? [{ ...nameOf(manifest), change: old ? "goes" : "comes" }] : [];
  });
}

type ByKey = Map<string, Manifest>;

function byKey(manifests: Manifest[]): ByKey {
  const objects = manifests.filter((manifest) => !isDefinition(manifest));
  return new Map(objects.map((manifest) => [[manifest.kind, manifest.namespace, manifest.name].join("/"), manifest]));
}

function nameOf({ kind, name, namespace }: Manifest): Pick<ObjectChange, "kind" | "name" | "namespace"> {
  return { kind, name, ...(namespace && { namespace }) };
}

function changeOf(old: Manifest, fresh: Manifest, again: Manifest | undefined): ObjectChange[] {
  const random = new Set((again ? leafChanges(old.object, again.object) : []).map(({ place }) => showPlace(place)));
  const changes = leafChanges(old.object, fresh.object).filter(({ place }) => !random.has(showPlace(place)));
  if (changes.length === 0) return [];
  const real = changes.filter((change) => !isMark(change));
  const ofPods = changes.filter(
    ({ place }) => place[0] === "spec" && (place[1] === "template" || operated.has(old.kind)),
  );
  const isWorkload = workloads.has(old.kind) && ofPods.length > 0;
  const pods = isWorkload ? "restart" : operated.has(old.kind) && ofPods.length > 0 ? "byOperator" : undefined;
  const fixed = isHook(fresh) ? [] : (fixedFields[old.kind] ?? []);
  const immutable = fixed.filter((field) => changes.some(({ place }) => isBelow(showPlace(place), field)));
  return [
    {
      ...nameOf(fresh),
      change: "changes",
      ...(real.length === 0 && { onlyMarks: true as const }),
      ...(pods && { pods, because: reasons(ofPods) }),
      ...(immutable.length > 0 && { immutable }),
    },
  ];
}

function isBelow(place: string, field: string): boolean {
  return place === field || place.startsWith(`${field}.`);
}

/** Helm deletes the Job of a hook before it makes the next. */
function isHook({ object: { metadata } }: Manifest): boolean {
  return isMap(metadata) && isMap(metadata.annotations) && "helm.sh/hook" in metadata.annotations;
}

/** Whether a change follows from the version's number, or from another object's change, which is told by itself. */
function isMark({ place }: LeafChange): boolean {
  const [above = "", key = ""] = place.slice(-2);
  if (above === "annotations") return /^checksum\b/.test(key);
  return above === "labels" && ["helm.sh/chart", "app.kubernetes.io/version", "chart", "version"].includes(key);
}

/** Reasons that are told of one object. */
const maxReasons = 3;

function reasons(changes: LeafChange[]): string[] {
  const real = changes.filter((change) => !isMark(change));
  if (real.length === 0) return ["only checksums and the chart's version in labels"];
  const told = [...new Set(real.toSorted((a, b) => Number(isImage(b)) - Number(isImage(a))).map(describe))];
  return told.length <= maxReasons
    ? told
    : [...told.slice(0, maxReasons - 1), `and ${told.length - maxReasons + 1} more fields`];
}

function isImage({ place }: LeafChange): boolean {
  return place.at(-1) === "image";
}

function describe(change: LeafChange): string {
  const { place, before, after } = change;
  if (isImage(change)) return `image ${shortImages(String(before), String(after)).join(" -> ")}`;
  const where = showPlace(place)
    .replace(/^spec\.template\.spec\./, "")
    .replace(/^spec\.(template\.)?/, "");
  const isShort = [before, after].every((value) => value === undefined || !(isMap(value) || Array.isArray(value)));
  if (isShort) return `${where}: ${showValue(before)} -> ${showValue(after)}`;
  return `${where} ${before === undefined ? "comes" : after === undefined ? "goes" : "changes"}`;
}

/** The repository of an image is said once where it stays. */
function shortImages(before: string, after: string): [string, string] {
  const repository = before.slice(0, before.lastIndexOf(":") + 1);
  return repository !== "" && after.startsWith(repository) ? [before, after.slice(repository.length)] : [before, after];
}
