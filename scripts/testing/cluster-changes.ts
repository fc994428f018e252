/** What a change does to each release of a cluster: as `npm run diff` predicts it, and as the API server shows it. */
import { isDeepStrictEqual } from "node:util";
import { compareValues } from "../operations/review/compare.ts";
import { without } from "../operations/review/objects.ts";
import type { PodChange } from "../operations/review/pod-change.ts";
import type { ObjectReview, ReleaseReview } from "../operations/review/review.ts";

/** An object as the API server has it, as far as it is looked at. */
export interface LiveObject {
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    uid: string;
    generation?: number;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    deletionTimestamp?: string;
    ownerReferences?: { uid: string; controller?: boolean }[];
    [field: string]: unknown;
  };
  // biome-ignore lint/suspicious/noExplicitAny: fields of any kind
  [field: string]: any;
}

/** What happens to a release, as lines that are equal where the same happens. */
export interface Outcome {
  /** `Rollout shop/shop changes`, in order. */
  objects: string[];
  /** `Rollout shop/shop: 1 ends, 2 start`, in order. */
  pods: string[];
  /** Pods in whose place another one starts. */
  restarted: number;
}

/** What happens to a release of which nothing changes. */
export const nothing: Outcome = { objects: [], pods: [], restarted: 0 };

/**
 * What a review predicts, by release. How many pods there are where no value says it (an autoscaler's, one on each node) is
 * taken from the cluster.
 */
export function predictedBy(
  changes: ReleaseReview[],
  before: LiveObject[],
  after: LiveObject[],
): Record<string, Outcome> {
  const had = workloadsIn(before);
  const has = workloadsIn(after);
  return Object.fromEntries(
    changes.map(({ release, objects }) => {
      const pods = objects.flatMap((object) => {
        const { pods } = object;
        if (!pods) return [];
        const workload = placeOf(object);
        const old = pods.before ?? had.get(workload)?.pods.size;
        const fresh = pods.after ?? has.get(workload)?.pods.size;
        return [{ workload, ...turnover(pods, old, fresh) }];
      });
      return [release, outcome(objects.map(lineOf), pods)];
    }),
  );
}

/** What has happened between two looks at a cluster, by the release of Helm whose objects they are. */
export function seenBetween(before: LiveObject[], after: LiveObject[]): Record<string, Outcome> {
  const objects = objectChanges(before, after);
  const pods = podChanges(before, after);
  const releases = [...new Set([...objects, ...pods].map(({ release }) => release))].sort();
  return Object.fromEntries(
    releases.map((name) => {
      const own = objects.filter(({ release }) => release === name);
      return [
        name,
        outcome(
          own.map(({ line }) => line),
          pods.filter(({ release }) => release === name),
        ),
      ];
    }),
  );
}

/** Where the objects of a release differ between two looks; of a Secret only the places. For messages. */
export function differencesOf(release: string, before: LiveObject[], after: LiveObject[]): string[] {
  const all = objectChanges(before, after).filter((change) => change.release === release);
  return all.flatMap(({ line, old, fresh }) => {
    const differences = old && fresh ? compareValues(contentOf(old), contentOf(fresh)) : [];
    const isSecret = fresh?.kind === "Secret";
    const places = differences.map(({ path, before, after }) => {
      return isSecret ? path : `${path}: ${JSON.stringify(before)} -> ${JSON.stringify(after)}`;
    });
    return [line, ...places.map((place) => `  ${place}`)];
  });
}

interface Turnover {
  workload: string;
  ends: number;
  starts: number;
}

/** How many pods end and start, where a workload has so many before and after. */
function turnover({ replaced }: PodChange, before = 0, after = 0): Omit<Turnover, "workload"> {
  if (replaced) return { ends: before, starts: after };
  return { ends: Math.max(0, before - after), starts: Math.max(0, after - before) };
}

function outcome(objects: string[], pods: Turnover[]): Outcome {
  const changed = pods.filter(({ ends, starts }) => ends + starts > 0);
  return {
    objects: objects.toSorted(),
    pods: changed.map(({ workload, ends, starts }) => `${workload}: ${ends} end, ${starts} start`).toSorted(),
    restarted: changed.reduce((sum, { ends, starts }) => sum + Math.min(ends, starts), 0),
  };
}

function placeOf({ kind, namespace, name }: Pick<ObjectReview, "kind" | "namespace" | "name">): string {
  return `${kind} ${namespace}/${name}`;
}

