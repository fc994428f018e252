import { isDeepStrictEqual } from "node:util";
import { compareValues } from "./compare.ts";
import type { KubernetesObject, ObjectChange } from "./objects.ts";
import { podsOf } from "./pods.ts";

/** What a change of an object does to the pods that it keeps up. */
export interface PodChange {
  /** Whether all pods that it had end, and new ones take their place where it stays. */
  replaced: boolean;
  /** How many it asked for, and asks for; undefined where an autoscaler or the number of nodes says how many. */
  before?: number;
  after?: number;
}

/** Of a workload, or of what an operator makes one from; nothing of another object. */
export function podChange({ before, after }: ObjectChange): PodChange | undefined {
  if (![before, after].some((object) => object && (podsOf(object) || operated.includes(object.kind)))) return undefined;
  const had = before ? countOf(before) : 0;
  const has = after ? countOf(after) : 0;
  return {
    replaced: Boolean(before && after && restarts(before, after)),
    ...(had !== undefined && { before: had }),
    ...(has !== undefined && { after: has }),
  };
}

function restarts(before: KubernetesObject, after: KubernetesObject): boolean {
  if (podsOf(after)) return !isDeepStrictEqual(before.spec?.template, after.spec?.template);
  return restartingParts(before, after).length > 0;
}

function countOf({ kind, spec }: KubernetesObject): number | undefined {
  if (typeof spec?.replicas === "number") return spec.replicas;
  return operated.includes(kind) ? 1 : undefined;
}

/** Kinds from which their operator makes a StatefulSet. */
const operated = ["Prometheus", "PrometheusAgent", "Alertmanager", "ThanosRuler"];

/** What the operator of these kinds hands to its pods while they run. */
const reloaded = [
  ...["ruleSelector", "ruleNamespaceSelector", "serviceMonitorSelector", "serviceMonitorNamespaceSelector"],
  ...["podMonitorSelector", "podMonitorNamespaceSelector", "probeSelector", "probeNamespaceSelector"],
  ...["scrapeConfigSelector", "scrapeConfigNamespaceSelector", "scrapeInterval", "scrapeTimeout", "evaluationInterval"],
  ...["externalLabels", "alertmanagerConfigSelector", "alertmanagerConfigNamespaceSelector", "alerting", "replicas"],
];

/** Parts of the spec of such an object for whose change its operator restarts its pods; none of another kind. */
export function restartingParts(before: KubernetesObject, after: KubernetesObject): string[] {
  if (!operated.includes(after.kind)) return [];
  const parts = compareValues(before.spec, after.spec).map(({ path }) => path.replace(/[.[].*$/s, ""));
  return [...new Set(parts)].filter((part) => !reloaded.includes(part));
}
