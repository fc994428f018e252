import { expect, test } from "vitest";
import type { ObjectReview, ReleaseReview } from "../operations/review/review.ts";
import { differencesOf, type LiveObject, predictedBy, seenBetween } from "./cluster-changes.ts";

type Fields = Partial<Omit<LiveObject, "metadata">> & { metadata?: Partial<LiveObject["metadata"]> };

/** An object that Helm has released as `web`. */
function object(kind: string, { metadata, ...fields }: Fields = {}): LiveObject {
  const annotations = {
    "meta.helm.sh/release-name": "web",
    "meta.helm.sh/release-namespace": "web",
    ...metadata?.annotations,
  };
  const own = { name: "web", namespace: "web", uid: `${kind} web`, ...metadata, annotations };
  return { kind, metadata: own, ...fields };
}

/** What a controller has made of another object; its marks are copies of that one's. */
function made(kind: string, name: string, by: string): LiveObject {
  const ownerReferences = [{ uid: by, controller: true }];
  return object(kind, { metadata: { name, uid: `${kind} ${name}`, ownerReferences } });
}

const pods = (...names: string[]) => names.map((name) => made("Pod", name, "ReplicaSet web-1"));
const rollout = (image: string) => object("Rollout", { spec: { image } });
const running = (image: string, ...names: string[]) => [
  rollout(image),
  made("ReplicaSet", "web-1", "Rollout web"),
  ...pods(...names),
];

function review(...objects: (Pick<ObjectReview, "kind" | "does"> & Partial<ObjectReview>)[]): ReleaseReview {
  const all = objects.map((one) => ({ title: "", namespace: "web", name: "web", differences: [], ...one }));
  return { release: "web", environments: ["ci"], values: [], objects: all };
}

/** What is predicted and what is seen, which are the same. */
function bothOf(change: ReleaseReview, before: LiveObject[], after: LiveObject[]) {
  const predicted = predictedBy([change], before, after);
  expect(seenBetween(before, after)).toEqual(predicted);
  return predicted.web;
}

test("another version of two pods: one object changes, and two pods restart", () => {
  const change = review({ kind: "Rollout", does: "changes", pods: { replaced: true, before: 2, after: 2 } });
  expect(bothOf(change, running("a", "1", "2"), running("b", "3", "4"))).toEqual({
    objects: ["Rollout web/web changes"],
    pods: ["Rollout web/web: 2 end, 2 start"],
    restarted: 2,
  });
});

test("more pods: one starts, and none restarts", () => {
  const change = review({ kind: "Rollout", does: "changes", pods: { replaced: false, before: 1, after: 2 } });
  expect(bothOf(change, running("a", "1"), running("b", "1", "2"))).toMatchObject({
    pods: ["Rollout web/web: 0 end, 1 start"],
    restarted: 0,
  });
});

test("as many pods as an autoscaler wants: the cluster says how many", () => {
  const change = review({ kind: "Rollout", does: "changes", pods: { replaced: true } });
  expect(bothOf(change, running("a", "1", "2", "3"), running("b", "4", "5", "6"))).toMatchObject({ restarted: 3 });
});

test("objects come and go, and their pods with them", () => {
  const change = review(
    { kind: "Service", does: "new" },
    { kind: "Rollout", does: "gone", pods: { replaced: false, before: 1, after: 0 } },
  );
  const service = object("Service", { spec: { selector: {} } });
  expect(bothOf(change, running("a", "1"), [service])).toEqual({
    objects: ["Rollout web/web is gone", "Service web/web is new"],
    pods: ["Rollout web/web: 1 end, 0 start"],
    restarted: 0,
  });
});

test("an object of the whole cluster counts as in its release's namespace, on both sides", () => {
  const role = (verb: string) => {
    const { metadata, ...rest } = object("ClusterRole", { rules: [verb] });
    const { namespace: _, ...global } = metadata;
    return { ...rest, metadata: global };
  };
  const change = review({ kind: "ClusterRole", does: "changes" });
  expect(bothOf(change, [role("get")], [role("list")])?.objects).toEqual(["ClusterRole web/web changes"]);
});

test("what the API server and controllers write is no change", () => {
  const service = (hash: string, more: LiveObject["metadata"] | object = {}) =>
    object("Service", {
      metadata: { resourceVersion: hash, annotations: { "rollout.argoproj.io/revision": hash }, ...more },
      spec: { selector: { app: "web", "rollouts-pod-template-hash": hash } },
      status: { hash },
    });
  const slice = (endpoint: string) => ({ ...made("EndpointSlice", "web-1", "Service web"), endpoint });
  expect(seenBetween([service("1"), slice("1")], [service("2"), slice("2")])).toEqual({});
});

test("an object that was deleted and made anew is not taken for one that changes", () => {
  const again = object("Service", { metadata: { uid: "another" } });
  expect(seenBetween([object("Service")], [again]).web?.objects).toEqual(["Service web/web is made anew"]);
});

test("a message says where an object differs, and of a Secret only at which places", () => {
  const secret = (text: string) => object("Secret", { data: { text } });
  expect(differencesOf("web", [rollout("a"), secret("a")], [rollout("b"), secret("b")])).toEqual([
    "Rollout web/web changes",
    '  spec.image: "a" -> "b"',
    "Secret web/web changes",
    "  data.text",
  ]);
});
