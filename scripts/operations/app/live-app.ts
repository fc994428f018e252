/** An app: its release's name, which is also that of the objects that its chart renders, and its namespace. */
export interface App {
  name: string;
  namespace: string;
}

/** What a cluster runs of an app. */
export interface LiveApp {
  app: App;
  workload: Workload;
  /** The ReplicaSets of the workload, which are its history, newest first. */
  history: Workload[];
  /** Undefined where its pods do not say, as those of a chart of the app's own. */
  environment: string | undefined;
  strategy: string;
  owner: "argocd" | "helmfile";
  /** done: one version serves everybody. aborted: the rollout was aborted, and the stable version serves. */
  state: "done" | "progressing" | "paused" | "aborted";
  /** The version that serves; undefined until the first version is up. */
  stable?: string;
  /** The version that is being rolled out, or was aborted. */
  next?: string;
  /**
   * Of a canary the number of steps done, of all steps, and the new version's share of the requests: "1/4, 20 %"; of a
   * rolling update how many pods have the new version: "1 of 2 pods".
   */
  step?: string;
  /** Percent of the requests that the new version gets, as its controller last set it; undefined before the first version. */
  newShare?: number;
  /** Healthy, Progressing, Paused or Degraded. */
  phase: string;
  message?: string;
}

/** Reads an app's state from its workload and the ReplicaSets of its namespace. */
export function readLiveApp(app: App, workload: Workload, replicaSets: Workload[]): LiveApp {
  const { kind, metadata } = workload;
  const owns = ({ metadata: { ownerReferences } }: Workload) =>
    ownerReferences?.some((owner) => owner.kind === kind && owner.name === metadata.name) ?? false;
  const history = replicaSets.filter(owns).sort((a, b) => revisionOf(b) - revisionOf(a));
  const tracked = metadata.annotations?.["argocd.argoproj.io/tracking-id"] !== undefined;
  return {
    app,
    workload,
    history,
    environment: envOf(workload, "APP_ENVIRONMENT"),
    strategy: strategyOf(workload),
    owner: tracked ? "argocd" : "helmfile",
    ...(kind === "Rollout" ? readRollout(workload, history) : readDeployment(workload, history)),
  };
}

function strategyOf({ kind, spec: { strategy } }: Workload): string {
  if (kind !== "Rollout") return "rolling";
  return strategy?.blueGreen ? "blueGreen" : strategy?.canary?.steps ? "canary" : "rolling";
}

/** The ReplicaSet of the version that serves, as far as the cluster still has it. */
export function stableSetOf({ workload, history }: Pick<LiveApp, "workload" | "history">): Workload | undefined {
  if (workload.kind === "Rollout") return history.find((set) => hashOf(set) === workload.status?.stableRS);
  const current = revisionOf(workload);
  return history.find((set) => revisionOf(set) !== current && (set.status?.replicas ?? 0) > 0);
}

/** The ReplicaSet of the workload's own pod template: of the version that is being rolled out, or serves already. */
export function currentSetOf({ workload, history }: Pick<LiveApp, "workload" | "history">): Workload | undefined {
  return history.find((set) => revisionOf(set) === revisionOf(workload));
}

/**
 * What people call the version that serves and the one that is being rolled out or was aborted. Both can be the same version
 * with another configuration: then they are told apart by their revisions.
 */
export function namesOf(live: LiveApp): { stable: string; next: string } {
  const { stable = "no version", next = stable } = live;
  const set = stableSetOf(live);
  if (stable !== next || !set || live.state === "done") return { stable, next };
  return {
    stable: `${stable} of revision ${revisionOf(set)}`,
    next: `revision ${revisionOf(live.workload)} of ${next}`,
  };
}

/** Whether one version serves everybody, and its controller calls it healthy. */
export function isHealthy({ state, phase }: Pick<LiveApp, "state" | "phase">): boolean {
  return state === "done" && phase === "Healthy";
}

type Progress = Pick<LiveApp, "state" | "stable" | "next" | "step" | "newShare" | "phase" | "message">;

