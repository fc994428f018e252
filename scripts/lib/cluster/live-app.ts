import { envOf, hashOf, revisionOf, versionOf, type Workload } from "./workload.ts";

/** What a cluster runs of the app. */
export interface LiveApp {
  workload: Workload;
  /** Its ReplicaSets, which are its history, the newest first. */
  history: Workload[];
  environment: string;
  strategy: string;
  owner: "argocd" | "helmfile";
  /** done: one version serves everybody. aborted: the new one was given up, and the stable one serves. */
  state: "done" | "progressing" | "paused" | "aborted";
  /** The version that serves; undefined until the first one is up. */
  stable?: string;
  /** The version that is on its way, or was given up. */
  next?: string;
  /** Steps that are done, of all, and the new version's share of the requests: "1/4, 20 %". */
  step?: string;
  /** Healthy, Progressing, Paused or Degraded. */
  phase: string;
  message?: string;
}

/** Reads the app's state from its workload and the ReplicaSets around it. */
export function readLiveApp(workload: Workload, replicaSets: Workload[]): LiveApp {
  const { kind, metadata } = workload;
  const owns = ({ metadata: { ownerReferences } }: Workload) =>
    ownerReferences?.some((owner) => owner.kind === kind && owner.name === metadata.name) ?? false;
  const history = replicaSets.filter(owns).sort((a, b) => revisionOf(b) - revisionOf(a));
  const tracked = metadata.annotations?.["argocd.argoproj.io/tracking-id"] !== undefined;
  return {
    workload,
    history,
    environment: envOf(workload, "APP_ENVIRONMENT") ?? "?",
    strategy: envOf(workload, "APP_STRATEGY") ?? "?",
    owner: tracked ? "argocd" : "helmfile",
    ...(kind === "Rollout" ? readRollout(workload, history) : readDeployment(workload, history)),
  };
}

type Progress = Pick<LiveApp, "state" | "stable" | "next" | "step" | "phase" | "message">;

function readRollout(rollout: Workload, history: Workload[]): Progress {
  const { status = {} } = rollout;
  const stableSet = history.find((set) => hashOf(set) === status.stableRS);
  const stable = stableSet ? { stable: versionOf(stableSet) } : {};
  const next = { next: versionOf(rollout) };
  if (!observed(rollout)) {
    return { state: "progressing", ...stable, ...next, phase: "Progressing", message: "not yet seen by Argo Rollouts" };
  }
  const said = { phase: status.phase ?? "Progressing", ...(status.message && { message: status.message }) };
  const step = stepOf(rollout);
  if (status.abort) return { state: "aborted", ...stable, ...next, ...said };
  if (status.stableRS && status.currentPodHash === status.stableRS) return { state: "done", ...stable, ...said };
  const state = status.phase === "Paused" ? "paused" : "progressing";
  return { state, ...stable, ...next, ...(step && { step }), ...said };
}

function stepOf({ spec, status = {} }: Workload): string | undefined {
  const steps = spec.strategy?.canary?.steps;
  if (!steps) return undefined;
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
  if (observed(deployment) && !failed && updated >= wanted && all <= updated && available >= wanted) {
    return { state: "done", stable: version, phase: "Healthy" };
  }
  const current = revisionOf(deployment);
  const old = history.find((set) => revisionOf(set) !== current && (set.status?.replicas ?? 0) > 0);
  return {
    state: spec.paused ? "paused" : "progressing",
    ...(old && { stable: versionOf(old) }),
    next: version,
    step: `${updated} of ${wanted} pods`,
    phase: failed ? "Degraded" : spec.paused ? "Paused" : "Progressing",
    ...(failed?.message && { message: failed.message }),
  };
}

function observed({ metadata, status }: Workload): boolean {
  return Number(status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
}
