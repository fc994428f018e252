import { isDeepStrictEqual } from "node:util";
import type { Cluster, ConfirmedCluster } from "../../outside/cluster.ts";
import { change, changeWith, getObjects } from "../../outside/kubectl.ts";
import { type App, type LiveApp, readLiveApp, type Workload } from "../app/live-app.ts";
import {
  liveObjects,
  nameOf,
  type RenderedObject,
  renderObjects,
  trackingId,
  withHelmMarks,
} from "../handover/app-objects.ts";

/** An app that the cluster runs as a Deployment, and that the working tree renders as a Rollout of the same name. */
export interface Move {
  app: App;
  deployment: Workload;
  owner: LiveApp["owner"];
  rollout: RenderedObject & { spec: Workload["spec"] };
  /** Everything else that is rendered. */
  others: RenderedObject[];
}

/** The Deployment of an app, or undefined when there is none: one call of kubectl. Throws `ClusterError`. */
export async function findDeployment(cluster: Pick<Cluster, "context">, app: App): Promise<Workload | undefined> {
  const [found] = await getObjects<Workload>(cluster, "deployments.apps", app.name, "--namespace", app.namespace);
  return found;
}

/** What is to be moved of an app that runs as this Deployment; undefined where it stays one. Throws `IssueError`. */
export async function findMove(env: string, app: App, deployment: Workload): Promise<Move | undefined> {
  const rendered = await renderObjects(env, app, app.name);
  // Helm's hooks, such as a Job that migrates a database, are for Helm to run.
  const objects = rendered.filter(({ metadata }) => metadata.annotations?.["helm.sh/hook"] === undefined);
  const named = (kind: string) => objects.find((one) => one.kind === kind && one.metadata.name === app.name);
  const rollout = named("Rollout") as Move["rollout"] | undefined;
  // A Rollout can also refer to a Deployment, which then stays.
  if (!rollout || named("Deployment")) return undefined;
  const { owner } = readLiveApp(app, deployment, []);
  return { app, deployment, owner, rollout, others: objects.filter((object) => object !== rollout) };
}

/**
 * Creates everything that is rendered and that the cluster lacks, the Rollout last and with as many pods as the Deployment.
 * It gets no last-applied configuration: Argo CD would take `replicas` out of it where the chart leaves them to an HPA.
 * Returns what was done, in a few words. Throws `ClusterError`.
 */
export async function createMissing(cluster: ConfirmedCluster, move: Move): Promise<string> {
  const { app, others } = move;
  const where = ["--namespace", app.namespace];
  const live = await liveObjects({ cluster, app, objects: [...others, move.rollout] });
  const rollout = withReplicas(
    move,
    live.find((one) => nameOf(one) === nameOf(move.rollout)),
  );
  const known = new Map(live.map((object) => [nameOf(object), object]));
  const missing = [...others, rollout].filter((object) => !known.has(nameOf(object)));
  const created = missing.map((object) =>
    move.owner === "helmfile" ? withHelmMarks(object, app.name, app.namespace) : object,
  );
  // In two calls, since the Rollout asks for the others.
  const apart = [created.filter(({ kind }) => kind !== "Rollout"), created.filter(({ kind }) => kind === "Rollout")];
  for (const objects of apart) if (objects.length > 0) await changeWith(cluster, objects, "create", ...where);
  for (const object of [...others, rollout]) {
    const before = known.get(nameOf(object));
    if (!before || !isLeft(before) || isDeepStrictEqual(before.spec, object.spec)) continue;
    const patch = [{ op: "replace", path: "/spec", value: object.spec }];
    await changeWith(cluster, [object], "patch", ...where, "--type", "json", "--patch", JSON.stringify(patch));
  }
  const names = missing.map(nameOf).join(", ");
  return names ? `created ${names}` : "everything is there already";
}

/**
 * Whether an earlier run may have created it: an app that runs as a Deployment has nothing of Argo Rollouts. It must say what
 * is rendered now. Helm would not see to that: it takes a custom resource over as it is, since it compares what it renders
 * with what it rendered before, and here that is the same (`createPatch` in https://github.com/helm/helm, pkg/kube/client.go).
 */
function isLeft({ apiVersion, metadata }: RenderedObject): boolean {
  return apiVersion.startsWith("argoproj.io/") && metadata.annotations?.[trackingId] === undefined;
}

/** The rendered Rollout with as many pods as are asked for anywhere. */
function withReplicas({ rollout, deployment }: Move, live: RenderedObject | undefined): Move["rollout"] {
  const asked = [deployment, live as Workload | undefined].map((one) => (one ? replicasOf(one) : 0));
  const replicas = Math.max(rollout.spec.replicas ?? 0, ...asked);
  return { ...rollout, spec: { ...rollout.spec, replicas } };
}

/** Number of pods that a workload asks for. */
export function replicasOf({ spec }: Workload): number {
  return spec.replicas ?? 1;
}

/** Sets the number of pods of the app's Rollout. Throws `ClusterError`. */
export async function scaleRollout(cluster: ConfirmedCluster, app: App, replicas: number): Promise<void> {
  const patch = ["--type", "merge", "--patch", JSON.stringify({ spec: { replicas } })];
  await change(cluster, "patch", "rollouts.argoproj.io", app.name, "--namespace", app.namespace, ...patch);
}
