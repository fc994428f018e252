import type { ConfirmedCluster } from "../../outside/cluster.ts";
import { pause } from "../../outside/deeds.ts";
import { change, getObjects } from "../../outside/kubectl.ts";
import { IssueError } from "../../problems/issue.ts";
import { type RenderedObject, withHelmMarks } from "./app-objects.ts";

/** The fields of an Application of Argo CD that are read here. */
export interface Application {
  metadata: {
    name: string;
    namespace?: string;
    annotations?: Record<string, string>;
    finalizers?: string[];
    ownerReferences?: { kind: string; name: string }[];
  };
  spec: ApplicationSpec;
  operation?: unknown;
  status?: {
    /** `revisions`: of an Application with several sources, in their order. */
    sync?: { status?: "Synced" | "OutOfSync" | "Unknown"; revision?: string; revisions?: string[] };
    health?: { status?: string };
    conditions?: { type: string; message: string }[];
    resources?: ManagedResource[];
    operationState?: { phase: string; message?: string; startedAt: string };
    /** What was synced, the newest last; `revisions` as above. */
    history?: { revision?: string; revisions?: string[] }[];
  };
}

interface ApplicationSpec {
  source?: ApplicationSource;
  /** Where the chart is in another repository than the values. */
  sources?: ApplicationSource[];
  destination?: { namespace?: string };
  syncPolicy?: { automated?: unknown; syncOptions?: string[] };
}

interface ApplicationSource {
  repoURL?: string;
  /** The source of the values has one, and no chart. */
  ref?: string;
  helm?: { valueFiles?: string[] };
}

/** An object that Argo CD manages for an Application. */
export interface ManagedResource {
  group?: string;
  version?: string;
  kind: string;
  namespace?: string;
  name: string;
  status?: string;
  requiresPruning?: boolean;
}

/** An Application of a cluster. */
export interface ApplicationPlace {
  cluster: ConfirmedCluster;
  /** Namespace of Argo CD. */
  namespace: string;
  name: string;
}

export const applicationKind = "applications.argoproj.io";
const refresh = "argocd.argoproj.io/refresh";

/** The Application, or undefined when there is none. Throws `ClusterError`. */
export async function findApplication({
  cluster,
  namespace,
  name,
}: ApplicationPlace): Promise<Application | undefined> {
  const [found] = await getObjects<Application>(cluster, applicationKind, name, "--namespace", namespace);
  return found;
}

/** Lets Argo CD read git and the cluster again, and gives what it found. Throws `IssueError` when it cannot compare. */
export async function compare(place: ApplicationPlace): Promise<Application> {
  const { cluster, namespace, name } = place;
  await change(cluster, "annotate", applicationKind, name, "--namespace", namespace, "--overwrite", `${refresh}=hard`);
  const compared = await awaitApplication(place, "compare", (application) => {
    return application.metadata.annotations?.[refresh] === undefined;
  });
  const errors = (compared.status?.conditions ?? []).filter(({ type }) => type.endsWith("Error"));
  if (errors.length > 0) {
    throw new IssueError(...errors.map(({ message }) => ({ file: `application ${name}`, message })));
  }
  return compared;
}

/** Whether Argo CD's last comparison found nothing to change. */
export function isSynced({ status }: Application): boolean {
  return status?.sync?.status === "Synced";
}

/** The commit of this repository that the last comparison was with: of several sources, that of the values. */
export function revisionOf({ spec, status }: Application): string | undefined {
  return valuesRevision(spec, status?.sync ?? {});
}

/** The commit of this repository that was synced last. */
export function lastSynced({ spec, status }: Application): string | undefined {
  return valuesRevision(spec, status?.history?.at(-1) ?? {});
}

function valuesRevision({ sources }: ApplicationSpec, all: { revision?: string; revisions?: string[] }) {
  const index = sources?.findIndex(({ ref }) => ref !== undefined) ?? -1;
  return index < 0 ? all.revision : all.revisions?.[index];
}

