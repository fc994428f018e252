import { isMap } from "../../chart-types/defaults.ts";
import type { KubernetesObject } from "./objects.ts";

/** A container's part of a pod, as far as it is looked at. */
export interface Container {
  name: string;
  image?: string;
  resources?: { requests?: { cpu?: string | number; memory?: string } };
  securityContext?: Record<string, unknown>;
}

/** The pods that an object keeps up. */
export interface Pods {
  /** How many; undefined: one on each node. */
  count: number | undefined;
  spec: { containers: Container[]; initContainers?: Container[]; [key: string]: unknown };
}

const workloads = ["Deployment", "StatefulSet", "DaemonSet", "Rollout"];

/** Of a workload; nothing of any other kind, and of one that takes its pods from another. */
export function podsOf({ kind, spec }: KubernetesObject): Pods | undefined {
  const template = spec?.template;
  if (!workloads.includes(kind) || !isMap(template) || !isMap(template.spec)) return undefined;
  const count = kind === "DaemonSet" ? undefined : typeof spec?.replicas === "number" ? spec.replicas : 1;
  return { count, spec: template.spec as Pods["spec"] };
}

/** Containers of a pod, those that come first too. */
export function containersOf({ spec }: Pods): Container[] {
  return [...(spec.initContainers ?? []), ...spec.containers];
}

const binary: Record<string, number> = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 };
const decimal: Record<string, number> = { m: 1e-3, "": 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12 };

/** A quantity of Kubernetes as a number: cores, or bytes. 0 for what is none. */
export function quantity(text: string | number | undefined): number {
  const [, digits = "0", unit = ""] = /^([0-9.]+)([A-Za-z]*)$/.exec(`${text ?? 0}`) ?? [];
  return Number(digits) * (binary[unit] ?? decimal[unit] ?? 0);
}
