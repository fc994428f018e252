import type { App } from "./app.ts";
import type { Values } from "./charts/http-service.ts";
import type { Size } from "./environment.ts";

/** What one component gets in an environment of some size. */
export interface Allotment {
  replicas: number;
  /** Whether there is a PodDisruptionBudget. With one replica it would only block the drain of a node. */
  pdb: boolean;
  resources: { requests: { cpu: string; memory: string }; limits: { memory: string } };
}

type Row = [replicas: number, cpu: string, memory: string];

const table = {
  // At full speed on one core it takes 135 MiB: `npm run bench -w service`.
  app: { small: [1, "50m", "192Mi"], medium: [2, "100m", "192Mi"], large: [4, "250m", "256Mi"] },
  ingress: { small: [1, "50m", "128Mi"], medium: [2, "100m", "256Mi"], large: [3, "500m", "512Mi"] },
  // Its replicas shard clusters, not applications: a second one is idle while Argo CD deploys to one cluster.
  argocdController: { small: [1, "100m", "768Mi"], medium: [1, "250m", "1Gi"], large: [1, "500m", "2Gi"] },
  argocdServer: { small: [1, "25m", "128Mi"], medium: [2, "50m", "256Mi"], large: [2, "100m", "256Mi"] },
  argocdRepoServer: { small: [1, "50m", "256Mi"], medium: [2, "100m", "512Mi"], large: [2, "250m", "1Gi"] },
  argocdApplicationSet: { small: [1, "25m", "128Mi"], medium: [2, "25m", "128Mi"], large: [2, "50m", "256Mi"] },
  // A cache that is filled again after a restart, so one is enough.
  argocdRedis: { small: [1, "25m", "64Mi"], medium: [1, "50m", "128Mi"], large: [1, "100m", "256Mi"] },
  rolloutsController: { small: [1, "25m", "128Mi"], medium: [2, "50m", "256Mi"], large: [2, "100m", "512Mi"] },
  // With the Gateway's plugin, a program of its own. At its start, which fetches 77 MB, it takes 180 MiB.
  rolloutsWithPlugin: { small: [1, "25m", "384Mi"], medium: [2, "50m", "512Mi"], large: [2, "100m", "768Mi"] },
  prometheusOperator: { small: [1, "25m", "128Mi"], medium: [1, "50m", "256Mi"], large: [1, "100m", "256Mi"] },
  prometheus: { small: [1, "100m", "1Gi"], medium: [1, "500m", "3Gi"], large: [2, "1", "8Gi"] },
  alertmanager: { small: [1, "10m", "64Mi"], medium: [2, "25m", "128Mi"], large: [2, "25m", "128Mi"] },
  // Keeps its state in memory; all of it can be read from Git again.
  grafana: { small: [1, "50m", "512Mi"], medium: [1, "100m", "512Mi"], large: [1, "250m", "512Mi"] },
  // Two copies run, each a Python program.
  grafanaSidecar: { small: [1, "10m", "128Mi"], medium: [1, "10m", "128Mi"], large: [1, "10m", "128Mi"] },
  kubeStateMetrics: { small: [1, "10m", "64Mi"], medium: [1, "25m", "128Mi"], large: [1, "50m", "256Mi"] },
  // One on every node, whatever the size.
  nodeExporter: { small: [1, "25m", "64Mi"], medium: [1, "25m", "64Mi"], large: [1, "50m", "64Mi"] },
  // The Job that tests a new version: Node.js, which asks some requests.
  tests: { small: [1, "10m", "128Mi"], medium: [1, "10m", "128Mi"], large: [1, "10m", "128Mi"] },
  /** Sidecars: exporters, config reloaders. */
  sidecar: { small: [1, "10m", "64Mi"], medium: [1, "10m", "64Mi"], large: [1, "10m", "64Mi"] },
} satisfies Record<string, Record<Size, Row>>;

export type Component = keyof typeof table;

/**
 * Replicas and resources of a component. The memory limit equals the request, so that a pod is killed for its own use and
 * never for a neighbour's. CPU has no limit: it would slow pods down beside idle cores, and the requests already divide
 * a busy node fairly.
 */
export function allot(size: Size, component: Component): Allotment {
  const [replicas, cpu, memory]: Row = table[component][size];
  return { replicas, pdb: replicas > 1, resources: { requests: { cpu, memory }, limits: { memory } } };
}

/** How many pods an app has: a fixed number, or, where it takes real traffic, as many as its CPU asks for. */
export function podsOf({ size, ...facts }: App): Pick<Values, "replicaCount" | "autoscaling"> {
  const replicaCount = facts.replicas ?? allot(size, "app").replicas;
  if (size !== "large") return { replicaCount };
  const maxReplicas = facts.maxReplicas ?? replicaCount * 4;
  return { replicaCount, autoscaling: { minReplicas: replicaCount, maxReplicas, targetCPUUtilizationPercentage: 70 } };
}
