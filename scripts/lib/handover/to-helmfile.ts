import { spawnSync } from "node:child_process";
import { appName } from "../cluster/find-live-app.ts";
import { count, IssueError } from "../issue.ts";
import { markForHelm, renderObjects } from "./app-objects.ts";
import {
  type Application,
  deleteApplication,
  findApplication,
  patchApplication,
  settle,
} from "./argocd-application.ts";
import { type Handover, type Step, syncRelease } from "./steps.ts";

/** Back from Argo CD to Helmfile: Helm takes the objects over as they are. */
export function stepsToHelmfile(handover: Handover): Step[] {
  const objects = renderObjects(handover.env, appName);
  return [
    {
      title: "what Helmfile would change",
      run: async () => {
        const found = await findApplication(handover.application);
        if (!found) return "Argo CD has let go of it already";
        const revision = requireSynced(found);
        requireSame(handover, revision);
        return `nothing: the working tree has the app as it is at ${revision}`;
      },
    },
    {
      title: "Argo CD may not act any more",
      run: async () => {
        if (!(await findApplication(handover.application))) return "it does not";
        await patchApplication(handover.application, { spec: { syncPolicy: { automated: null } } });
        await settle(handover.application);
        return "done";
      },
    },
    {
      title: "the Application goes, the app stays",
      run: async () => {
        if (await findApplication(handover.application)) await deleteApplication(handover.application);
        return syncRelease(handover, "argocd-apps");
      },
    },
    {
      title: `Helm's mark on ${count(objects.length, "object")}`,
      run: async () => {
        await markForHelm({ ...handover, objects });
        return "set";
      },
    },
    { title: "Helm takes them over", run: () => syncRelease(handover, appName) },
  ];
}

function requireSynced({ status }: Application): string {
  const { status: sync, revision = "" } = status?.sync ?? {};
  if (sync === "Synced") return revision;
  const message = `is ${sync ?? "not compared yet"}, so what runs is not what git has at ${revision}: let Argo CD sync it first`;
  throw new IssueError({ file: `application ${appName}`, message });
}

/** Throws `IssueError` unless the working tree's chart and values are those of the commit that the cluster runs. */
function requireSame({ root, env }: Handover, revision: string): void {
  const files = ["service/chart", `generated/${env}/${appName}.yaml`];
  const { status, stdout, stderr } = spawnSync("git", ["diff", "--stat", revision, "--", ...files], {
    cwd: root,
    encoding: "utf8",
  });
  if (status === 0 && stdout === "") return;
  const why =
    status === 0
      ? `differs from ${revision}, which the cluster runs:\n${stdout.trimEnd()}\ncheck that commit's files out, or let Argo CD roll yours out first`
      : `cannot be compared with ${revision}, which the cluster runs: git fetch first (${stderr.trim() || "git is not on PATH"})`;
  throw new IssueError({ file: "working tree", message: why });
}
