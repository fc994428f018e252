import { expect, test } from "vitest";
import type { KubernetesObject } from "./objects.ts";
import { type PodChange, podChange } from "./pod-change.ts";

function object(kind: string, spec: Record<string, unknown>): KubernetesObject {
  return { apiVersion: "v1", kind, metadata: { name: "web" }, spec };
}

const template = (image: string) => ({ spec: { containers: [{ name: "web", image }] } });
const rollout = (image: string, replicas?: number) => object("Rollout", { template: template(image), replicas });
const nodes = (image: string) => object("DaemonSet", { template: template(image) });
const prometheus = (spec: object) => object("Prometheus", { ...spec });

const cases: Record<string, [KubernetesObject | undefined, KubernetesObject | undefined, PodChange | undefined]> = {
  "another image": [rollout("a", 2), rollout("b", 2), { replaced: true, before: 2, after: 2 }],
  "another image and more pods": [rollout("a", 2), rollout("b", 3), { replaced: true, before: 2, after: 3 }],
  "fewer pods": [rollout("a", 2), rollout("a", 1), { replaced: false, before: 2, after: 1 }],
  "an autoscaler comes": [rollout("a", 2), rollout("a"), { replaced: false, before: 2 }],
  "a workload comes": [undefined, rollout("a", 2), { replaced: false, before: 0, after: 2 }],
  "a workload goes": [rollout("a", 2), undefined, { replaced: false, before: 2, after: 0 }],
  "another image on each node": [nodes("a"), nodes("b"), { replaced: true }],
  "a Prometheus keeps more": [prometheus({}), prometheus({ retention: "9d" }), { replaced: true, before: 1, after: 1 }],
  "a Prometheus scrapes more often": [
    prometheus({ replicas: 2 }),
    prometheus({ replicas: 2, scrapeInterval: "5s" }),
    { replaced: false, before: 2, after: 2 },
  ],
  "an object without pods": [object("Service", {}), object("Service", { type: "NodePort" }), undefined],
};

test.for(Object.entries(cases))("%s: what it does to pods", ([, [before, after, expected]]) => {
  const sides = { ...(before && { before }), ...(after && { after }) };
  expect(podChange({ ...sides, differences: [] })).toEqual(expected);
});
