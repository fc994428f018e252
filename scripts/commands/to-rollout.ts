import { type DeclaredApp, loadDeclaredApps } from "../engine/apps.ts";
import { loadEnvironment } from "../engine/environments.ts";
import { defineCommand, yesOption } from "../frame/command.ts";
import { chooseApp, confirm, matchCluster } from "../frame/target.ts";
import { type App, readLiveApp, versionOf, type Workload } from "../operations/app/live-app.ts";
import { awaitRollout } from "../operations/to-rollout/await-rollout.ts";
import { createMissing, findDeployment, findMove, type Move } from "../operations/to-rollout/move.ts";
import { type Cluster, currentCluster, readAddress } from "../outside/cluster.ts";
import { does, planDeeds, say } from "../outside/deeds.ts";
import { helmProblems } from "../outside/helmfile.ts";
import { IssueError, together } from "../problems/issue.ts";
import { npmRun } from "../problems/suggest.ts";

export const command = defineCommand({
  summary: "puts a Rollout beside an app's Deployment before the next release replaces it; Helmfile runs it, as a hook",
  operands: [{ name: "ENV", is: "environment" }],
  options: {
    app: { value: "A", help: "only this app; else every app of the environment" },
    context: { value: "NAME", help: "the context that Helmfile was given; else the current one" },
    timeout: { value: "S", default: "600", help: "seconds to wait for the pods of the Rollouts" },
    ...yesOption,
  },
  notes: `For an environment that has got Argo Rollouts. A release alone deletes the Deployment at once, before the Rollout has a pod
that serves. Where Argo CD owns the app, run this before you push. It changes nothing where there is nothing to move, and
can be repeated.`,
  touches: "cluster",
  async run(given) {
    const { root, operands, options } = given;
    const [env = ""] = operands;
    const milliseconds = 1000 * Number(options.timeout);
    if (!(milliseconds > 0)) throw new IssueError({ file: "--timeout", message: "must be a number of seconds" });
    const apps = await appsWithRollouts(root, env, options.app);
    // Each release of each app asks this, so it is one call, and the cluster is looked at only if there is something to do.
    const { context } = await readAddress(options.context || undefined);
    const deployments = await Promise.all(apps.map((app) => findDeployment({ context }, app)));
    const running = apps.flatMap((app, index): Running[] => {
      const deployment = deployments[index];
      return deployment ? [{ app, deployment }] : [];
    });
    const moves = running.length > 0 ? await findMoves(env, running) : [];
    if (moves.length === 0) {
      const text = `${env}: ${options.app ?? "every app"} stays as it is: no Deployment is to become a Rollout`;
      return { code: 0, text, data: { environment: env, moved: [] } };
    }
    const names = moves.map(({ app }) => app.name).join(", ");
    const cluster = await currentCluster(context);
    matchCluster(root, env, cluster);
    requireOwn(cluster, env, moves);
    const confirmed = await confirm(given, cluster, `put a Rollout beside the Deployment of ${names} in ${env}`);
    const titles = moves.map(({ app }) => `the Rollout of ${app.name}`);
    planDeeds(titles, `repeat ${npmRun("to-rollout", [env], options.app)}: it goes on where it was`);
    for (const [index, move] of moves.entries()) {
      tellVersion(move);
      const done = await does(titles[index] as string, () => createMissing(confirmed, move));
      say(`${move.app.name}: ${done}`);
    }
    const waits = moves.map(({ app }) => awaitRollout(confirmed, env, app, milliseconds));
    const pods = await together(...waits);
    const lines = moves.map((move, index) => `${env}: ${describeMoved(move, pods[index] ?? 0)}`);
    const moved = moves.map(({ app, owner }, index) => ({ app: app.name, owner, pods: pods[index] }));
    return { code: 0, text: lines.join("\n"), data: { environment: env, moved } };
  },
});

interface Running {
  app: App;
  deployment: Workload;
}

/** The environment's apps, or the named one, whose chart has Rollouts. */
async function appsWithRollouts(root: string, env: string, name: string | undefined): Promise<DeclaredApp[]> {
  const [facts, all] = await together(loadEnvironment(root, env), loadDeclaredApps(root));
  const apps = name === undefined ? all : [chooseApp(all, name)];
  return apps.filter((app) => app.in(facts) && app.chart.kinds.some(({ kind }) => kind === "Rollout"));
}

async function findMoves(env: string, running: Running[]): Promise<Move[]> {
  const problems = helmProblems();
  if (problems.length > 0) throw new IssueError(...problems);
  const moves: Move[] = [];
  for (const { app, deployment } of running) {
    const move = await findMove(env, { name: app.name, namespace: app.namespace }, deployment);
    if (move) moves.push(move);
  }
  return moves;
}

function requireOwn({ context }: Cluster, env: string, moves: Move[]): void {
  const issues = moves.flatMap(({ app, deployment }) => {
    const { environment } = readLiveApp(app, deployment, []);
    if (environment === undefined || environment === env) return [];
    const message = `context ${context} runs ${app.name} of ${environment}, not of ${env}: choose another context`;
    return [{ file: "cluster", message }];
  });
  if (issues.length > 0) throw new IssueError(...issues);
}

/** The first version of a Rollout has no steps: Argo Rollouts has no other one that could serve meanwhile. */
function tellVersion({ app, deployment, rollout }: Move): void {
  const before = versionOf(deployment);
  const next = versionOf(rollout as unknown as Workload);
  if (before === next) return;
  say(
    `${app.name}: ${next} instead of ${before} gets all requests as soon as it is up, without steps: better change the tag later`,
  );
}

function describeMoved({ app, owner, rollout }: Move, pods: number): string {
  const next = owner === "argocd" ? "commit and push: Argo CD" : "the next release";
  const { replicas } = rollout.spec;
  // Helm takes the Rollout over as it is.
  const scale =
    owner === "helmfile" && replicas !== undefined && replicas < pods
      ? `\nthe values say ${replicas}; when the Deployment is gone: kubectl -n ${app.namespace} scale rollouts.argoproj.io ${app.name} --replicas ${replicas}`
      : "";
  return `the Rollout of ${app.name} has ${pods} pods that are available; ${next} takes it over and deletes the Deployment${scale}`;
}
