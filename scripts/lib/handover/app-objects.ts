import { spawnSync } from "node:child_process";
import { parse } from "yaml";
import { type Cluster, getObjects, kubectlWith, objectsIn } from "../cluster/cluster.ts";
import { documentsIn, renderEnvironment } from "../cluster/dry-run.ts";
import { appName } from "../cluster/find-live-app.ts";
import { IssueError } from "../issue.ts";
import { toolEnv } from "../tools/find.ts";

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

/** Objects that Helm has released of the app; none where it has no record of it. Throws `IssueError` with Helm's message. */
export function releasedObjects({ context }: Cluster, namespace: string): RenderedObject[] {
  const args = ["--kube-context", context, "get", "manifest", appName, "--namespace", namespace];
  const { status, stdout, stderr } = spawnSync("helm", args, { env: toolEnv(), encoding: "utf8", maxBuffer: 2 ** 28 });
  if (status === 0) return documentsIn(stdout).map((document) => parse(document) as RenderedObject);
  if (/not found/.test(stderr)) return [];
  throw new IssueError({ file: "helm", message: stderr.trim() });
}

/** What tells the objects of a namespace apart. */
export function nameOf({ kind, metadata: { name } }: RenderedObject): string {
  return `${kind} ${name}`;
}

/** The annotations and the label by which Helm knows the objects of a release. */
export function helmMarks(release: string, namespace: string) {
  return {
    labels: { "app.kubernetes.io/managed-by": "Helm" },
    annotations: { "meta.helm.sh/release-name": release, "meta.helm.sh/release-namespace": namespace },
  };
}

/** The app's objects, as marks are put on them; those that the cluster lacks are left out. */
export interface AppObjects {
  cluster: Cluster;
  namespace: string;
  objects: RenderedObject[];
}

/**
 * Marks the objects as Argo CD would at its first sync, in the form that
 * https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/ gives.
 */
export async function markForArgoCd(app: AppObjects): Promise<void> {
  for (const object of await existing(app)) {
    const [group] = object.apiVersion.includes("/") ? object.apiVersion.split("/") : [""];
    const id = `${appName}:${group}/${object.kind}:${app.namespace}/${object.metadata.name}`;
    await change(app, "annotate", [object], `${trackingId}=${id}`);
  }
}

/** Takes Argo CD's marks away. */
export async function unmark(app: AppObjects): Promise<void> {
  await change(app, "annotate", await existing(app), `${trackingId}-`, `${lastApplied}-`);
}

/** Marks the objects as Helm's, so that the next release takes them over rather than refusing to. */
export async function markForHelm(app: AppObjects): Promise<void> {
  const { labels, annotations } = helmMarks(appName, app.namespace);
  const pairs = (all: Record<string, string>) => Object.entries(all).map(([key, value]) => `${key}=${value}`);
  const objects = await existing(app);
  await change(app, "annotate", objects, `${trackingId}-`, `${lastApplied}-`, ...pairs(annotations));
  await change(app, "label", objects, ...pairs(labels));
}

async function change({ cluster, namespace }: AppObjects, verb: string, objects: RenderedObject[], ...pairs: string[]) {
  if (objects.length > 0) await kubectlWith(cluster, objects, verb, "--namespace", namespace, "--overwrite", ...pairs);
}

async function existing({ cluster, namespace, objects }: AppObjects): Promise<RenderedObject[]> {
  const options = ["--namespace", namespace, "--ignore-not-found", "--output", "json"];
  const found = objectsIn<RenderedObject>(await kubectlWith(cluster, objects, "get", ...options));
  const names = new Set(found.map(nameOf));
  return objects.filter((object) => names.has(nameOf(object)));
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
