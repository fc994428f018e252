/**
 * Kubernetes types as Helm values hold them. They differ from `kubernetes-types` where that package is older than the
 * clusters in use, or where Helm takes more: a quantity may be a number, and null deletes a chart's default.
 */
import type {
  Container,
  PodSecurityContext,
  Probe,
  SecurityContext,
  Toleration as CoreToleration,
  TopologySpreadConstraint,
  Volume,
  VolumeMount,
} from "kubernetes-types/core/v1";
import type { PolicyRule } from "kubernetes-types/rbac/v1";

/**
 * An amount of a resource, or a template of one.
 * @pattern ^$|\x7b\x7b|[$]\x7b|^[-+]?([0-9]+([.][0-9]*)?|[.][0-9]+)([numkMGTPE]|[KMGTPE]i|[eE][-+]?[0-9]+)?$
 * @examples ["500m", "2", "1Gi"]
 */
export type Amount = string | number;

/**
 * A length of time as Go or Prometheus writes it, or a template of one.
 * @pattern ^$|\x7b\x7b|[$]\x7b|^-?([0-9]+([.][0-9]+)?(ns|us|ms|s|m|h|d|w|y))+$|^-?[0-9]+$
 * @examples ["30s", "5m", "1h30m"]
 */
export type Duration = string;

/**
 * Bytes as Prometheus writes them, or a template of that.
 * @pattern ^$|\x7b\x7b|[$]\x7b|^[0-9]*[.]?[0-9]+([KMGTPE]i?)?B$|^0$
 * @examples ["512MB", "50GiB"]
 */
export type Bytes = string;

/** @minimum 0 */
export type Count = number;

/**
 * A number or a percentage as text, or a template of one.
 * @pattern ^$|\x7b\x7b|[$]\x7b|^-?[0-9]+([.][0-9]+)?%?$
 * @examples ["2", "25%"]
 */
export type NumberText = string;

/**
 * A host name, or a template of one.
 * @pattern ^$|\x7b\x7b|[$]\x7b|^([*][.])?[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?([.][A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*(:[0-9]+)?$
 * @examples ["app.example.com"]
 */
export type Host = string;

/** Labels, annotations, node selectors. */
export type StringMap = Record<string, string | null>;

/** Each field may be null, to delete what the chart sets by default. */
export type Deletable<T> = { [K in keyof T]?: T[K] | null };

/**
 * Amounts by resource: what Kubernetes has itself, and `<domain>/<name>` of device plugins.
 * @propertyNames {"anyOf": [{"enum": ["cpu", "memory", "ephemeral-storage"]}, {"pattern": "^hugepages-|/"}]}
 */
export type ResourceList = Record<string, Amount | null>;

export interface Resources {
  limits?: ResourceList | null;
  requests?: ResourceList | null;
  claims?: { name: string; request?: string }[] | null;
}

export interface PodSecurity extends Deletable<PodSecurityContext> {
  /** Since Kubernetes 1.31. */
  supplementalGroupsPolicy?: "Merge" | "Strict" | null;
  /** Since Kubernetes 1.32. */
  seLinuxChangePolicy?: "MountOption" | "Recursive" | null;
}

export interface Toleration extends Omit<CoreToleration, "effect" | "operator"> {
  effect?: "" | "NoExecute" | "NoSchedule" | "PreferNoSchedule" | null;
  operator?: "" | "Equal" | "Exists" | "Gt" | "Lt" | null;
}

export interface TopologySpread extends Omit<TopologySpreadConstraint, "maxSkew" | "nodeAffinityPolicy" | "nodeTaintsPolicy" | "whenUnsatisfiable"> {
  /** @minimum 1 */
  maxSkew: number;
  nodeAffinityPolicy?: "Honor" | "Ignore" | null;
  nodeTaintsPolicy?: "Honor" | "Ignore" | null;
  whenUnsatisfiable: "DoNotSchedule" | "ScheduleAnyway";
}

/** How a volume may be mounted. */
export type AccessMode = "ReadOnlyMany" | "ReadWriteMany" | "ReadWriteOnce" | "ReadWriteOncePod";

/** What a PersistentVolumeClaim asks for. */
export interface ClaimResources {
  limits?: { storage?: Amount | null } | null;
  requests?: { storage?: Amount | null } | null;
}

/** The selector is the chart's. */
export interface DisruptionBudget {
  minAvailable?: Count | NumberText | null;
  maxUnavailable?: Count | NumberText | null;
  unhealthyPodEvictionPolicy?: "" | "AlwaysAllow" | "IfHealthyBudget" | null;
}

export type ContainerSecurity = Deletable<SecurityContext>;

export type ContainerProbe = Deletable<Probe>;

export interface ContainerDefinition extends Omit<Container, "resources" | "securityContext" | "volumeMounts"> {
  resources?: Resources;
  securityContext?: ContainerSecurity;
  volumeMounts?: VolumeMount[];
  /** Since Kubernetes 1.34. */
  restartPolicyRules?: Record<string, unknown>[];
}

export interface VolumeDefinition extends Omit<Volume, "emptyDir" | "ephemeral"> {
  emptyDir?: { medium?: string; sizeLimit?: Amount };
  ephemeral?: { volumeClaimTemplate?: { metadata?: Record<string, unknown>; spec: Record<string, unknown> } };
  /** Since Kubernetes 1.31. */
  image?: { reference?: string; pullPolicy?: string };
}

/** Any object of Kubernetes. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata?: {
    name?: string;
    generateName?: string;
    namespace?: string;
    labels?: StringMap | null;
    annotations?: StringMap | null;
    finalizers?: string[] | null;
    ownerReferences?: Record<string, unknown>[] | null;
  };
  /** Of a role. */
  rules?: PolicyRule[] | null;
  [key: string]: unknown;
}

/** How a Deployment, StatefulSet or DaemonSet is updated. */
export interface UpdateStrategy {
  type?: "Recreate" | "RollingUpdate" | "OnDelete" | null;
  rollingUpdate?: {
    maxSurge?: Count | NumberText | null;
    maxUnavailable?: Count | NumberText | null;
    /** Of a StatefulSet. */
    partition?: number | null;
  } | null;
}

/** A group of a PrometheusRule. */
export interface RuleGroup {
  name: string;
  interval?: Duration | null;
  labels?: Record<string, string> | null;
  limit?: number | null;
  partial_response_strategy?: string | null;
  query_offset?: Duration | null;
  rules?: Rule[] | null;
}

/**
 * A recording rule (`record`) or an alert (`alert`).
 * @if {"required": ["record"]}
 * @else {"required": ["alert"]}
 */
export interface Rule {
  record?: string;
  alert?: string;
  expr: string | number;
  for?: Duration | null;
  keep_firing_for?: Duration | null;
  labels?: Record<string, string> | null;
  annotations?: Record<string, string> | null;
}
