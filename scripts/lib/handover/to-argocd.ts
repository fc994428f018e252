import { kubectlWith } from "../cluster/cluster.ts";
import { appName } from "../cluster/find-live-app.ts";
import { count, IssueError } from "../issue.ts";
import { markForArgoCd, type RenderedObject, renderObjects, unmark } from "./app-objects.ts";
import {
  type Application,
  awaitApplication,
  compare,
  deleteApplication,
  findApplication,
  syncOnce,
} from "./argocd-application.ts";
import { passive } from "./passive-application.ts";
import { deleteHelmRecords, type Handover, helmRecords, type Step, syncRelease } from "./steps.ts";

const appsRelease = "argocd-apps";

/**
 * From Helmfile to Argo CD. Nothing of the app changes: Argo CD must find that it wants what is there before it may act,
 * and Helm forgets the release rather than uninstalling it.
 */
export function stepsToArgoCd(handover: Handover): Step[] {
  const objects = renderObjects(handover.env, appName);
  const apps = renderObjects(handover.env, appsRelease);
  if (!apps.some(({ kind, metadata }) => kind === "Application" && metadata.name === appName)) {
    const message =
      "has no Application of the app: one that goes to many clusters is an ApplicationSet's from the start";
    throw new IssueError({ file: `generated/${handover.env}/${appsRelease}.yaml`, message });
  }
  const marked = { ...handover, objects };
  return [
    {
      title: "an Application that may not act yet",
      run: async () => {
        if (await findApplication(handover.application)) return "there is one";
        const apply = ["apply", "--server-side", "--field-manager=helm"];
        await kubectlWith(handover.cluster, passive(apps, appsRelease), ...apply);
        return "created";
      },
    },
    {
      title: `Argo CD's mark on ${count(objects.length, "object")}`,
      run: async () => {
        await markForArgoCd(marked);
        return "set";
      },
    },
    {
      title: "what Argo CD would change",
      run: async () => {
        // Then a handover was interrupted, and Argo CD is the only one that can own it.
        if ((await helmRecords(handover)).length === 0) return "not asked: Helm has let go of the app already";
        try {
          const found = await compare(handover.application);
          if (isSynced(found)) return `nothing: the cluster has what git has at ${found.status?.sync?.revision}`;
          throw refusal(handover.env, found);
        } catch (error) {
          await takeBack(marked);
          throw error;
        }
      },
    },
    {
      title: "the first sync, without pruning",
      run: async () => `succeeded at ${(await syncOnce(handover.application)).status?.sync?.revision}`,
    },
    { title: "Helm's record of the app", run: () => deleteHelmRecords(handover) },
    { title: "Argo CD may act by itself", run: () => syncRelease(handover, appsRelease) },
    {
      title: "Synced and Healthy",
      run: async () => {
        await compare(handover.application);
        await awaitApplication(handover.application, "call it Synced and Healthy", (now) => {
          return isSynced(now) && now.status?.health?.status === "Healthy";
        });
        return "yes";
      },
    },
  ];
}

function isSynced({ status }: Application): boolean {
  return status?.sync?.status === "Synced";
}

/** Leaves the app as it was: Helmfile's. One that acts by itself already has no way back here. */
async function takeBack(marked: Handover & { objects: RenderedObject[] }): Promise<void> {
  const found = await findApplication(marked.application);
  if (found?.spec.syncPolicy?.automated) return;
  if (found) await deleteApplication(marked.application);
  await unmark(marked);
}

function refusal(env: string, { spec, status }: Application): IssueError {
  const differing = (status?.resources ?? []).filter(({ status: sync }) => sync !== "Synced");
  const names = differing.map(({ kind, name, requiresPruning }) => {
    return `  ${kind} ${name}${requiresPruning ? " (not in git)" : ""}`;
  });
  const automated = spec.syncPolicy?.automated !== undefined;
  const lines = [
    `git at ${status?.sync?.revision} is not what the cluster runs:`,
    ...names,
    automated
      ? `Argo CD acts by itself already and is at it: see npm run status -- --env ${env}, then repeat this`
      : `Nothing was changed. Is all committed and pushed? Does the cluster have it (git's npm run gen && helmfile -e ${env} apply)?`,
  ];
  return new IssueError({ file: `application ${appName}`, message: lines.join("\n") });
}
