import { getObjects, kubectl } from "../cluster/cluster.ts";
import { appName } from "../cluster/find-live-app.ts";
import { count, IssueError } from "../issue.ts";
import { markForHelm, type RenderedObject, renderObjects, unmark } from "./app-objects.ts";
import {
  type Application,
  compare,
  deleteApplication,
  findApplication,
  isSynced,
  patchApplication,
  settle,
} from "./argocd-application.ts";
import { type Handover, helmRecords, type Step, syncRelease } from "./steps.ts";
import { requireSame } from "./working-tree.ts";

/** On the workload while nobody owns the app: the commit that it runs. */
const note = "k8s-observable-rollouts/handed-over-at";

/** Back from Argo CD to Helmfile: Helm takes the objects over as they are. */
export function stepsToHelmfile(handover: Handover): Step[] {
  const { env, application: place } = handover;
  const objects = renderObjects(env, appName);
  const app = { ...handover, objects };
  let helmHasIt = false;
  return [
    {
      title: "what Helmfile would change",
      run: async () => {
        const found = await findApplication(place);
        // Argo CD has never done anything to it: a handover that was given up, or none at all.
        helmHasIt = !found?.status?.operationState && (await helmRecords(handover, "deployed")).length > 0;
        if (helmHasIt) return "not asked: Helm has it";
        const revision = found ? requireSynced(await compare(place)) : await readNote(handover, objects);
        requireSameApp(handover, revision);
        return `nothing: the working tree has the app as it is at ${revision}`;
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
          // What was pushed since the step before may have come first.
          const revision = requireSynced(await compare(place));
          requireSameApp(handover, revision);
          await writeNote(handover, objects, `${note}=${revision}`);
          return "done";
        } catch (error) {
          await patchApplication(place, { spec: { syncPolicy: before.spec.syncPolicy } });
          throw error;
        }
      },
    },
    {
      title: "the Application goes, the app stays",
      run: async () => {
        if (await findApplication(place)) await deleteApplication(place);
        return syncRelease(handover, "argocd-apps");
      },
    },
    {
      title: `Helm's mark on ${count(objects.length, "object")}`,
      run: async () => {
        await (helmHasIt ? unmark(app) : markForHelm(app));
        return helmHasIt ? "was set; Argo CD's is gone" : "set";
      },
    },
    {
      title: "Helm takes them over",
      run: async () => {
        const said = helmHasIt ? "it has them" : await syncRelease(handover, appName);
        await writeNote(handover, objects, `${note}-`);
        return said;
      },
    },
  ];
}

function requireSynced(found: Application): string {
  const { status: sync, revision = "" } = found.status?.sync ?? {};
  if (isSynced(found)) return revision;
  const message = `is ${sync ?? "not compared yet"}, so what runs is not what git has at ${revision}: let Argo CD sync it first`;
  throw new IssueError({ file: `application ${appName}`, message });
}

function requireSameApp({ root, env }: Handover, revision: string): void {
  requireSame(root, revision, ["service/chart", `generated/${env}/${appName}.yaml`]);
}

async function readNote({ cluster, namespace }: Handover, objects: RenderedObject[]): Promise<string> {
  const [workload] = await getObjects<RenderedObject>(cluster, workloadOf(objects), "--namespace", namespace);
  const revision = workload?.metadata.annotations?.[note];
  if (revision) return revision;
  const message = "neither Argo CD nor Helm has a record of the app: let Argo CD take it over first (--to argocd)";
  throw new IssueError({ file: appName, message });
}

async function writeNote({ cluster, namespace }: Handover, objects: RenderedObject[], pair: string): Promise<void> {
  await kubectl(cluster, "annotate", workloadOf(objects), "--namespace", namespace, "--overwrite", pair);
}

/** `rollout.argoproj.io/sample-app` or `deployment.apps/sample-app`. */
function workloadOf(objects: RenderedObject[]): string {
  const found = objects.find(({ kind }) => kind === "Rollout" || kind === "Deployment");
  return `${found?.kind === "Rollout" ? "rollout.argoproj.io" : "deployment.apps"}/${appName}`;
}