function lineOf(object: ObjectReview): string {
  return `${placeOf(object)} ${object.does === "changes" ? "changes" : `is ${object.does}`}`;
}

interface SeenChange {
  release: string;
  line: string;
  old?: LiveObject;
  fresh?: LiveObject;
}

function objectChanges(before: LiveObject[], after: LiveObject[]): SeenChange[] {
  const had = released(before);
  const has = released(after);
  return [...new Set([...had.keys(), ...has.keys()])].flatMap((place): SeenChange[] => {
    const old = had.get(place)?.object;
    const fresh = has.get(place)?.object;
    const { release = "" } = has.get(place) ?? had.get(place) ?? {};
    if (!old || !fresh) {
      return [{ release, line: `${place} is ${fresh ? "new" : "gone"}`, ...(old && { old }), ...(fresh && { fresh }) }];
    }
    if (old.metadata.uid !== fresh.metadata.uid) return [{ release, line: `${place} is made anew`, old, fresh }];
    if (isDeepStrictEqual(contentOf(old), contentOf(fresh))) return [];
    return [{ release, line: `${place} changes`, old, fresh }];
  });
}

/** Objects of Helm's releases by kind, namespace and name. What a controller has made of them has their marks too. */
function released(objects: LiveObject[]): Map<string, { release: string; object: LiveObject }> {
  return new Map(
    objects.flatMap((object) => {
      const { annotations = {}, ownerReferences = [], ...metadata } = object.metadata;
      const release = annotations["meta.helm.sh/release-name"];
      if (release === undefined || ownerReferences.length > 0) return [];
      const namespace = metadata.namespace ?? annotations["meta.helm.sh/release-namespace"] ?? "";
      return [[placeOf({ kind: object.kind, namespace, name: metadata.name }), { release, object }]];
    }),
  );
}

/** What the API server and controllers count, beside what somebody asks for. */
const counted = ["uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "deletionTimestamp"];

/** Annotations that controllers write. */
const theirs = /^((argo-)?rollouts?\.argoproj\.io|deployment\.kubernetes\.io)\//;

/** What of an object somebody asks for: without status, and without what the API server and controllers write. */
function contentOf({ status: _, ...object }: LiveObject): object {
  const { annotations = {}, ...metadata } = object.metadata;
  const kept = {
    ...without(metadata, (key) => counted.includes(key)),
    annotations: without(annotations, (key) => theirs.test(key)),
  };
  if (object.kind !== "Service") return { ...object, metadata: kept };
  // Argo Rollouts says by it which version a Service leads to.
  const selector = without(object.spec?.selector ?? {}, (key) => key === "rollouts-pod-template-hash");
  return { ...object, metadata: kept, spec: { ...object.spec, selector } };
}

function podChanges(before: LiveObject[], after: LiveObject[]): (Turnover & { release: string })[] {
  const had = workloadsIn(before);
  const has = workloadsIn(after);
  return [...new Set([...had.keys(), ...has.keys()])].flatMap((workload) => {
    const { release = "" } = has.get(workload) ?? had.get(workload) ?? {};
    const old = had.get(workload)?.pods ?? new Set();
    const fresh = has.get(workload)?.pods ?? new Set();
    const ends = old.difference(fresh).size;
    const starts = fresh.difference(old).size;
    return ends + starts > 0 ? [{ workload, release, ends, starts }] : [];
  });
}

/** UIDs of the pods of each object of a release, by its kind, namespace and name. */
export function workloadsIn(objects: LiveObject[]): Map<string, { release: string; pods: Set<string> }> {
  const byUid = new Map(objects.map((object) => [object.metadata.uid, object]));
  const places = new Map([...released(objects)].map(([place, { object }]) => [object.metadata.uid, place]));
  const pods = objects.filter(({ kind }) => kind === "Pod");
  const owned = pods.map((pod) => ({ pod, place: places.get(ownerOf(pod, byUid).metadata.uid) }));
  return new Map(
    [...released(objects)].map(([place, { release }]) => {
      const own = owned.filter((one) => one.place === place).map(({ pod }) => pod.metadata.uid);
      return [place, { release, pods: new Set(own) }];
    }),
  );
}

/** The object at the top of those that a pod is made from, as far as they are known. */
export function ownerOf(object: LiveObject, byUid: Map<string, LiveObject>): LiveObject {
  const references = object.metadata.ownerReferences ?? [];
  const owner = byUid.get((references.find(({ controller }) => controller) ?? references[0])?.uid ?? "");
  return owner ? ownerOf(owner, byUid) : object;
}
