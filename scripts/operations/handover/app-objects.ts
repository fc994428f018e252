import { parse } from "yaml";
import type { Cluster, ConfirmedCluster } from "../../outside/cluster.ts";
import { documentsIn, helm, renderEnvironment } from "../../outside/helmfile.ts";
import { changeWith, getObjects, kubectlWith, objectsIn } from "../../outside/kubectl.ts";
import { IssueError } from "../../problems/issue.ts";
import type { App } from "../app/live-app.ts";

/** An object that a chart renders. */
export interface RenderedObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  spec?: Record<string, unknown>;
}

/** The annotation by which Argo CD knows the objects of an Application. */
export const trackingId = "argocd.argoproj.io/tracking-id";
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";

/** Objects of a release, rendered from the working tree. Throws `IssueError` with Helmfile's message. */
export async function renderObjects(env: string, app: App, release: string): Promise<RenderedObject[]> {
  return toObjects(await renderEnvironment(env, [app.name], release));
}

/** Objects that Helm has released of the app; none where it has no record of it. Throws `IssueError` with Helm's message. */
export async function releasedObjects(cluster: Cluster, { name, namespace }: App): Promise<RenderedObject[]> {
  const { code, stdout, stderr } = await helm(cluster, "get", "manifest", name, "--namespace", namespace);
  if (code === 0) return toObjects(documentsIn(stdout));
  if (/release: not found/.test(stderr)) return [];
  throw new IssueError({ file: "helm", message: stderr.trim() || "failed without a message" });
}

function toObjects(documents: string[]): RenderedObject[] {
  return documents.map((document) => parse(document) as RenderedObject);
}

/** Kind and name, which identify an object of a namespace. */
export function nameOf({ kind, metadata: { name } }: RenderedObject): string {
  return `${kind} ${name}`;
}

/** The annotations and the label by which Helm knows the objects of a release. */
function helmMarks(release: string, namespace: string) {
  return {
    labels: { "app.kubernetes.io/managed-by": "Helm" },
    annotations: { "meta.helm.sh/release-name": release, "meta.helm.sh/release-namespace": namespace },
  };
}

/** The object with these marks. Without them, Helm refuses to take an object over that it has not created. */
export function withHelmMarks<T extends RenderedObject>(object: T, release: string, namespace: string): T {
  const { labels, annotations } = helmMarks(release, namespace);
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

/** The app's objects, for putting marks on them. Objects that the cluster lacks are skipped. */
export interface AppObjects {
  cluster: ConfirmedCluster;
  app: App;
  objects: RenderedObject[];
}

/**
 * Marks the objects as Argo CD would at its first sync, in the form that
 * https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/ gives.
 */
export async function markForArgoCd(marked: AppObjects): Promise<void> {
  const { name, namespace } = marked.app;
  for (const object of await existing(marked)) {
    const group = object.apiVersion.includes("/") ? object.apiVersion.split("/")[0] : "";
    const id = `${name}:${group}/${object.kind}:${namespace}/${object.metadata.name}`;
    await setMarks(marked, "annotate", [object], `${trackingId}=${id}`);
  }
}

/** Removes Argo CD's marks. */
export async function unmark(marked: AppObjects): Promise<void> {
  await setMarks(marked, "annotate", await existing(marked), `${trackingId}-`, `${lastApplied}-`);
}

/** Marks the objects as Helm's, so that its next release takes them over. Without the marks Helm refuses. */
export async function markForHelm(marked: AppObjects): Promise<void> {
  const { labels, annotations } = helmMarks(marked.app.name, marked.app.namespace);
  const pairs = (all: Record<string, string>) => Object.entries(all).map(([key, value]) => `${key}=${value}`);
  const objects = await existing(marked);
  await setMarks(marked, "annotate", objects, `${trackingId}-`, `${lastApplied}-`, ...pairs(annotations));
  await setMarks(marked, "label", objects, ...pairs(labels));
}

async function setMarks(
  { cluster, app }: AppObjects,
  verb: "annotate" | "label",
  objects: RenderedObject[],
  ...pairs: string[]
): Promise<void> {
  if (objects.length === 0) return;
  await changeWith(cluster, objects, verb, "--namespace", app.namespace, "--overwrite", ...pairs);
}

async function existing(marked: AppObjects): Promise<RenderedObject[]> {
  const names = new Set((await liveObjects(marked)).map(nameOf));
  return marked.objects.filter((object) => names.has(nameOf(object)));
}

/** The objects as the cluster has them, without those that it lacks. Throws `ClusterError`. */
export async function liveObjects({ cluster, app, objects }: AppObjects): Promise<RenderedObject[]> {
  const options = ["--namespace", app.namespace, "--ignore-not-found", "--output", "json"];
  return objectsIn<RenderedObject>(await kubectlWith(cluster, objects, "get", ...options));
}

/** Number of restarts of the containers of each pod of the app, by the name of the pod. */
export async function countRestarts(cluster: Cluster, app: App): Promise<Map<string, number>> {
  interface Pod {
    metadata: { name: string };
    status?: { containerStatuses?: { restartCount: number }[] };
  }
  const selector = ["--namespace", app.namespace, "--selector", `app.kubernetes.io/instance=${app.name}`];
  const pods = await getObjects<Pod>(cluster, "pods", ...selector);
  const restarts = ({ status }: Pod) => (status?.containerStatuses ?? []).reduce((n, one) => n + one.restartCount, 0);
  return new Map(pods.map((pod) => [pod.metadata.name, restarts(pod)]));
}
