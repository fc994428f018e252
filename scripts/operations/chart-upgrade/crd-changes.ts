import { isMap } from "../../chart-types/defaults.ts";
import type { Manifest } from "../manifests.ts";
import { type Place, showPlace } from "./place.ts";

/** A CRD that another version of the chart has otherwise. */
export interface CrdChange {
  name: string;
  kind: "comes" | "goes" | "changes";
  /** `folder`: from a folder crds/, which Helm installs once and never upgrades. `templates`: Helm upgrades it. */
  from: "folder" | "templates";
  /** Whether Helm leaves it in the cluster when it goes from the templates. */
  kept?: boolean;
  /** What changes, for people. */
  details: string[];
}

/** Changes of the CRDs among the objects of two versions. */
export function crdChanges(before: Manifest[], after: Manifest[]): CrdChange[] {
  const [one, other] = [definitionsOf(before), definitionsOf(after)];
  return [...new Set([...one.keys(), ...other.keys()])].sort().flatMap((name): CrdChange[] => {
    const [old, fresh] = [one.get(name), other.get(name)];
    if (!old) return fresh ? [{ name, kind: "comes", from: originOf(fresh), details: servedOf(fresh) }] : [];
    if (!fresh) return [{ name, kind: "goes", from: originOf(old), kept: isKept(old), details: [] }];
    const moved = originOf(old) !== originOf(fresh);
    if (old.text === fresh.text && !moved) return [];
    const details = [
      ...(moved ? [describeMove(fresh)] : []),
      ...(old.text === fresh.text ? [] : differences(old, fresh)),
    ];
    return details.length > 0 ? [{ name, kind: "changes", from: originOf(fresh), details }] : [];
  });
}

function definitionsOf(manifests: Manifest[]): Map<string, Manifest> {
  return new Map(manifests.filter(isDefinition).map((manifest) => [manifest.name, manifest]));
}

export function isDefinition({ kind }: Manifest): boolean {
  return kind === "CustomResourceDefinition";
}

function originOf({ source }: Manifest): CrdChange["from"] {
  return /^[^/]+(\/charts\/[^/]+)*\/crds\//.test(source) ? "folder" : "templates";
}

function describeMove(fresh: Manifest): string {
  return originOf(fresh) === "templates"
    ? "moves to the templates: Helm refuses an existing one without its marks, meta.helm.sh/release-name and -namespace"
    : "moves to a folder crds/: Helm deletes the old one with its objects, unless it has helm.sh/resource-policy: keep";
}

/** https://helm.sh/docs/howto/charts_tips_and_tricks/#tell-helm-not-to-uninstall-a-resource */
function isKept({ object: { metadata } }: Manifest): boolean {
  const annotations = isMap(metadata) ? metadata.annotations : undefined;
  return isMap(annotations) && annotations["helm.sh/resource-policy"] === "keep";
}

/** A version of the objects that a CRD defines. */
interface Version {
  name: string;
  served: boolean;
  storage: boolean;
  schema: unknown;
}

function versionsOf({ object: { spec } }: Manifest): Version[] {
  const versions = isMap(spec) && Array.isArray(spec.versions) ? spec.versions.filter(isMap) : [];
  return versions.map(({ name, served, storage, schema }) => ({
    name: String(name),
    served: served === true,
    storage: storage === true,
    schema: isMap(schema) ? schema.openAPIV3Schema : undefined,
  }));
}

function servedOf(manifest: Manifest): string[] {
  const names = versionsOf(manifest).flatMap(({ name, served }) => (served ? [name] : []));
  return names.length > 0 ? [`serves ${names.join(", ")}`] : [];
}

/** Nothing where only marks and descriptions differ. */
function differences(before: Manifest, after: Manifest): string[] {
  const [one, other] = [before, after].map(
    (manifest) => new Map(versionsOf(manifest).map((each) => [each.name, each])),
  );
  if (!one || !other) return [];
  const details: string[] = [];
  for (const name of new Set([...one.keys(), ...other.keys()])) {
    const [old, fresh] = [one.get(name), other.get(name)];
    if (!old) details.push(`version ${name} comes`);
    else if (!fresh) details.push(`version ${name} goes`);
    else {
      if (old.served !== fresh.served) details.push(`version ${name} is ${fresh.served ? "now" : "no longer"} served`);
      if (old.storage !== fresh.storage && fresh.storage) details.push(`version ${name} is now the stored one`);
      details.push(...schemaDifferences(name, old.schema, fresh.schema));
    }
  }
  return details;
}

/** Names of fields that are told. */
const maxNamed = 3;

function schemaDifferences(version: string, before: unknown, after: unknown): string[] {
  const [one, other] = [fieldsOf(before), fieldsOf(after)];
  const added = [...other.keys()].filter((field) => !one.has(field));
  const removed = [...one.keys()].filter((field) => !other.has(field));
  const changed = [...other.keys()].filter((field) => one.has(field) && one.get(field) !== other.get(field));
  const parts = [
    ...(added.length > 0 ? [`${added.length} added`] : []),
    ...(changed.length > 0 ? [`${changed.length} changed`] : []),
    ...(removed.length > 0 ? [`${removed.length} removed: ${nameSome(removed)}`] : []),
  ];
  return parts.length > 0 ? [`fields of ${version}: ${parts.join(", ")}`] : [];
}

function nameSome(names: string[]): string {
  const more = names.length > maxNamed ? ", …" : "";
  return `${names.slice(0, maxNamed).join(", ")}${more}`;
}

/** Every field of a schema, with what is demanded of it as JSON, descriptions left out. */
function fieldsOf(schema: unknown, place: Place = [], found = new Map<string, string>()): Map<string, string> {
  if (!isMap(schema)) return found;
  const { properties, items, additionalProperties, description: _, ...demands } = schema;
  found.set(showPlace(place) || "(all)", JSON.stringify(demands));
  for (const [key, inner] of Object.entries(isMap(properties) ? properties : {}))
    fieldsOf(inner, [...place, key], found);
  fieldsOf(items, [...place, "[]"], found);
  fieldsOf(additionalProperties, [...place, "*"], found);
  return found;
}
