import { currentSetOf, hashOf, type LiveApp, type Workload } from "./live-app.ts";

/** As much of a Pod as is read. */
export interface Pod {
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; deletionTimestamp?: string };
  status?: {
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
    initContainerStatuses?: ContainerStatus[];
    containerStatuses?: ContainerStatus[];
  };
}

interface ContainerStatus {
  name: string;
  image?: string;
  ready?: boolean;
  restartCount?: number;
  state?: { waiting?: { reason?: string; message?: string }; terminated?: Termination; running?: object };
  lastState?: { terminated?: Termination };
}

interface Termination {
  exitCode?: number;
  reason?: string;
}

/** As much of an AnalysisRun as is read. */
export interface AnalysisRun {
  metadata: { name?: string; namespace?: string; labels?: Record<string, string> };
  spec?: { metrics?: { name: string; successCondition?: string; failureCondition?: string }[] };
  status?: {
    phase?: string;
    metricResults?: {
      name: string;
      phase?: string;
      message?: string;
      measurements?: { phase?: string; value?: string; message?: string; metadata?: { "job-name"?: string } }[];
    }[];
  };
}

/** As much of an Event as is read. */
export interface Event {
  metadata: { namespace?: string };
  involvedObject: { kind?: string; name?: string };
  reason?: string;
  message?: string;
  lastTimestamp?: string | null;
  eventTime?: string | null;
}

/** What the cluster has of an app's pods, analyses and events. */
export interface Evidence {
  pods: Pod[];
  runs: AnalysisRun[];
  /** Warnings, in any order. */
  events: Event[];
}

/** Why something does not come up, in words; of a crash or a failed test also the container whose log says more. */
export interface Cause {
  text: string;
  log?: {
    /** `web-1`, or `job/NAME`. */
    of: string;
    container: string;
    /** Whether the log is that of the run before this one. */
    previous: boolean;
  };
}

/**
 * Why the version of the app's pod template does not come up, or was aborted, as far as its pods, its ReplicaSet, its
 * analyses and, once its pods are gone, their events tell; each cause once.
 */
export function causesOf(live: LiveApp, { pods, runs, events }: Evidence): Cause[] {
  const set = currentSetOf(live);
  const hash = set && hashOf(set);
  const isOwn = (one: Pod | AnalysisRun) => Boolean(hash) && hashOf(one) === hash;
  const causes = [
    ...specCauses(live.workload),
    ...(set ? creationCauses(set) : []),
    ...pods.filter((pod) => isOwn(pod) && !pod.metadata.deletionTimestamp).flatMap((pod) => podCauses(pod, events)),
    ...runs.filter(isOwn).flatMap(analysisCauses),
  ];
  const past = causes.length === 0 && set && live.state === "aborted" ? pastCauses(set, events) : [];
  return [...new Map([...causes, ...past].map((cause) => [cause.text, cause])).values()];
}

function specCauses({ status }: Workload): Cause[] {
  const invalid = status?.conditions?.find(({ type, status }) => type === "InvalidSpec" && status === "True");
  return invalid ? [{ text: `Argo Rollouts cannot act on its Rollout: ${invalid.message}` }] : [];
}

/** A quota, a webhook or Pod Security refuses its pods. */
function creationCauses({ status }: Workload): Cause[] {
  const failure = status?.conditions?.find(({ type, status }) => type === "ReplicaFailure" && status === "True");
  return failure ? [{ text: `no pod can be created: ${failure.message}` }] : [];
}

function podCauses({ metadata: { name }, status }: Pod, events: Event[]): Cause[] {
  const unscheduled = status?.conditions?.find(({ type, status }) => type === "PodScheduled" && status === "False");
  if (unscheduled) return [{ text: `no node takes its pod: ${unscheduled.message}` }];
  const said = (reason: string) => newest(events.filter((event) => isAbout(event, name) && event.reason === reason));
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return containers.flatMap((container) => containerCause(name, container, said) ?? []);
}

function containerCause(
  pod: string,
  { name, image, ready, restartCount = 0, state = {}, lastState = {} }: ContainerStatus,
  said: (reason: string) => string | undefined,
): Cause | undefined {
  const { reason = "", message = "" } = state.waiting ?? {};
  if (/Image|Registry/.test(reason)) return { text: `image ${image} cannot be pulled: ${message || reason}` };
  const ended = state.terminated ?? (ready ? undefined : lastState.terminated);
  if (ended && ended.exitCode !== 0) {
    const times = restartCount > 0 ? `, restarted ${restartCount === 1 ? "once" : `${restartCount} times`}` : "";
    const how = ended.reason && ended.reason !== "Error" ? ` (${ended.reason})` : "";
    const text = `container ${name} ended with exit code ${ended.exitCode}${how}${times}`;
    return { text, log: { of: pod, container: name, previous: state.terminated === undefined } };
  }
  if (/Error$/.test(reason)) return { text: `container ${name} cannot start: ${message || reason}` };
  if (state.waiting) {
    const mount = said("FailedMount");
    return mount ? { text: `a volume cannot be mounted: ${mount}` } : undefined;
  }
  const probe = state.running && !ready ? said("Unhealthy") : undefined;
  return probe ? { text: `container ${name} is not ready: ${probe}` } : undefined;
}

/** Which metric came to which value, against which condition. */
function analysisCauses({ spec, status }: AnalysisRun): Cause[] {
  const results = status?.metricResults?.filter(({ phase = "" }) => /Failed|Error|Inconclusive/.test(phase)) ?? [];
  return results.map(({ name, phase, message, measurements }) => {
    const last = measurements?.findLast((one) => one.phase === phase) ?? measurements?.at(-1);
    const metric = spec?.metrics?.find((one) => one.name === name);
    const wanted = metric?.successCondition ? `, wanted ${metric.successCondition}` : "";
    const limit = !wanted && metric?.failureCondition ? `, fails at ${metric.failureCondition}` : "";
    const value = last?.value ? ` with ${last.value}${wanted}${limit}` : "";
    const job = last?.metadata?.["job-name"];
    const why = last?.message ?? (value || job ? undefined : message);
    const text = `analysis: ${name} ${phase === "Error" ? "ended in an error" : `is ${phase}`}${value}${why ? `: ${why}` : ""}`;
    return job ? { text, log: { of: `job/${job}`, container: name, previous: false } } : { text };
  });
}

/** What was said of its pods while they were there; Kubernetes keeps events for an hour. */
function pastCauses(set: Workload, events: Event[]): Cause[] {
  const about = events.filter((event) => isAbout(event, set.metadata.name));
  const byReason = [...Map.groupBy(about, ({ reason = "" }) => reason)];
  return byReason.flatMap(([reason, of]) => ({ text: `before its pods were gone: ${reason}: ${newest(of)}` }));
}

function isAbout({ involvedObject: { name = "" } }: Event, owner: string): boolean {
  return name === owner || name.startsWith(`${owner}-`);
}

function newest(events: Event[]): string | undefined {
  const at = ({ lastTimestamp, eventTime }: Event) => lastTimestamp ?? eventTime ?? "";
  return events.toSorted((one, other) => at(other).localeCompare(at(one)))[0]?.message?.trim();
}
