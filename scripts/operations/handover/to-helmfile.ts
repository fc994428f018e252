import { shortHash } from "../../outside/git.ts";
import { change, getObjects } from "../../outside/kubectl.ts";
import { count, IssueError } from "../../problems/issue.ts";
import type { App } from "../app/live-app.ts";
import { markForHelm, type RenderedObject, renderObjects, unmark } from "./app-objects.ts";
import {
  type Application,
  compare,
  deleteApplication,
  findApplication,
  isSynced,
  lastSynced,
  patchApplication,
  revisionOf,
  settle,
} from "./argocd-application.ts";
import { requireSame } from "./requirements.ts";
import { appsRelease, requireOwnChanges } from "./shared-release.ts";
import { failAfter, filesOf, type Handover, helmRecords, type Step } from "./steps.ts";
import { syncRelease } from "./sync-release.ts";

/** Annotation of the workload while neither Argo CD nor Helm owns the app: the hash of the commit that runs. */
const note = "k8s-observable-rollouts/handed-over-at";

/** Back from Argo CD to Helmfile: Helm takes the objects over as they are. Throws `IssueError`. */
export async function stepsToHelmfile(handover: Handover): Promise<Step[]> {
  const { env, app, application: place } = handover;
  await requireOwnChanges(handover);
  const objects = await renderObjects(env, app, app.name);
  const marked = { ...handover, objects };
  let helmHasIt = false;
  return [
    {
      title: "what Helmfile would change",
      run: async () => {
        const found = await findApplication(place);
        // Without an operation Argo CD has never synced the app: it was never handed over, or the handover was given up.
        helmHasIt = !found?.status?.operationState && (await helmRecords(handover, "deployed")).length > 0;
        if (helmHasIt) return "not asked: Helm has it";
        const revision = found ? runningRevision(await compare(place)) : await readNote(handover, objects);
        requireSameApp(handover, revision);
        return `nothing: the working tree has the app as it is at ${shortHash(revision)}`;
      },
    },
    {
      title: "Argo CD may not act any more",
      run: async () => {
        const before = await findApplication(place);
        if (!before || helmHasIt) return "it does not";
        await patchApplication(place, { spec: { syncPolicy: { automated: null } } });
        try {
          await settle(place);
          // Argo CD may have synced a newer commit since the first step.
          const revision = runningRevision(await compare(place));
          requireSameApp(handover, revision);
          await writeNote(handover, objects, `${note}=${revision}`);
          return "done";
        } catch (error) {
          if (!(error instanceof IssueError)) throw error;
          return await failAfter(error, async () => {
            await patchApplication(place, { spec: { syncPolicy: before.spec.syncPolicy } });
            return [];
          });
        }
      },
    },
    {
      title: "the Application goes, the app stays",
      run: async () => {
        await requireOwnChanges(handover);
        if (await findApplication(place)) await deleteApplication(place);
        return syncRelease(handover, appsRelease);
      },
    },
    {
      title: `Helm's mark on ${count(objects.length, "object")}`,
      run: async () => {
        await (helmHasIt ? unmark(marked) : markForHelm(marked));
        return helmHasIt ? "was set; Argo CD's is gone" : "set";
      },
    },
    {
      title: "Helm takes them over",
      run: async () => {
        const said = helmHasIt ? "it has them" : await syncRelease(handover, app.name);
        await writeNote(handover, objects, `${note}-`);
        return said;
      },
    },
  ];
}

/**
 * The commit that the cluster has: the one that Argo CD finds no difference to. Where Argo CD may not act any more, since a
 * handover was killed, that is the commit that it synced last, whatever was pushed since.
 */
function runningRevision(found: Application): string {
  const revision = revisionOf(found) ?? "";
  if (isSynced(found)) return revision;
  const last = found.spec.syncPolicy?.automated ? undefined : lastSynced(found);
  if (last) return last;
  const { status: sync } = found.status?.sync ?? {};
  const message = `is ${sync ?? "not compared yet"}, so what runs is not what git has at ${shortHash(revision)}: let Argo CD sync it first`;
  throw new IssueError({ file: `application ${found.metadata.name}`, message });
}

function requireSameApp(handover: Handover, revision: string): void {
  requireSame(handover.root, revision, filesOf(handover));
}

async function readNote({ cluster, app }: Handover, objects: RenderedObject[]): Promise<string> {
  const [workload] = await getObjects<RenderedObject>(cluster, workloadOf(app, objects), "--namespace", app.namespace);
  const revision = workload?.metadata.annotations?.[note];
  if (revision) return revision;
  const message = "neither Argo CD nor Helm has a record of the app: let Argo CD take it over first (--to argocd)";
  throw new IssueError({ file: app.name, message });
}

async function writeNote({ cluster, app }: Handover, objects: RenderedObject[], pair: string): Promise<void> {
  await change(cluster, "annotate", workloadOf(app, objects), "--namespace", app.namespace, "--overwrite", pair);
}

/** `rollout.argoproj.io/<app>` or `deployment.apps/<app>`. */
function workloadOf({ name }: App, objects: RenderedObject[]): string {
  const found = objects.find(({ kind }) => kind === "Rollout" || kind === "Deployment");
  return `${found?.kind === "Rollout" ? "rollout.argoproj.io" : "deployment.apps"}/${name}`;
}
