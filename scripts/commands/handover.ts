import { loadEnvironment } from "../engine/environments.ts";
import { appOption, defineCommand, yesOption } from "../frame/command.ts";
import { confirm, findApp, findTarget } from "../frame/target.ts";
import { releaseNamespaces } from "../operations/app/find-live-app.ts";
import { countRestarts } from "../operations/handover/app-objects.ts";
import { whileLeased } from "../operations/handover/lease.ts";
import { ownerProblems, requireSettled, servingProblems } from "../operations/handover/requirements.ts";
import { appsRelease } from "../operations/handover/shared-release.ts";
import { type Handover, runSteps } from "../operations/handover/steps.ts";
import { clearUnfinished } from "../operations/handover/sync-release.ts";
import { stepsToArgoCd } from "../operations/handover/to-argocd.ts";
import { stepsToHelmfile } from "../operations/handover/to-helmfile.ts";
import { does, say } from "../outside/deeds.ts";
import { helmProblems } from "../outside/helmfile.ts";
import { count, IssueError } from "../problems/issue.ts";
import { unknownName } from "../problems/suggest.ts";

const owners = { argocd: stepsToArgoCd, helmfile: stepsToHelmfile };

export const command = defineCommand({
  summary: "hands a running app over from Helmfile to Argo CD, or back",
  operands: [
    { name: "ENV", is: "environment", help: "the facts must say the new owner there already, committed and pushed" },
  ],
  options: { to: { value: "OWNER", default: "argocd", help: "argocd or helmfile" }, ...appOption, ...yesOption },
  notes: `No pod is restarted: it goes on only if the new owner would change nothing. Repeat one that was interrupted: it
goes on where it was.`,
  touches: "cluster",
  async run(given) {
    const { root, operands, options } = given;
    const { to = "argocd" } = options;
    if (!isOwner(to)) throw new IssueError({ file: "--to", message: unknownName("owner", to, Object.keys(owners)) });
    const app = await findApp(root, options.app);
    const facts = await loadEnvironment(root, operands[0] ?? "");
    const problems = [...ownerProblems(root, facts, app, to), ...helmProblems()];
    if (problems.length > 0) throw new IssueError(...problems);
    const { cluster: current, env } = await findTarget(given, operands[0]);
    const early = await servingProblems(current, app, env);
    if (early.length > 0) throw new IssueError(...early);
    const cluster = await confirm(given, current, `hand ${app.name} of ${env} over to ${to}`);
    const namespace = (await releaseNamespaces(root)).get(appsRelease) ?? "argocd";
    const application = { cluster, namespace, name: app.name };
    const before = await countRestarts(cluster, app);
    await whileLeased(cluster, app, to, async (held) => {
      const handover: Handover = { root, env, cluster, app, application, held };
      // As a deed, so that an interrupt leaves it to end, and the Lease is given back.
      const steps = await does(`a look at ${app.name} before the first step`, async () => {
        if (held.unfinished) await clearUnfinished(handover);
        await requireSettled(cluster, app, env);
        return await owners[to](handover);
      });
      await runSteps(steps, held);
    });
    const after = await countRestarts(cluster, app);
    say("");
    const same = [...after].filter(([name, restarts]) => before.get(name) === restarts).length;
    const data = {
      environment: env,
      app: app.name,
      owner: to,
      pods: after.size,
      replacedOrRestarted: after.size - same,
    };
    return { code: 0, text: `${env}: ${to} releases ${app.name}. ${describePods(after.size, same)}`, data };
  },
});

function isOwner(name: string): name is keyof typeof owners {
  return Object.hasOwn(owners, name);
}

function describePods(all: number, same: number): string {
  if (same === all) return `It has ${count(all, "pod")}, as before: none is new, none was restarted.`;
  return `Of its ${count(all, "pod")}, ${all - same} are new or were restarted.`;
}
