import type { ConfirmedCluster } from "../../outside/cluster.ts";
import { pause } from "../../outside/deeds.ts";
import { change, getObjects } from "../../outside/kubectl.ts";
import { IssueError } from "../../problems/issue.ts";
import { helmMarks, type RenderedObject } from "./app-objects.ts";

/** The fields of an Application of Argo CD that are read here. */
export interface Application {
  metadata: { name: string; annotations?: Record<string, string>; finalizers?: string[] };
  spec: { syncPolicy?: { automated?: unknown; syncOptions?: string[] } };
  operation?: unknown;
  status?: {
    sync?: { status?: "Synced" | "OutOfSync" | "Unknown"; revision?: string };
    health?: { status?: string };
    conditions?: { type: string; message: string }[];
    resources?: { kind: string; name: string; status?: string; requiresPruning?: boolean }[];
    operationState?: { phase: string; message?: string; startedAt: string };
  };
}

/** An Application of a cluster. */
export interface ApplicationPlace {
  cluster: ConfirmedCluster;
  /** Namespace of Argo CD. */
  namespace: string;
  name: string;
}

const kind = "applications.argoproj.io";
const refresh = "argocd.argoproj.io/refresh";

/** The Application, or undefined when there is none. Throws `ClusterError`. */
export async function findApplication({
  cluster,
  namespace,
  name,
}: ApplicationPlace): Promise<Application | undefined> {
  const [found] = await getObjects<Application>(cluster, kind, name, "--namespace", namespace);
  return found;
}

/** Lets Argo CD read git and the cluster again, and gives what it found. Throws `IssueError` when it cannot compare. */
export async function compare(place: ApplicationPlace): Promise<Application> {
  const { cluster, namespace, name } = place;
  await change(cluster, "annotate", kind, name, "--namespace", namespace, "--overwrite", `${refresh}=hard`);
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

/** Syncs it once, to that commit if one is given, without pruning. Throws `IssueError` unless that succeeds. */
export async function syncOnce(place: ApplicationPlace, revision?: string): Promise<Application> {
  const before = await settle(place);
  const { syncOptions = [] } = before.spec.syncPolicy ?? {};
  const operation = {
    initiatedBy: { username: "npm run handover" },
    sync: { prune: false, syncOptions, ...(revision && { revision }) },
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
  await change(cluster, "patch", kind, name, "--namespace", namespace, ...merge);
}

/** Deletes the Application. The objects that it manages stay. */
export async function deleteApplication(place: ApplicationPlace): Promise<void> {
  const { cluster, namespace, name } = place;
  // With a finalizer, Argo CD would delete the app's objects first.
  await patchApplication(place, { metadata: { finalizers: null } });
  await change(cluster, "delete", kind, name, "--namespace", namespace, "--ignore-not-found");
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
      const look = `kubectl -n ${place.namespace} get pods, and kubectl -n ${place.namespace} describe ${kind} ${place.name}`;
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
  return objects.map((object) => withHelmMarks(withoutAutomation(object), release));
}

function withoutAutomation(object: RenderedObject): RenderedObject {
  if (object.kind !== "Application") return object;
  const { automated: _, ...syncPolicy } = (object.spec?.syncPolicy ?? {}) as Record<string, unknown>;
  return { ...object, spec: { ...object.spec, syncPolicy } };
}

/** With these marks, Helm takes an existing object into the release. */
function withHelmMarks(object: RenderedObject, release: string): RenderedObject {
  const { labels, annotations } = helmMarks(release, object.metadata.namespace ?? "argocd");
  const { metadata } = object;
  return {
    ...object,
    metadata: {
      ...metadata,
      labels: { ...metadata.labels, ...labels },
      annotations: { ...metadata.annotations, ...annotations },
    },
  };
}
