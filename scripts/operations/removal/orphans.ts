import { npmRun } from "../../problems/suggest.ts";
import type { LiveApp } from "../app/live-app.ts";
import { isOf, type StatusRow } from "../app/status-rows.ts";
import { type Application, readsValues } from "../handover/argocd-application.ts";

/** An app that the facts do not have in an environment, and of which something is still in the cluster. */
export interface Orphan {
  app: string;
  namespace: string;
  environment: string;
  /** What runs. */
  version?: string;
  /** Namespace and name of the Application that Argo CD has for it. */
  application?: string;
  /** Where its facts say that it is, if they have it in the environment. */
  elsewhere?: string;
}

/**
 * What a cluster has of apps that are in no facts: workloads with the chart's label, and Applications that read their
 * values from a repository of these.
 */
export function findOrphans(
  rows: StatusRow[],
  live: LiveApp[],
  applications: Application[],
  repositories: string[],
): Orphan[] {
  const orphans = new Map<string, Orphan>();
  for (const one of live) {
    const { app, environment, stable, next } = one;
    if (environment === undefined || rows.some((row) => isOf(row, one))) continue;
    const version = stable ?? next;
    const known = rows.find((row) => row.app === app.name && row.environment === environment);
    const orphan = { app: app.name, namespace: app.namespace, environment, ...(version && { version }) };
    orphans.set(`${environment}/${app.name}`, { ...orphan, ...(known && { elsewhere: known.namespace }) });
  }
  for (const application of applications) {
    const reads = readsValues(application, repositories);
    if (!reads || rows.some((row) => row.app === reads.app && row.environment === reads.environment)) continue;
    const key = `${reads.environment}/${reads.app}`;
    const { name, namespace: at = "argocd" } = application.metadata;
    const namespace = application.spec.destination?.namespace ?? reads.app;
    orphans.set(key, { ...reads, namespace, ...orphans.get(key), application: `${at}/${name}` });
  }
  return [...orphans.values()];
}

/** What is left of it, and how to take it away. */
export function describeOrphan({ app, namespace, environment, version, application, elsewhere }: Orphan): string {
  const where = `${app} in namespace ${namespace}`;
  const runs = version ? [`still runs ${version}`] : [];
  if (elsewhere) {
    const way = `helm uninstall ${app} --namespace ${namespace} takes it away, where Helm released it`;
    return `${where}: the facts have it in namespace ${elsewhere}, and it still runs ${version} here; ${way}`;
  }
  // What an Application without a workload of our chart has is not known: its chart may be its own.
  const has = [...runs, ...(application ? [`Argo CD has Application ${application}`] : [])].join(", ");
  const down = `${npmRun("down", [environment], app)} takes it away`;
  return `${where}: left the facts, ${has}; ${down}`;
}
