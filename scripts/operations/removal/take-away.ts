import { httpService } from "../../../values-src/app.ts";
import type { DeclaredApp } from "../../engine/apps.ts";
import type { Cluster, ConfirmedCluster } from "../../outside/cluster.ts";
import { does, pause, planDeeds } from "../../outside/deeds.ts";
import { changeHelm, listReleases } from "../../outside/helmfile.ts";
import { change, changeWith, getObjects, kubectlWith, objectsIn } from "../../outside/kubectl.ts";
import { count } from "../../problems/issue.ts";
import { npmRun } from "../../problems/suggest.ts";
import { findLiveApps, partOf } from "../app/find-live-app.ts";
import type { LiveApp } from "../app/live-app.ts";
import { nameOf, type RenderedObject, releasedObjects, trackingId } from "../handover/app-objects.ts";
import { type Application, applicationKind, deleteApplication, readsValues } from "../handover/argocd-application.ts";

/** An app that is to go from a cluster, whether it is in the facts or not. */
export interface Going {
  cluster: Cluster;
  env: string;
  name: string;
  /** All apps of the facts. */
  apps: DeclaredApp[];
  /** The repository that Argo CD reads for the environment. */
  repository: string;
}

/** What of an app is in a cluster. */
export interface Found {
  live: LiveApp | undefined;
  applicationSets: Application[];
  applications: Application[];
  /** Namespaces in which Helm has a release of it. */
  records: string[];
  /** Objects with its marks, those that Helm would delete among them. */
  objects: FoundObject[];
  /** Every namespace in which something of it is. */
  namespaces: string[];
}

type FoundObject = RenderedObject & {
  metadata: { namespace: string; ownerReferences?: unknown[]; deletionTimestamp?: string };
};

const setKind = "applicationsets.argoproj.io";

/**
 * Finds everything of the app in the cluster, and nothing of another: by the Application that reads its values, by Helm's
 * record, by Argo CD's mark, and by the chart's labels. Throws `IssueError` where another environment's or cluster's Argo CD
 * has it.
 */
export async function findGoing(going: Going): Promise<Found> {
  const { cluster, name, apps } = going;
  const declared = apps.find((app) => app.name === name);
  const [live, applications, applicationSets, releases] = await Promise.all([
    findLiveApps(cluster, apps),
    getObjects<Application>(cluster, applicationKind, "--all-namespaces"),
    getObjects<ApplicationSet>(cluster, setKind, "--all-namespaces"),
    releasesCalled(cluster, name),
  ]);
  const its = live.filter(({ app }) => app.name === name && (!declared || app.namespace === declared.namespace));
  const ownApplications = applications.filter((application) => isIts(going, application));
  const ownSets = applicationSets.filter(
    ({ metadata, spec }) => !metadata.deletionTimestamp && spec.template && isIts(going, spec.template),
  );
  const places = [
    ...its.map(({ app }) => app.namespace),
    ...[...ownApplications, ...ownSets.flatMap(({ spec }) => spec.template ?? [])].flatMap(
      ({ spec }) => spec.destination?.namespace ?? [],
    ),
  ];
  const known = declared ? [declared.namespace] : places;
  const records = await ownRecords(going, releases, known);
  const namespaces = [...new Set([...known, ...records])];
  const objects = await findObjects(going, namespaces, ownApplications, declared !== undefined);
  return {
    live: its[0],
    applicationSets: ownSets.map(({ metadata }) => ({ metadata, spec: {} })),
    applications: ownApplications,
    records,
    objects,
    namespaces,
  };
}

interface ApplicationSet {
  metadata: Application["metadata"] & { deletionTimestamp?: string };
  spec: { template?: Pick<Application, "spec"> };
}

function isIts({ env, name, repository }: Going, application: Pick<Application, "spec">): boolean {
  const reads = readsValues(application, [repository]);
  return reads?.app === name && reads.environment === env;
}

/** Namespaces of Helm's releases of that name. */
async function releasesCalled(cluster: Cluster, name: string): Promise<string[]> {
  const statuses = ["--deployed", "--failed", "--pending", "--uninstalling"];
  const releases = await listReleases(cluster, "--filter", `^${name}$`, ...statuses);
  return releases.filter((release) => release.name === name).map(({ namespace }) => namespace);
}

/** Those that are in the app's namespace, or, for an app without facts, whose objects have the chart's label. */
async function ownRecords({ cluster, name, apps }: Going, namespaces: string[], known: string[]): Promise<string[]> {
  if (apps.some((app) => app.name === name)) return namespaces.filter((namespace) => known.includes(namespace));
  const marked = namespaces.map(async (namespace) => {
    const objects = await releasedObjects(cluster, { name, namespace });
    return objects.some(({ metadata }) => metadata.labels?.[partOf.key] === partOf.value) ? [namespace] : [];
  });
  return (await Promise.all(marked)).flat();
}