/** Which environment's and app's values an Application reads, if it reads them from one of these repositories. */
export function readsValues(
  { spec }: Pick<Application, "spec">,
  repositories: string[],
): { environment: string; app: string } | undefined {
  const sources = [...(spec.sources ?? []), ...(spec.source ? [spec.source] : [])];
  const ours = new Set(repositories.map(comparable));
  if (!sources.some(({ repoURL = "" }) => ours.has(comparable(repoURL)))) return undefined;
  const files = sources.flatMap(({ helm }) => helm?.valueFiles ?? []);
  const found = files.map((file) => /(?:^|\/)generated\/([^/]+)\/([^/]+)\.yaml$/.exec(file)).find(Boolean);
  return found?.[1] && found[2] ? { environment: found[1], app: found[2] } : undefined;
}

function comparable(url: string): string {
  return url.toLowerCase().replace(/\/$|\.git\/?$/, "");
}

/** Syncs it once, to what was compared if that is given, without pruning. Throws `IssueError` unless that succeeds. */
export async function syncOnce(place: ApplicationPlace, compared?: Application): Promise<Application> {
  const before = await settle(place);
  const { syncOptions = [] } = before.spec.syncPolicy ?? {};
  const { revision, revisions } = compared?.status?.sync ?? {};
  const to = compared?.spec.sources ? { revisions } : { revision };
  const operation = {
    initiatedBy: { username: "npm run handover" },
    sync: { prune: false, syncOptions, ...to },
  };
  await patchApplication(place, { operation });
  const { startedAt } = before.status?.operationState ?? {};
  const after = await awaitApplication(place, "sync", ({ operation: asked, status }) => {
    return asked === undefined && status?.operationState?.startedAt !== startedAt && !isRunning(status?.operationState);
  });
  const { phase, message } = after.status?.operationState ?? {};
  if (phase !== "Succeeded") {
    throw new IssueError({ file: `application ${place.name}`, message: `its sync ended as ${phase}: ${message}` });
  }
  return after;
}

/** Waits until no sync is under way. */
export function settle(place: ApplicationPlace): Promise<Application> {
  return awaitApplication(place, "end its sync", ({ operation, status }) => {
    return operation === undefined && !isRunning(status?.operationState);
  });
}

/** Changes fields of the Application; null removes a field. */
export async function patchApplication({ cluster, namespace, name }: ApplicationPlace, patch: unknown): Promise<void> {
  const merge = ["--type", "merge", "--patch", JSON.stringify(patch)];
  await change(cluster, "patch", applicationKind, name, "--namespace", namespace, ...merge);
}

/** Deletes the Application. The objects that it manages stay. */
export async function deleteApplication(place: ApplicationPlace): Promise<void> {
  const { cluster, namespace, name } = place;
  // With a finalizer, Argo CD would delete the app's objects first.
  await patchApplication(place, { metadata: { finalizers: null } });
  await change(cluster, "delete", applicationKind, name, "--namespace", namespace, "--ignore-not-found");
}

/** Waits for a state of the Application. Throws `IssueError` after two minutes, and `Interrupted`. */
export async function awaitApplication(
  place: ApplicationPlace,
  what: string,
  reached: (application: Application) => boolean,
): Promise<Application> {
  for (const end = Date.now() + 120_000; ; ) {
    const application = await findApplication(place);
    const file = `application ${place.name}`;
    if (!application) throw new IssueError({ file, message: `has gone from namespace ${place.namespace} meanwhile` });
    if (reached(application)) return application;
    if (Date.now() > end) {
      const look = `kubectl -n ${place.namespace} get pods, and kubectl -n ${place.namespace} describe ${applicationKind} ${place.name}`;
      throw new IssueError({ file, message: `Argo CD did not ${what} within two minutes: ${look}` });
    }
    await pause(500);
  }
}

function isRunning(state: { phase: string } | undefined): boolean {
  return state?.phase === "Running" || state?.phase === "Terminating";
}

/** Objects of the release argocd-apps with Helm's marks, and with Applications that do not sync by themselves. */
export function passive(objects: RenderedObject[], release: string): RenderedObject[] {
  return objects.map((object) => {
    return withHelmMarks(withoutAutomation(object), release, object.metadata.namespace ?? "argocd");
  });
}

function withoutAutomation(object: RenderedObject): RenderedObject {
  if (object.kind !== "Application") return object;
  const { automated: _, ...syncPolicy } = (object.spec?.syncPolicy ?? {}) as Record<string, unknown>;
  return { ...object, spec: { ...object.spec, syncPolicy } };
}
