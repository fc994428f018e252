import { expect, test } from "vitest";
import { compareValues } from "./compare.ts";
import { effectsOf } from "./effects.ts";
import type { KubernetesObject } from "./objects.ts";
import type { Released } from "./released.ts";

const released: Released = {
  name: "db",
  env: "prod",
  namespace: "db",
  owner: "helmfile",
  app: false,
  values: "",
  parseValues: () => ({}),
  apiVersions: [],
  chart: { name: "db 1.0.0", id: "db 1.0.0", find: () => ({ reason: "not asked for" }) },
};

interface Fields {
  spec?: Record<string, unknown>;
  annotations?: Record<string, string>;
  [key: string]: unknown;
}

function object(kind: string, { annotations, ...fields }: Fields = {}): KubernetesObject {
  return { apiVersion: "v1", kind, metadata: { name: "db", ...(annotations && { annotations }) }, ...fields };
}

function workload(
  kind: string,
  pod: Record<string, unknown> = {},
  spec: Record<string, unknown> = {},
): KubernetesObject {
  const containers = [{ name: "db", image: "example/db:1.0.0" }];
  return object(kind, { spec: { selector: { app: "db" }, ...spec, template: { spec: { containers, ...pod } } } });
}

const container = (more: Record<string, unknown>) => ({
  containers: [{ name: "db", image: "example/db:1.0.0", ...more }],
});

/** What follows when a release's one object changes so, `danger kind: text`. */
function effects(before: KubernetesObject | undefined, after: KubernetesObject | undefined): string[] {
  const sides = { ...(before && { before }), ...(after && { after }) };
  const objects = [{ ...sides, differences: compareValues(before, after) }];
  const routesOf = (side?: KubernetesObject) => (side && ["Ingress", "HTTPRoute"].includes(side.kind) ? [side] : []);
  const routes = { before: routesOf(before), after: routesOf(after) };
  const release = { env: "prod", environment: "stays", name: "db", before: released, after: released } as const;
  const all = effectsOf({ ...release, sides: {}, values: [], objects, routes });
  return all.map(({ danger, kind, text }) => `${danger} ${kind}: ${text}`);
}

const role = (verbs: string[]) => object("Role", { rules: [{ apiGroups: [""], resources: ["secrets"], verbs }] });
const binding = (kind: string, name: string, to = "reader") =>
  object(kind, { roleRef: { name: to }, subjects: [{ kind: "ServiceAccount", name }] });
