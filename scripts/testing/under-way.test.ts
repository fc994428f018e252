import { expect, test } from "vitest";
import type { LiveObject } from "./cluster-changes.ts";
import { underWay } from "./under-way.ts";

const marks = { "meta.helm.sh/release-name": "web" };

function object(kind: string, fields: Partial<LiveObject> = {}, name = "web"): LiveObject {
  return {
    kind,
    ...fields,
    metadata: { name, namespace: "web", uid: `${kind} ${name}`, generation: 2, annotations: marks, ...fields.metadata },
  };
}

const one = { replicas: 1, updatedReplicas: 1, availableReplicas: 1 };
const served = { observedGeneration: "2", phase: "Healthy", currentPodHash: "b", stableRS: "b", ...one };
const rollout = (status: object) => object("Rollout", { spec: { replicas: 1 }, status: { ...served, ...status } });
const deployment = (status: object) =>
  object("Deployment", { spec: { replicas: 1 }, status: { observedGeneration: 2, ...one, ...status } });
const set = (hash: string, replicas: number): LiveObject => {
  const ownerReferences = [{ uid: "Rollout web", controller: true }];
  const metadata = { labels: { "rollouts-pod-template-hash": hash }, ownerReferences };
  const made = object("ReplicaSet", { status: { replicas } }, `web-${hash}`);
  return { ...made, metadata: { ...made.metadata, ...metadata } };
};
const prometheus = (observedGeneration: number) =>
  object("Prometheus", { status: { conditions: [{ type: "Reconciled", status: "True", observedGeneration }] } });
const statefulSet = (currentRevision: string) => {
  const status = { observedGeneration: 2, currentRevision, updateRevision: "b", replicas: 1, readyReplicas: 1 };
  return object("StatefulSet", { spec: { replicas: 1 }, status });
};
const ending = (kind: string): LiveObject => {
  const one = object(kind);
  return { ...one, metadata: { ...one.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } };
};

test.for<[string, LiveObject[], string[]]>([
  ["a Rollout that serves alone", [rollout({}), set("a", 0), set("b", 1)], []],
  ["a new Rollout", [rollout({ observedGeneration: "1" })], ["Rollout web/web is not seen by its controller"]],
  ["a rollout", [rollout({ phase: "Paused", message: "step" })], ["Rollout web/web is Paused: step"]],
  [
    "an aborted one that is healthy again",
    [rollout({ stableRS: "a" })],
    ["Rollout web/web has a version that does not serve alone"],
  ],
  ["pods of the version before", [rollout({}), set("a", 1)], ["ReplicaSet web/web-a has pods of a version before"]],
  ["a Deployment at its end", [deployment({})], []],
  [
    "a Deployment that replaces its pods",
    [deployment({ replicas: 2 })],
    ["Deployment web/web wants 1 pods, and has 2, 1, 1 in all, updated and ready"],
  ],
  ["a Prometheus that its operator has seen", [prometheus(2)], []],
  ["one that it has not", [prometheus(1)], ["Prometheus web/web is not seen by its operator"]],
  ["a StatefulSet at its end", [statefulSet("b")], []],
  ["a StatefulSet that replaces its pods", [statefulSet("a")], ["StatefulSet web/web replaces its pods"]],
  ["a pod that ends", [ending("Pod")], ["Pod web/web ends"]],
])("%s", ([, objects, expected]) => {
  expect(underWay(objects, ["web"])).toEqual(expected);
});

test("what another release does is not waited for", () => {
  expect(underWay([rollout({ phase: "Degraded" })], ["shop"])).toEqual([]);
});
