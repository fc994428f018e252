import { shortHash } from "../../outside/git.ts";
import { changeWith } from "../../outside/kubectl.ts";
import { count, IssueError } from "../../problems/issue.ts";
import { markForArgoCd, nameOf, type RenderedObject, releasedObjects, renderObjects, unmark } from "./app-objects.ts";
import {
  type Application,
  awaitApplication,
  compare,
  deleteApplication,
  findApplication,
  isSynced,
  passive,
  patchApplication,
  revisionOf,
  syncOnce,
} from "./argocd-application.ts";
import { requireSame } from "./requirements.ts";
import { appsRelease, ownObjects, requireOwnChanges } from "./shared-release.ts";
import { deleteHelmRecords, failAfter, filesOf, type Handover, helmRecords, type Step } from "./steps.ts";
import { syncRelease } from "./sync-release.ts";

/**
 * From Helmfile to Argo CD. The app does not change: Argo CD may act only after it has found no difference between git and
 * the cluster, and only Helm's record of the release is deleted, never the objects. Throws `IssueError`.
 */
export async function stepsToArgoCd(handover: Handover): Promise<Step[]> {
  const { env, cluster, app, root, application: place } = handover;
  const apps = await requireOwnChanges(handover);
  const wanted = apps.find(({ kind, metadata }) => kind === "Application" && metadata.name === app.name);
  if (!wanted) {
    const message = `has no Application of ${app.name}: an app that goes to many clusters belongs to an ApplicationSet from the start`;
    throw new IssueError({ file: `generated/${env}/${appsRelease}.yaml`, message });
  }
  const marked = { ...handover, objects: await withReleased(await renderObjects(env, app, app.name), handover) };
  let compared: Application | undefined;
  return [
    {
      title: "an Application that may not act yet",
      run: async () => {
        if (await findApplication(place)) return "there is one";
        const apply = ["apply", "--server-side", "--field-manager=helm"];
        await changeWith(cluster, passive(ownObjects(apps, app), appsRelease), ...apply);
        return "created";
      },
    },
    {
      title: `Argo CD's mark on ${count(marked.objects.length, "object")}`,
      run: () => orTakeBack(marked, () => markForArgoCd(marked).then(() => "set")),
    },
    {
      title: "what Argo CD would change",
      run: () =>
        orTakeBack(marked, async () => {
          // An earlier handover was interrupted after its sync, and only Argo CD can own the app now.
          if (await isTaken(handover)) return "not asked: Argo CD has taken it over already";
          const found = await compare(place);
          if (!isSynced(found)) throw refusal(handover, found);
          const revision = revisionOf(found) ?? "";
          requireSame(root, revision, [...filesOf(handover), `generated/${env}/${appsRelease}.yaml`]);
          compared = found;
          return `nothing: the cluster has what git has at ${shortHash(revision)}`;
        }),
    },
    {
      title: "the first sync, without pruning",
      run: async () => {
        const synced = await syncOnce(place, compared);
        return `succeeded at ${shortHash(revisionOf(synced) ?? "?")}`;
      },
    },
    { title: "Helm's record of the app", run: () => deleteHelmRecords(handover) },
    {
      title: "Argo CD may act by itself",
      run: async () => {
        await requireOwnChanges(handover);
        await syncRelease(handover, appsRelease);
        // Helm 3 takes the Application over as it is, without its sync policy.
        await patchApplication(place, { spec: { syncPolicy: wanted.spec?.syncPolicy } });
        return "done";
      },
    },
    {
      title: "Synced and Healthy",
      run: async () => {
        await compare(place);
        await awaitApplication(place, "call it Synced and Healthy", (now) => {
          return isSynced(now) && now.status?.health?.status === "Healthy";
        });
        return "yes";
      },
    },
  ];
}

/** Adds the objects that Helm has released and git no longer has: otherwise no owner would know of them. */
async function withReleased(rendered: RenderedObject[], { cluster, app }: Handover): Promise<RenderedObject[]> {
  const names = new Set(rendered.map(nameOf));
  const released = await releasedObjects(cluster, app);
  return [...rendered, ...released.filter((object) => !names.has(nameOf(object)))];
}

/** Whether Argo CD has synced the app and Helm has let go of it. */
async function isTaken(handover: Handover): Promise<boolean> {
  const found = await findApplication(handover.application);
  return found?.status?.operationState?.phase === "Succeeded" && (await helmRecords(handover)).length === 0;
}

/** Gives the app back to Helmfile where a step fails before Argo CD has synced anything. */
async function orTakeBack(marked: Handover & { objects: RenderedObject[] }, step: () => Promise<string>) {
  try {
    return await step();
  } catch (error) {
    if (!(error instanceof IssueError)) throw error;
    return await failAfter(error, async () => {
      const found = await findApplication(marked.application);
      const untouched = !found?.spec.syncPolicy?.automated && !found?.status?.operationState;
      if (!untouched || (await helmRecords(marked)).length === 0) return [];
      if (found) await deleteApplication(marked.application);
      await unmark(marked);
      return [{ file: "cluster", message: "is as it was: Helmfile owns the app" }];
    });
  }
}

function refusal({ env, app }: Handover, found: Application): IssueError {
  const { spec, status } = found;
  const differing = (status?.resources ?? []).filter(({ status: sync }) => sync !== "Synced");
  const names = differing.map(({ kind, name, requiresPruning }) => {
    return `  ${kind} ${name}${requiresPruning ? " (not in git)" : ""}`;
  });
  const release = `helmfile -e ${env} --state-values-set ${app.name}.enabled=true -l name=${app.name} apply`;
  const advice = spec.syncPolicy?.automated
    ? `Argo CD acts by itself already and is at it: kubectl -n ${app.namespace} get rollouts,deployments, then repeat this`
    : `If git is right, release it first: ${release}\nIf the cluster is, commit and push what it runs.`;
  const lines = [`git at ${shortHash(revisionOf(found) ?? "?")} is not what the cluster runs:`, ...names, advice];
  return new IssueError({ file: `application ${app.name}`, message: lines.join("\n") });
}