async function findObjects(
  { cluster, name, apps }: Going,
  namespaces: string[],
  applications: Application[],
  declared: boolean,
): Promise<FoundObject[]> {
  const kinds = [httpService, ...apps.map(({ chart }) => chart)].flatMap((chart) => chart.kinds ?? []);
  const names = new Set(kinds.map(({ group, kind }) => (group ? `${kind}.${group}` : kind)));
  // An app of the facts may have been released before its chart had the label.
  const selector = `app.kubernetes.io/instance=${name}${declared ? "" : `,${partOf.key}=${partOf.value}`}`;
  const labelled = namespaces.flatMap((namespace) =>
    [...names].map((kind) => getObjects<FoundObject>(cluster, kind, "--namespace", namespace, "--selector", selector)),
  );
  const tracked = applications.map((application) => trackedObjects(cluster, application, namespaces));
  const found = (await Promise.all([...labelled, ...tracked])).flat();
  // What a controller made goes with its owner.
  const own = found.filter(({ metadata }) => !metadata.ownerReferences?.length && !metadata.deletionTimestamp);
  return [...new Map(own.map((object) => [`${object.metadata.namespace}/${nameOf(object)}`, object])).values()];
}

/** Objects that Argo CD lists for the Application and that have its mark: others can be listed too. */
async function trackedObjects(
  cluster: Cluster,
  { metadata: { name }, status }: Application,
  namespaces: string[],
): Promise<FoundObject[]> {
  const listed = (status?.resources ?? []).filter(({ namespace = "" }) => namespaces.includes(namespace));
  if (listed.length === 0) return [];
  const partial = listed.map(({ group, version = "v1", kind, namespace, name }) => {
    return { apiVersion: group ? `${group}/${version}` : version, kind, metadata: { name, namespace } };
  });
  const objects = objectsIn<FoundObject>(
    await kubectlWith(cluster, partial, "get", "--ignore-not-found", "--output", "json"),
  );
  return objects.filter(({ metadata }) => metadata.annotations?.[trackingId]?.startsWith(`${name}:`));
}

/** What is wrong with taking it away from this cluster. */
export function removalProblems({ cluster, env, name, apps }: Going, found: Found): string | undefined {
  const { live, applications, applicationSets, objects, records } = found;
  const where = `context ${cluster.context}`;
  if (live?.environment !== undefined && live.environment !== env) {
    return `${where} runs ${name} of ${live.environment}, not of ${env}: ${npmRun("down", [live.environment], name)}`;
  }
  if (live?.owner === "argocd" && applications.length + applicationSets.length === 0) {
    return `Argo CD owns ${name}, and ${where} has no Application of it that reads generated/${env}/${name}.yaml: take it away in the cluster where that is, or Argo CD puts the app back`;
  }
  if (applications.length + applicationSets.length + objects.length + records.length > 0) return undefined;
  const known = apps.some((app) => app.name === name) ? "" : `, and values-src/apps/ has no ${name}.ts`;
  return `${where} has nothing of ${name}${known}`;
}

/** What goes, in one line. */
export function describeFound({ applicationSets, applications, records, objects, namespaces }: Found): string {
  const titles = (kind: string, all: Application[]) => all.map(({ metadata }) => `${kind} ${metadata.name}`);
  const parts = [
    ...titles("ApplicationSet", applicationSets),
    ...titles("Application", applications),
    ...(records.length > 0 ? ["Helm's release"] : []),
    count(objects.length, "object"),
  ];
  return `${parts.join(", ")} in namespace ${namespaces.join(", ")}`;
}

/**
 * Takes the app away. First what would put it back, Argo CD's set and Application, without letting Argo CD delete anything;
 * then Helm's release; then what is left of its objects. Returns what stays in spite of that. Throws `IssueError`.
 */
export async function takeAway(going: Going & { cluster: ConfirmedCluster }, found: Found): Promise<FoundObject[]> {
  const { cluster, name, env } = going;
  const { applicationSets, applications, records } = found;
  planDeeds([], `${npmRun("down", [env], name)} takes away what is left`);
  for (const { metadata } of applicationSets) {
    const { namespace = "argocd" } = metadata;
    await does(`delete ApplicationSet ${metadata.name}`, () => deleteSet(cluster, metadata.name, namespace));
  }
  for (const { metadata } of applications) {
    const place = { cluster, namespace: metadata.namespace ?? "argocd", name: metadata.name };
    await does(`delete Application ${metadata.name}`, () => deleteApplication(place));
  }
  for (const namespace of records) {
    await does(`uninstall Helm's release ${name}`, () =>
      changeHelm(cluster, "uninstall", name, "--namespace", namespace),
    );
  }
  return does(`delete the objects of ${name}`, () => deleteObjects(going, found));
}

/** Its Applications stay for now: as the set's, they would be deleted with the app where they have a finalizer. */
async function deleteSet(cluster: ConfirmedCluster, name: string, namespace: string): Promise<void> {
  await change(
    cluster,
    "delete",
    setKind,
    name,
    "--namespace",
    namespace,
    "--ignore-not-found",
    "--cascade=orphan",
    "--wait=false",
  );
}

/** Repeated, since a sync that was under way when the Application went can put objects back. */
async function deleteObjects(
  going: Going & { cluster: ConfirmedCluster },
  { namespaces, applications }: Found,
): Promise<FoundObject[]> {
  const declared = going.apps.some(({ name }) => name === going.name);
  let left = await findObjects(going, namespaces, applications, declared);
  for (let tries = 0; left.length > 0 && tries < 3; tries++) {
    const names = left.map(({ apiVersion, kind, metadata: { name, namespace } }) => {
      return { apiVersion, kind, metadata: { name, namespace } };
    });
    await changeWith(going.cluster, names, "delete", "--ignore-not-found", "--wait=false");
    await pause(1000);
    left = await findObjects(going, namespaces, applications, declared);
  }
  return left;
}