function readRollout(rollout: Workload, history: Workload[]): Progress {
  const { status = {} } = rollout;
  const stableSet = stableSetOf({ workload: rollout, history });
  const stable = stableSet ? { stable: versionOf(stableSet) } : {};
  const next = { next: versionOf(rollout) };
  if (!isObserved(rollout)) {
    return { state: "progressing", ...stable, ...next, phase: "Progressing", message: "not yet seen by Argo Rollouts" };
  }
  const newShare = shareOf(rollout, history);
  const said = {
    phase: status.phase ?? "Progressing",
    ...(status.message && { message: status.message }),
    ...(newShare !== undefined && { newShare }),
  };
  const step = stepOf(rollout);
  if (status.abort && status.abortedAt) return { state: "aborted", ...stable, ...next, ...said };
  if (status.stableRS && status.currentPodHash === status.stableRS) return { state: "done", ...stable, ...said };
  const state = status.phase === "Paused" ? "paused" : "progressing";
  // Until the controller acts on it, the new version has its share of the requests.
  const asked = status.abort ? { message: "an abort was asked for, and Argo Rollouts has not acted on it yet" } : {};
  return { state, ...stable, ...next, ...(step && { step }), ...said, ...asked };
}

/** Without a router, requests are shared by the pods. */
function shareOf(rollout: Workload, history: Workload[]): number | undefined {
  const { status = {}, spec } = rollout;
  if (spec.strategy?.blueGreen) return status.blueGreen?.activeSelector === status.currentPodHash ? 100 : 0;
  const routed = status.canary?.weights?.canary?.weight;
  if (routed !== undefined) return routed;
  const podsOf = (set?: Workload) => set?.status?.availableReplicas ?? set?.status?.replicas ?? 0;
  const fresh = podsOf(currentSetOf({ workload: rollout, history }));
  const all = fresh + podsOf(stableSetOf({ workload: rollout, history }));
  return all === 0 ? undefined : Math.round((100 * fresh) / all);
}

function stepOf({ spec, status = {} }: Workload): string | undefined {
  if (spec.strategy?.blueGreen) return undefined;
  const steps = spec.strategy?.canary?.steps;
  if (!steps) return `${status.updatedReplicas ?? 0} of ${spec.replicas ?? 1} pods`;
  const index = status.currentStepIndex ?? 0;
  const asked = steps.slice(0, index + 1).findLast(({ setWeight }) => setWeight !== undefined)?.setWeight;
  return `${index}/${steps.length}, ${status.canary?.weights?.canary?.weight ?? asked ?? 0} %`;
}

function readDeployment(deployment: Workload, history: Workload[]): Progress {
  const { spec, status = {} } = deployment;
  const { updatedReplicas: updated = 0, availableReplicas: available = 0, replicas: all = 0 } = status;
  const wanted = spec.replicas ?? 1;
  const version = versionOf(deployment);
  const failed = status.conditions?.find(({ type, status }) => type === "Progressing" && status === "False");
  if (isObserved(deployment) && !failed && updated >= wanted && all <= updated && available >= wanted) {
    return { state: "done", stable: version, phase: "Healthy" };
  }
  const old = stableSetOf({ workload: deployment, history });
  return {
    state: spec.paused ? "paused" : "progressing",
    ...(old && { stable: versionOf(old) }),
    next: version,
    step: `${updated} of ${wanted} pods`,
    phase: failed ? "Degraded" : spec.paused ? "Paused" : "Progressing",
    ...(failed?.message && { message: failed.message }),
  };
}