const claim = (storage: string, more: object = {}) => ({ spec: { resources: { requests: { storage } }, ...more } });
const named = (name: string, storage: string) => ({ metadata: { name }, ...claim(storage) });
const deletes = { persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete", whenScaled: "Delete" } };
const prometheus = (storage: string, kind = "Prometheus") =>
  object(kind, { spec: { storage: { volumeClaimTemplate: claim(storage) } } });
const rule = (...rules: object[]) => object("PrometheusRule", { spec: { groups: [{ name: "db", rules }] } });
const down = { alert: "Down", expr: "up == 0", for: "1m", labels: { severity: "critical" } };

const cases: Record<string, [KubernetesObject | undefined, KubernetesObject | undefined, string[]]> = {
  "a claim of disk goes": [
    object("PersistentVolumeClaim"),
    undefined,
    ["danger data-lost: PersistentVolumeClaim db disappears, and what is in it"],
  ],
  "a namespace goes": [
    object("Namespace"),
    undefined,
    ["danger data-lost: Namespace db disappears, and what is in it"],
  ],
  "a kind of object goes": [
    object("CustomResourceDefinition"),
    undefined,
    ["danger data-lost: CustomResourceDefinition db disappears, and what is in it"],
  ],
  "a ConfigMap goes": [object("ConfigMap"), undefined, ["caution removed: disappears: ConfigMap db"]],
  "a ConfigMap comes": [undefined, object("ConfigMap"), []],
  "a ConfigMap changes": [object("ConfigMap", { data: { a: "1" } }), object("ConfigMap", { data: { a: "2" } }), []],
  "a kind of object changes": [
    object("CustomResourceDefinition", { spec: { versions: ["v1"] } }),
    object("CustomResourceDefinition", { spec: { versions: ["v2"] } }),
    [
      "caution crd: CustomResourceDefinition db changes; Helm changes only those that its templates make: apply those of a folder crds/ with kubectl --server-side",
    ],
  ],
  "a kind of object comes": [
    undefined,
    object("CustomResourceDefinition"),
    ["note crd: CustomResourceDefinition db is new"],
  ],
  "a StatefulSet's claim grows": [
    workload("StatefulSet", {}, { volumeClaimTemplates: [claim("1Gi")] }),
    workload("StatefulSet", {}, { volumeClaimTemplates: [claim("2Gi")] }),
    [
      "danger immutable: StatefulSet db changes spec.volumeClaimTemplates[0].spec.resources.requests.storage; Kubernetes refuses that: delete the object first, or give it another name",
      "note cost: pods that change ask for disk of StatefulSet db 1Gi -> 2Gi",
    ],
  ],
  "a claim grows": [
    object("PersistentVolumeClaim", claim("1Gi")),
    object("PersistentVolumeClaim", claim("2Gi")),
    ["note cost: pods that change ask for disk of PersistentVolumeClaim db 1Gi -> 2Gi"],
  ],
  "a claim shrinks": [
    object("PersistentVolumeClaim", claim("2Gi")),
    object("PersistentVolumeClaim", claim("1Gi")),
    [
      "danger immutable: PersistentVolumeClaim db shrinks from 2Gi to 1Gi; Kubernetes refuses that: make another one, and copy what is in it",
      "note cost: pods that change ask for disk of PersistentVolumeClaim db 2Gi -> 1Gi",
    ],
  ],
  "a claim that Helm keeps goes": [
    object("PersistentVolumeClaim", { annotations: { "helm.sh/resource-policy": "keep" } }),
    undefined,
    [],
  ],
  "a StatefulSet with claims goes": [
    workload("StatefulSet", {}, { volumeClaimTemplates: [named("data", "1Gi"), named("log", "2Gi")] }),
    undefined,
    [
      "danger data-left: StatefulSet db disappears, and its claims of 1Gi, 2Gi stay with what is in them, until somebody deletes them",
    ],
  ],
  "a StatefulSet goes that deletes its claims": [
    workload("StatefulSet", {}, { volumeClaimTemplates: [claim("1Gi")], ...deletes }),
    undefined,
    ["danger data-lost: StatefulSet db disappears, and with it what is in its claims of 1Gi"],
  ],
  "a StatefulSet without claims goes": [
    workload("StatefulSet"),
    undefined,
    ["caution removed: disappears: StatefulSet db"],
  ],
  "fewer pods of a StatefulSet that deletes their claims": [
    workload("StatefulSet", {}, { replicas: 3, volumeClaimTemplates: [claim("1Gi")], ...deletes }),
    workload("StatefulSet", {}, { replicas: 1, volumeClaimTemplates: [claim("1Gi")], ...deletes }),
    [
      "danger data-lost: StatefulSet db goes from 3 to 1 pods, and deletes the claims of the others",
      "caution scale: StatefulSet db goes from 3 to 1 pods",
    ],
  ],
  "fewer pods of a StatefulSet that keeps their claims": [
    workload("StatefulSet", {}, { replicas: 3, volumeClaimTemplates: [claim("1Gi")] }),
    workload("StatefulSet", {}, { replicas: 1, volumeClaimTemplates: [claim("1Gi")] }),
    ["caution scale: StatefulSet db goes from 3 to 1 pods"],
  ],
  "a claim that ends with its pod": [
    workload("Deployment", { volumes: [{ name: "tmp", ephemeral: { volumeClaimTemplate: claim("1Gi") } }] }),
    undefined,
    ["caution removed: disappears: Deployment db"],
  ],
  "a Prometheus with a claim goes": [
    prometheus("50Gi"),
    undefined,
    [
      "danger data-left: Prometheus db disappears, and its claims of 50Gi stay with what is in them, until somebody deletes them",
    ],
  ],
  "a Prometheus without a claim goes": [
    object("Prometheus", { spec: {} }),
    undefined,
    ["caution removed: disappears: Prometheus db"],
  ],
  "a Prometheus with a claim comes": [
    undefined,
    prometheus("50Gi"),
    ["note cost: pods that change ask for disk of Prometheus db none -> 50Gi"],
  ],
  "a Prometheus gets a claim": [
    object("Prometheus", { spec: {} }),
    prometheus("50Gi"),
    [
      "caution data-lost: Prometheus db gets claims of 50Gi and starts empty: what it kept on its pods' own disks is lost",
      "caution restart: Prometheus db restarts its pod: storage",
      "note cost: pods that change ask for disk of Prometheus db none -> 50Gi",
    ],
  ],
  "a Prometheus loses its claim": [
    prometheus("50Gi"),
    object("Prometheus", { spec: {} }),
    [
      "danger data-left: Prometheus db no longer has its claims of 50Gi and starts empty; they stay with what is in them",
      "caution restart: Prometheus db restarts its pod: storage",
      "note cost: pods that change ask for disk of Prometheus db 50Gi -> none",
    ],
  ],
  "an Alertmanager's claim shrinks": [
    prometheus("5Gi", "Alertmanager"),
    prometheus("1Gi", "Alertmanager"),
    [
      "caution disk: Alertmanager db: claims that are there keep 5Gi, new ones get 1Gi; Kubernetes shrinks none",
      "caution restart: Alertmanager db restarts its pod: storage",
      "note cost: pods that change ask for disk of Alertmanager db 5Gi -> 1Gi",
    ],
  ],
  "a Prometheus' claim grows": [
    prometheus("50Gi"),
    prometheus("80Gi"),
    [
      "caution disk: Prometheus db: claims that are there keep 50Gi, new ones get 80Gi; enlarge each by hand",
      "caution restart: Prometheus db restarts its pod: storage",
      "note cost: pods that change ask for disk of Prometheus db 50Gi -> 80Gi",
    ],
  ],
  "fewer pods of a Prometheus": [
    object("Prometheus", { spec: { replicas: 2 } }),
    object("Prometheus", { spec: { replicas: 1 } }),
    ["caution scale: Prometheus db goes from 2 to 1 pods"],
  ],
  "a claim of another class": [
    object("PersistentVolumeClaim", claim("1Gi", { storageClassName: "slow" })),
    object("PersistentVolumeClaim", claim("1Gi", { storageClassName: "fast" })),
    [
      "danger immutable: PersistentVolumeClaim db changes spec.storageClassName; Kubernetes refuses that: delete the object first, or give it another name",
    ],
  ],
  "a selector": [
    workload("Deployment"),
    workload("Deployment", {}, { selector: { app: "other" } }),
    [
      "danger immutable: Deployment db changes spec.selector.app; Kubernetes refuses that: delete the object first, or give it another name",
    ],
  ],
  "a Job": [
    workload("Job"),
    workload("Job", { restartPolicy: "Never" }),
    [
      "danger immutable: Job db changes spec.template.spec.restartPolicy; Kubernetes refuses that: delete the object first, or give it another name",
    ],
  ],
  "a Job that is a hook, which Helm makes anew": [
    { ...workload("Job"), metadata: { name: "db", annotations: { "helm.sh/hook": "pre-upgrade" } } },
    {
      ...workload("Job", { restartPolicy: "Never" }),
      metadata: { name: "db", annotations: { "helm.sh/hook": "pre-upgrade" } },
    },
    [],
  ],
  "a Deployment's pods": [
    workload("Deployment", {}, { replicas: 3 }),
    workload("Deployment", { serviceAccountName: "db" }, { replicas: 3 }),
    ["caution restart: Deployment db restarts its 3 pods"],
  ],
  "pods that end before the next start": [
    workload("Deployment", {}, { strategy: { type: "Recreate" } }),
    workload("Deployment", { serviceAccountName: "db" }, { strategy: { type: "Recreate" } }),
    ["caution restart: Deployment db restarts its pod, and is away meanwhile"],
  ],
  "a DaemonSet's pods": [
    workload("DaemonSet"),
    workload("DaemonSet", { serviceAccountName: "db" }),
    ["caution restart: DaemonSet db restarts its pod on each node"],
  ],
  "pods that are not there": [
    workload("Deployment", {}, { replicas: 0 }),
    workload("Deployment", { serviceAccountName: "db" }, { replicas: 0 }),
    [],
  ],
  "fewer pods": [
    workload("Deployment", {}, { replicas: 3 }),
    workload("Deployment", {}, { replicas: 1 }),
    ["caution scale: Deployment db goes from 3 to 1 pods"],
  ],
  "an autoscaler that comes": [
    workload("Deployment", {}, { replicas: 3 }),
    workload("Deployment"),
    ["caution scale: Deployment db goes from 3 pods to 1, until its autoscaler acts"],
  ],
  "another image": [
    workload("Deployment"),
    workload("Deployment", container({ image: "example/db:2.0.0" })),
    [
      "caution restart: Deployment db restarts its pod",
      "note image: image of db: example/db:1.0.0 -> example/db:2.0.0",
    ],
  ],
  "an image by its digest": [
    workload("Deployment"),
    workload("Deployment", container({ image: "example/db@sha256:aa" })),
    [
      "caution restart: Deployment db restarts its pod",
      "note image: image of db: example/db:1.0.0 -> example/db@sha256:aa",
    ],
  ],
  "an image without a tag, from a registry with a port": [
    workload("Deployment"),
    workload("Deployment", container({ image: "registry:5000/db" })),
    [
      "caution restart: Deployment db restarts its pod",
      "caution image-floats: registry:5000/db may be another image tomorrow: name a tag",
      "note image: image of db: example/db:1.0.0 -> registry:5000/db",
    ],
  ],
  "what its pods ask for": [
    workload("Deployment", container({ resources: { requests: { cpu: "100m", memory: "64Mi" } } }), { replicas: 2 }),
    workload("Deployment", container({ resources: { requests: { cpu: 1, memory: "1Gi" } } }), { replicas: 2 }),
    [
      "caution restart: Deployment db restarts its 2 pods",
      "note cost: pods that change ask for cpu 200m -> 2000m, memory 128Mi -> 2048Mi",
    ],
  ],
  "what Prometheus reads while it runs": [
    object("Prometheus", { spec: { scrapeInterval: "30s" } }),
    object("Prometheus", { spec: { scrapeInterval: "15s", ruleSelector: {} } }),
    [],
  ],
  "what Prometheus is started with": [
    object("Prometheus", { spec: { replicas: 2, retention: "10d" } }),
    object("Prometheus", { spec: { replicas: 2, retention: "20d" } }),
    ["caution restart: Prometheus db restarts its 2 pods: retention"],
  ],
  "a Role allows more": [role(["get"]), role(["get", "list"]), ["danger rights: Role db also allows: list secrets"]],
  "a Role allows less": [role(["get", "list"]), role(["get"]), []],
  "a Role in other words": [
    object("Role", { rules: [{ apiGroups: ["", "apps"], resources: ["pods"], verbs: ["get"] }] }),
    object("Role", {
      rules: [
        { apiGroups: ["apps"], resources: ["pods"], verbs: ["get"] },
        { apiGroups: [""], resources: ["pods"], verbs: ["get"] },
      ],
    }),
    [],
  ],
  "a binding for somebody else as well": [
    binding("ClusterRoleBinding", "one"),
    binding("ClusterRoleBinding", "two"),
    ["danger rights: ClusterRoleBinding db gives reader to ServiceAccount two"],
  ],
  "a binding to another role": [
    binding("RoleBinding", "one"),
    binding("RoleBinding", "one", "admin"),
    [
      "danger immutable: RoleBinding db changes roleRef.name; Kubernetes refuses that: delete the object first, or give it another name",
    ],
  ],
  "a privileged container": [
    workload("DaemonSet"),
    workload("DaemonSet", container({ securityContext: { privileged: true, capabilities: { add: ["NET_ADMIN"] } } })),
    [
      "danger privilege: pods of DaemonSet db get: privileged in db, capability NET_ADMIN in db",
      "caution restart: DaemonSet db restarts its pod on each node",
    ],
  ],
  "the node's network and files": [
    workload("DaemonSet"),
    workload("DaemonSet", { hostNetwork: true, volumes: [{ name: "etc", hostPath: { path: "/etc" } }] }),
    [
      "danger privilege: pods of DaemonSet db get: hostNetwork, the node's /etc",
      "caution restart: DaemonSet db restarts its pod on each node",
    ],
  ],
  "an alert goes": [rule(down), rule(), ["caution alert-gone: alerts of PrometheusRule db go: Down"]],
  "an alert waits longer": [
    rule(down),
    rule({ ...down, for: "1h" }),
    ["note alert: alerts of PrometheusRule db change: Down"],
  ],
  "an alert says something else": [rule(down), rule({ ...down, annotations: { summary: "down" } }), []],
  "a host is answered no longer": [
    object("Ingress", { spec: { rules: [{ host: "a.example.com" }, { host: "b.example.com" }] } }),
    object("Ingress", { spec: { rules: [{ host: "b.example.com" }] } }),
    ["danger host: no longer answered: a.example.com"],
  ],
  "a route answers one more host": [
    object("HTTPRoute", { spec: { hostnames: ["a.example.com"] } }),
    object("HTTPRoute", { spec: { hostnames: ["a.example.com", "b.example.com"] } }),
    ["note host: answered as well: b.example.com"],
  ],
};

test.for(Object.entries(cases))("%s: its effects, and no others", ([, [before, after, expected]]) => {
  expect(effects(before, after)).toEqual(expected);
});
