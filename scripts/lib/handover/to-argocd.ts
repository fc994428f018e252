import { kubectlWith } from "../cluster/cluster.ts";
import { appName } from "../cluster/find-live-app.ts";
import { count, IssueError } from "../issue.ts";
import { markForArgoCd, nameOf, type RenderedObject, releasedObjects, renderObjects, unmark } from "./app-objects.ts";
import {
  type Application,
  awaitApplication,
  compare,
  deleteApplication,
  findApplication,
  isSynced,
  patchApplication,
  syncOnce,
} from "./argocd-application.ts";
import { passive } from "./passive-application.ts";
import { deleteHelmRecords, type Handover, helmRecords, type Step, syncRelease } from "./steps.ts";
import { requireSame } from "./working-tree.ts";

const appsRelease = "argocd-apps";

/**
 * From Helmfile to Argo CD. Nothing of the app changes: Argo CD must find that it wants what is there before it may act,
 * and Helm forgets the release rather than uninstalling it.
 */
export function stepsToArgoCd(handover: Handover): Step[] {
  const { env, cluster, namespace, root, application: place } = handover;
  const apps = renderObjects(env, appsRelease);
  const wanted = apps.find(({ kind, metadata }) => kind === "Application" && metadata.name === appName);
  if (!wanted) {
    const message =
      "has no Application of the app: one that goes to many clusters is an ApplicationSet's from the start";
    throw new IssueError({ file: `generated/${env}/${appsRelease}.yaml`, message });
  }
  const marked = { ...handover, objects: withReleased(renderObjects(env, appName), handover) };
  let revision: string | undefined;
  return [
    {
      title: "an Application that may not act yet",
      run: async () => {
        if (await findApplication(place)) return "there is one";
        const apply = ["apply", "--server-side", "--field-manager=helm"];
        await kubectlWith(cluster, passive(apps, appsRelease), ...apply);
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
          // Then a handover was interrupted after this, and Argo CD is the only one that can own the app.
          if (await isTaken(handover)) return "not asked: Argo CD has taken it over already";
          const found = await compare(place);
          if (!isSynced(found)) throw refusal(env, namespace, found);
          revision = found.status?.sync?.revision;
          requireSame(root, revision ?? "", [`generated/${env}`, "service/chart"]);
          return `nothing: the cluster has what git has at ${revision}`;
        }),
    },
    {
      title: "the first sync, without pruning",
      run: async () => `succeeded at ${(await syncOnce(place, revision)).status?.sync?.revision}`,
    },
    { title: "Helm's record of the app", run: () => deleteHelmRecords(handover) },
    {
      title: "Argo CD may act by itself",
      run: async () => {
        await syncRelease(handover, appsRelease);
        // Helm 3, which takes the Application over as it is, does not see the difference.
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

/** With what Helm has released and git no longer has: it would be nobody's. */
function withReleased(rendered: RenderedObject[], { cluster, namespace }: Handover): RenderedObject[] {
  const names = new Set(rendered.map(nameOf));
  return [...rendered, ...releasedObjects(cluster, namespace).filter((object) => !names.has(nameOf(object)))];
}

/** Whether Argo CD has synced the app and Helm has let go of it. */
async function isTaken(handover: Handover): Promise<boolean> {
  const found = await findApplication(handover.application);
  return found?.status?.operationState?.phase === "Succeeded" && (await helmRecords(handover)).length === 0;
}

/** Leaves the app as it was, Helmfile's, where a step fails before Argo CD has done anything to it. */
async function orTakeBack(marked: Handover & { objects: RenderedObject[] }, step: () => Promise<string>) {
  try {
    return await step();
  } catch (error) {
    if (!(error instanceof IssueError)) throw error;
    const found = await findApplication(marked.application);
    const untouched = !found?.spec.syncPolicy?.automated && !found?.status?.operationState;
    if (!untouched || (await helmRecords(marked)).length === 0) throw error;
    if (found) await deleteApplication(marked.application);
    await unmark(marked);
    throw new IssueError(...error.issues, { file: "cluster", message: "is as it was: Helmfile's" });
  }
}

function refusal(env: string, namespace: string, { spec, status }: Application): IssueError {
  const differing = (status?.resources ?? []).filter(({ status: sync }) => sync !== "Synced");
  const names = differing.map(({ kind, name, requiresPruning }) => {
    return `  ${kind} ${name}${requiresPruning ? " (not in git)" : ""}`;
  });
  const release = `helmfile -e ${env} --state-values-set ${appName}.enabled=true -l name=${appName} apply`;
  const advice = spec.syncPolicy?.automated
    ? `Argo CD acts by itself already and is at it: kubectl -n ${namespace} get rollouts,deployments, then repeat this`
    : `If git is right, release it first: ${release}\nIf the cluster is, commit and push what it runs.`;
  const lines = [`git at ${status?.sync?.revision} is not what the cluster runs:`, ...names, advice];
  return new IssueError({ file: `application ${appName}`, message: lines.join("\n") });
}
