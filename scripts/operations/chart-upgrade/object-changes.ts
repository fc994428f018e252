import { isMap } from "../../chart-types/defaults.ts";
import type { Manifest } from "../manifests.ts";
import type { Difference } from "../review/compare.ts";
import { frozenChanges } from "../review/immutable.ts";
import { type ObjectChange as Change, compareObjects } from "../review/objects.ts";
import { podChange } from "../review/pod-change.ts";
import { podsOf } from "../review/pods.ts";
import { isDefinition } from "./crd-changes.ts";
import { showValue } from "./place.ts";

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

/**
 * Objects that two versions of a chart render differently with the same values, CRDs left out.
 * @param namespace That of the release.
 * @param again Another rendering of the old version: what differs there is random, such as a password, and no change.
 */
export function objectChanges(
  namespace: string,
  before: Manifest[],
  after: Manifest[],
  again: Manifest[],
): ObjectChange[] {
  const rendered = (all: Manifest[]) => ({ manifests: all.filter((one) => !isDefinition(one)), namespace });
  return compareObjects(rendered(before), rendered(after), again).flatMap((change): ObjectChange[] => {
    const { before, after, differences } = change;
    const object = after ?? before;
    if (!object) return [];
    const { kind, metadata } = object;
    const elsewhere = metadata.namespace && metadata.namespace !== namespace ? metadata.namespace : undefined;
    const named = { kind, name: metadata.name, ...(elsewhere && { namespace: elsewhere }) };
    if (!before || !after) return [{ ...named, change: before ? "goes" : "comes" }];
    const pods = podsThatRestart(change);
    const immutable = kind === "Rollout" ? [] : frozenChanges(change);
    return [
      {
        ...named,
        change: "changes",
        ...(differences.length === 0 && { onlyMarks: true as const }),
        ...(pods && { pods, because: reasons(differences, pods === "restart" ? "spec.template" : "spec") }),
        ...(immutable.length > 0 && { immutable }),
      },
    ];
  });
}

function podsThatRestart(change: Change): ObjectChange["pods"] {
  if (!change.after || !podChange(change)?.replaced) return undefined;
  return podsOf(change.after) ? "restart" : "byOperator";
}

/** Reasons that are told of one object. */
const maxReasons = 3;

function reasons(differences: Difference[], below: string): string[] {
  const real = differences.filter(({ path }) => path.startsWith(`${below}.`));
  if (real.length === 0) return ["only checksums and the chart's version in labels"];
  const told = [...new Set(real.toSorted((a, b) => Number(isImage(b)) - Number(isImage(a))).map(describe))];
  return told.length <= maxReasons
    ? told
    : [...told.slice(0, maxReasons - 1), `and ${told.length - maxReasons + 1} more fields`];
}

function isImage({ path }: Difference): boolean {
  return path.endsWith(".image");
}

function describe(difference: Difference): string {
  const { path, before, after } = difference;
  if (isImage(difference)) return `image ${shortImages(String(before), String(after)).join(" -> ")}`;
  const where = path.replace(/^spec\.template\.spec\./, "").replace(/^spec\.(template\.)?/, "");
  // Items without names are compared by their places, of which one that is new moves all that follow.
  const list = /^(.*?)\[\d+\]/s.exec(where)?.[1];
  if (list !== undefined) return `${list} changes`;
  const isShort = [before, after].every((value) => value === undefined || !(isMap(value) || Array.isArray(value)));
  if (isShort) return `${where}: ${showValue(before)} -> ${showValue(after)}`;
  return `${where} ${before === undefined ? "comes" : after === undefined ? "goes" : "changes"}`;
}

/** The repository of an image is said once where it stays. */
function shortImages(before: string, after: string): [string, string] {
  const repository = before.slice(0, before.lastIndexOf(":") + 1);
  return repository !== "" && after.startsWith(repository) ? [before, after.slice(repository.length)] : [before, after];
}
