import { parse } from "yaml";
import { type Cluster, getObjects, kubectlWith } from "../cluster/cluster.ts";
import { renderEnvironment } from "../cluster/dry-run.ts";
import { appName } from "../cluster/find-live-app.ts";

/** An object that a chart renders. */
export interface RenderedObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  spec?: Record<string, unknown>;
}

const trackingId = "argocd.argoproj.io/tracking-id";
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";

/** Objects of a release, rendered from the working tree. Throws `IssueError` with Helmfile's message. */
export function renderObjects(env: string, release: string): RenderedObject[] {
  return renderEnvironment(env, release).map((document) => parse(document) as RenderedObject);
}

/** The annotations and the label by which Helm knows the objects of a release. */
export function helmMarks(release: string, namespace: string) {
  return {
    labels: { "app.kubernetes.io/managed-by": "Helm" },
    annotations: { "meta.helm.sh/release-name": release, "meta.helm.sh/release-namespace": namespace },
  };
}

/** The app's objects, as marks are put on them. */
export interface AppObjects {
  cluster: Cluster;
  namespace: string;
  objects: RenderedObject[];
}

/**
 * Marks the objects as Argo CD would at its first sync, in the form that
 * https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/ gives. Throws `ClusterError` if one is missing.
 */
export async function markForArgoCd({ cluster, namespace, objects }: AppObjects): Promise<void> {
  for (const object of objects) {
    const [group] = object.apiVersion.includes("/") ? object.apiVersion.split("/") : [""];
    const id = `${appName}:${group}/${object.kind}:${namespace}/${object.metadata.name}`;
    await annotate(cluster, namespace, [object], `${trackingId}=${id}`);
  }
}

/** Takes Argo CD's marks away. */
export async function unmark({ cluster, namespace, objects }: AppObjects): Promise<void> {
  await annotate(cluster, namespace, objects, `${trackingId}-`, `${lastApplied}-`);
}

/** Marks the objects as Helm's, so that the next release takes them over rather than refusing to. */
export async function markForHelm({ cluster, namespace, objects }: AppObjects): Promise<void> {
  const { labels, annotations } = helmMarks(appName, namespace);
  const pairs = (all: Record<string, string>) => Object.entries(all).map(([key, value]) => `${key}=${value}`);
  await annotate(cluster, namespace, objects, `${trackingId}-`, `${lastApplied}-`, ...pairs(annotations));
  await kubectlWith(cluster, objects, "label", "--namespace", namespace, "--overwrite", ...pairs(labels));
}

async function annotate(cluster: Cluster, namespace: string, objects: RenderedObject[], ...pairs: string[]) {
  await kubectlWith(cluster, objects, "annotate", "--namespace", namespace, "--overwrite", ...pairs);
}

/** Pods of the app: name -> how often their containers were restarted. */
export async function countRestarts(cluster: Cluster, namespace: string): Promise<Map<string, number>> {
  interface Pod {
    metadata: { name: string };
    status?: { containerStatuses?: { restartCount: number }[] };
  }
  const selector = ["--namespace", namespace, "--selector", `app.kubernetes.io/instance=${appName}`];
  const pods = await getObjects<Pod>(cluster, "pods", ...selector);
  const restarts = ({ status }: Pod) => (status?.containerStatuses ?? []).reduce((n, one) => n + one.restartCount, 0);
  return new Map(pods.map((pod) => [pod.metadata.name, restarts(pod)]));
}
