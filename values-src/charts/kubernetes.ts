/**
 * Kubernetes types as Helm values hold them. They differ from `kubernetes-types` where that package is older than the
 * clusters in use, or where Helm takes more: a quantity may be a number, and null deletes a chart's default.
 */
import type { Container, PodSecurityContext, Probe, SecurityContext, Volume, VolumeMount } from "kubernetes-types/core/v1";

/** An amount such as `500m`, `2` or `1Gi`. */
export type Amount = string | number;

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

/** How a Deployment, StatefulSet or DaemonSet is updated. */
export interface UpdateStrategy {
  type?: "Recreate" | "RollingUpdate" | "OnDelete" | null;
  rollingUpdate?: {
    maxSurge?: string | number | null;
    maxUnavailable?: string | number | null;
    /** Of a StatefulSet. */
    partition?: number | null;
  } | null;
}
