/** What is read of a Rollout, a Deployment or a ReplicaSet. */
export interface Workload {
  kind: "Rollout" | "Deployment" | "ReplicaSet";
  metadata: {
    name: string;
    generation?: number;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    ownerReferences?: { kind: string; name: string }[];
  };
  spec: {
    replicas?: number;
    paused?: boolean;
    template: {
      metadata?: { labels?: Record<string, string> };
      spec?: { containers?: { env?: { name: string; value?: string }[] }[] };
    };
    strategy?: { canary?: { steps?: { setWeight?: number }[] }; blueGreen?: { autoPromotionSeconds?: number } };
  };
  status?: WorkloadStatus;
}

export interface WorkloadStatus {
  /** A string in a Rollout. */
  observedGeneration?: string | number;
  phase?: string;
  message?: string;
  abort?: boolean;
  promoteFull?: boolean;
  currentPodHash?: string;
  stableRS?: string;
  currentStepIndex?: number;
  canary?: { weights?: { canary?: { weight?: number } } };
  replicas?: number;
  updatedReplicas?: number;
  availableReplicas?: number;
  conditions?: { type: string; status: string; reason?: string; message?: string }[];
}

/** A variable of the app's container. */
export function envOf({ spec }: Workload, name: string): string | undefined {
  const variables = spec.template.spec?.containers?.flatMap(({ env }) => env ?? []);
  return variables?.find((variable) => variable.name === name)?.value;
}

/** The version that its pods say they are. */
export function versionOf(workload: Workload): string {
  return (
    envOf(workload, "APP_VERSION") ?? workload.spec.template.metadata?.labels?.["app.kubernetes.io/version"] ?? "?"
  );
}

/** Number of the revision; a revision that is asked for again gets a new, higher number. */
export function revisionOf({ metadata }: Workload): number {
  const { annotations } = metadata;
  return Number(
    annotations?.["rollout.argoproj.io/revision"] ?? annotations?.["deployment.kubernetes.io/revision"] ?? 0,
  );
}

/** Hash of the pod template, by which the pods of a version are known. */
export function hashOf({ metadata }: Workload): string {
  return metadata.labels?.["rollouts-pod-template-hash"] ?? metadata.labels?.["pod-template-hash"] ?? "";
}