/** Whether the controller has seen the workload as it is now, so that its status is about that. */
export function isObserved({ metadata, status }: Workload): boolean {
  return Number(status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
}

/** What is read of a Rollout, a Deployment or a ReplicaSet. */
export interface Workload {
  kind: "Rollout" | "Deployment" | "ReplicaSet";
  metadata: {
    name: string;
    namespace?: string;
    generation?: number;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    ownerReferences?: { kind: string; name: string }[];
  };
  spec: {
    replicas?: number;
    paused?: boolean;
    template: PodTemplate;
    strategy?: {
      canary?: { steps?: { setWeight?: number }[]; trafficRouting?: { nginx?: object } };
      blueGreen?: { autoPromotionSeconds?: number };
    };
  };
  status?: WorkloadStatus;
}

/** As much of a pod template as is read. */
export interface PodTemplate {
  metadata?: PodMetadata;
  spec?: { containers?: { name?: string; image?: string; env?: { name: string; value?: string }[] }[] };
}

interface PodMetadata {
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

export interface WorkloadStatus {
  /** A string in a Rollout. */
  observedGeneration?: string | number;
  phase?: string;
  message?: string;
  abort?: boolean;
  /** When Argo Rollouts acted on `abort`. */
  abortedAt?: string;
  promoteFull?: boolean;
  controllerPause?: boolean;
  pauseConditions?: { reason: string; startTime: string }[];
  currentPodHash?: string;
  stableRS?: string;
  currentStepIndex?: number;
  canary?: {
    weights?: { canary?: { weight?: number } };
    currentStepAnalysisRunStatus?: { status?: string };
  };
  blueGreen?: { activeSelector?: string };
  replicas?: number;
  updatedReplicas?: number;
  availableReplicas?: number;
  conditions?: { type: string; status: string; reason?: string; message?: string }[];
}

/** A variable of the app's container. */
function envOf({ spec }: Workload, name: string): string | undefined {
  const variables = spec.template.spec?.containers?.flatMap(({ env }) => env ?? []);
  return variables?.find((variable) => variable.name === name)?.value;
}

/** What `versionOf` says of pods that do not tell theirs. */
export const unknownVersion = "?";

/** The version that its pods say they are. */
export function versionOf(workload: Workload): string {
  return (
    envOf(workload, "APP_VERSION") ??
    workload.spec.template.metadata?.labels?.["app.kubernetes.io/version"] ??
    unknownVersion
  );
}

/** The image, with its tag and digest, of its container that has the image of that name. */
export function imageOf({ spec }: Workload, image: string): string | undefined {
  const images = spec.template.spec?.containers?.flatMap((container) => container.image ?? []);
  return images?.find((one) => repositoryOf(one) === repositoryOf(image));
}

/** An image without its tag and its digest. */
function repositoryOf(image: string): string {
  return image.replace(/(:[^:@/]+)?(@.+)?$/, "");
}

/** Number of the revision; a revision that is asked for again gets a new, higher number. */
export function revisionOf({ metadata }: Workload): number {
  const { annotations } = metadata;
  return Number(
    annotations?.["rollout.argoproj.io/revision"] ?? annotations?.["deployment.kubernetes.io/revision"] ?? 0,
  );
}

/** Hash of the pod template, by which the pods of a version are known. */
export function hashOf({ metadata }: { metadata: { labels?: Record<string, string> } }): string {
  return metadata.labels?.["rollouts-pod-template-hash"] ?? metadata.labels?.["pod-template-hash"] ?? "";
}

/** Labels and annotations that Argo Rollouts put into a ReplicaSet's template: `canaryMetadata`, `activeMetadata` and so on. */
const injected = "rollout.argoproj.io/ephemeral-metadata";

/**
 * The pod template that a ReplicaSet was made from: without the hash, and without what Argo Rollouts puts into it for as long
 * as the version is the stable or the new one. With anything more it would be the template of another version.
 */
export function templateOf({ metadata, spec: { template } }: Workload): PodTemplate {
  const { labels = {}, annotations = {} } = JSON.parse(metadata.annotations?.[injected] ?? "{}") as PodMetadata;
  const own = structuredClone(template);
  for (const name of ["rollouts-pod-template-hash", "pod-template-hash", ...Object.keys(labels)])
    delete own.metadata?.labels?.[name];
  for (const name of Object.keys(annotations)) delete own.metadata?.annotations?.[name];
  return own;
}
