import { hostname, userInfo } from "node:os";
import type { ConfirmedCluster } from "../../outside/cluster.ts";
import { pause } from "../../outside/deeds.ts";
import { ClusterError, change, changeWith, getObjects } from "../../outside/kubectl.ts";
import { isAlive } from "../../outside/run.ts";
import { IssueError } from "../../problems/issue.ts";
import type { App } from "../app/live-app.ts";

/** A Lease of Kubernetes, as far as it is read. */
interface Lease {
  metadata: { name: string; namespace: string; resourceVersion?: string; annotations?: Record<string, string> };
  spec: { holderIdentity?: string; acquireTime?: string; renewTime?: string; leaseDurationSeconds?: number };
}

/** A Lease that this process holds. */
export interface Held {
  /**
   * Whether Helm may have left something half done: the one who held the Lease before was killed, or Helm was. While it is
   * true the Lease is not given back, so that whoever takes it next knows.
   */
  unfinished: boolean;
  /** Renews it. Throws `IssueError` where somebody else has taken it, and `ClusterError`. */
  renew(): Promise<void>;
}

const kind = "leases.coordination.k8s.io";
/** Seconds without a renewal after which another one may take the Lease. */
const duration = 30;
const renewEvery = 10;
/** What its holder does with the app. */
const purpose = "k8s-observable-rollouts/handover-to";

/**
 * Acts while nobody else hands the app over: two people, one each way, would leave it with two owners. The Lease lies in the
 * app's namespace, is renewed while it is held, and goes at the end. Throws `IssueError` with who holds it and since when.
 */
export async function whileLeased<T>(
  cluster: ConfirmedCluster,
  app: App,
  to: string,
  act: (held: Held) => Promise<T>,
): Promise<T> {
  const holder = `${here()}${process.pid}`;
  const unfinished = await take(cluster, app, to, holder);
  const renew = () => renewLease(cluster, app, holder);
  const held: Held = { unfinished, renew };
  // A failure shows at the next step, which renews it too.
  const timer = setInterval(() => renew().catch(() => undefined), 1000 * renewEvery);
  try {
    return await act(held);
  } finally {
    clearInterval(timer);
    if (!held.unfinished) await release(cluster, app, holder);
  }
}

/** Takes the Lease, and tells whether its holder before has not given it back. */
async function take(cluster: ConfirmedCluster, app: App, to: string, holder: string): Promise<boolean> {
  const lease = leaseOf(app, to, holder);
  try {
    await changeWith(cluster, [lease], "create");
    return false;
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    if (error.failure === "forbidden") throw missingRights(error, app);
    if (!/AlreadyExists/.test(error.message)) throw error;
  }
  const found = await read(cluster, app);
  if (!found) return await take(cluster, app, to, holder);
  if (!(await isLeft(cluster, app, found))) throw heldBy(found, app);
  // With the version that was read: of two who take it over, one succeeds.
  const resourceVersion = found.metadata.resourceVersion;
  try {
    await changeWith(cluster, [{ ...lease, metadata: { ...lease.metadata, resourceVersion } }], "replace");
  } catch (error) {
    const now = error instanceof ClusterError && /Conflict/.test(error.message) ? await read(cluster, app) : undefined;
    throw now ? heldBy(now, app) : error;
  }
  return true;
}

/** What this user's processes on this machine are called, before their number. */
function here(): string {
  return `${userInfo().username}@${hostname()} process `;
}

/**
 * Whether the holder is gone: a process of this user and machine that is dead; else one who has not renewed for 30 s by the
 * Lease's own times, nor while it was watched, since two machines' clocks may differ. A number that is alive says nothing:
 * another process may have it by now.
 */
async function isLeft(cluster: ConfirmedCluster, app: App, { metadata, spec }: Lease): Promise<boolean> {
  const { holderIdentity = "" } = spec;
  if (holderIdentity.startsWith(here()) && !isAlive(Number(holderIdentity.slice(here().length)))) return true;
  const unrenewed = (Date.now() - Date.parse(spec.renewTime ?? "")) / 1000;
  if (unrenewed < (spec.leaseDurationSeconds ?? duration)) return false;
  await pause(1200 * renewEvery);
  return (await read(cluster, app))?.metadata.resourceVersion === metadata.resourceVersion;
}

async function read(cluster: ConfirmedCluster, app: App): Promise<Lease | undefined> {
  const [found] = await getObjects<Lease>(cluster, kind, nameOf(app), "--namespace", app.namespace);
  return found;
}

async function renewLease(cluster: ConfirmedCluster, app: App, holder: string): Promise<void> {
  const patch = [
    { op: "test", path: "/spec/holderIdentity", value: holder },
    { op: "replace", path: "/spec/renewTime", value: microTime() },
  ];
  const where = [kind, nameOf(app), "--namespace", app.namespace];
  try {
    await change(cluster, "patch", ...where, "--type", "json", "--patch", JSON.stringify(patch));
  } catch (error) {
    const found = error instanceof ClusterError && error.failure === "other" ? await read(cluster, app) : undefined;
    if (found && found.spec.holderIdentity !== holder) throw heldBy(found, app);
    throw error;
  }
}

/** Gives the Lease back, if it is still this process's. What fails here is not worth more than how the handover ended. */
async function release(cluster: ConfirmedCluster, app: App, holder: string): Promise<void> {
  try {
    await renewLease(cluster, app, holder);
    await change(cluster, "delete", kind, nameOf(app), "--namespace", app.namespace, "--ignore-not-found");
  } catch (error) {
    if (!(error instanceof IssueError)) throw error;
  }
}

function leaseOf({ name, namespace }: App, to: string, holderIdentity: string) {
  const now = microTime();
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name: `handover-${name}`, namespace, annotations: { [purpose]: to } },
    spec: { holderIdentity, acquireTime: now, renewTime: now, leaseDurationSeconds: duration },
  };
}

function nameOf({ name }: App): string {
  return `handover-${name}`;
}

/** With microseconds, as Kubernetes wants it. */
function microTime(): string {
  return new Date().toISOString().replace("Z", "000Z");
}

function heldBy({ metadata, spec }: Lease, app: App): IssueError {
  const to = metadata.annotations?.[purpose] ?? "another owner";
  const seconds = Math.round((Date.now() - Date.parse(spec.renewTime ?? "")) / 1000);
  const message = `${spec.holderIdentity} hands ${app.name} over to ${to} since ${spec.acquireTime?.slice(0, 19)} UTC, last seen ${seconds} s ago: nothing was changed. Repeat this when that has ended; if it was killed, ${duration} s after it was last seen`;
  return new IssueError({ file: `lease ${nameOf(app)}`, message });
}

function missingRights(error: ClusterError, app: App): IssueError {
  const message = `${error.message}\nThe Lease keeps two people from handing the app over at the same time. It takes create, get, update, patch and delete of ${kind} in namespace ${app.namespace}`;
  return new IssueError({ file: `lease ${nameOf(app)}`, message });
}
