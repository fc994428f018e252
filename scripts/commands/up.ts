import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import type { App } from "../../values-src/app.ts";
import { appNames } from "../engine/apps.ts";
import { clustersFile, withCluster } from "../engine/clusters.ts";
import { type Generated, generate } from "../engine/generate.ts";
import { whileLocked } from "../engine/lock.ts";
import { applyChanges, planChanges } from "../engine/write-tree.ts";
import { type Answer, defineCommand, type Given, yesOption } from "../frame/command.ts";
import { askYesNo, canAsk, confirm, findTarget, requireOwnApps } from "../frame/target.ts";
import { awaitApps } from "../operations/bring-up/await-apps.ts";
import { describePlaces, findPlaces, whatToTry } from "../operations/bring-up/places.ts";
import {
  howToStart,
  provideImage,
  reachCluster,
  renderInstead,
  requireReady,
} from "../operations/bring-up/prepare-up.ts";
import type { Cluster } from "../outside/cluster.ts";
import { does, planDeeds, say } from "../outside/deeds.ts";
import { type Starter, startCluster, starters } from "../outside/docker.ts";
import { runHelmfile } from "../outside/helmfile.ts";
import { displayPath, IssueError } from "../problems/issue.ts";
import { unknownName } from "../problems/suggest.ts";

const unreachable = "If a chart repository could not be reached: CHARTS_DIR=<folder> reads the charts from there.";

export const command = defineCommand({
  summary: "releases everything to the current context's cluster, and prints the addresses",
  operands: [
    { name: "ENV", optional: true, is: "environment", help: "the environment; dev on this machine unless given" },
  ],
  options: {
    start: {
      value: "NAME",
      help: "kind or minikube: starts a cluster of that first, unless the current one is that already",
    },
    ...yesOption,
  },
  notes: `kind, k3d, minikube and Docker Desktop get the apps' images, built if Docker has none of that tag; others must have them or
pull them. Without a cluster it renders everything instead, and exits with 0; with --yes or CI=true it exits with 1.`,
  touches: "cluster",
  async run(given) {
    const { root, operands, options } = given;
    const reached = await reachOrStart(options.start);
    if ("absent" in reached) return withoutCluster(given, operands[0] ?? "dev", reached.absent);
    const { cluster, env, match } = await findTarget(given, operands[0], async () => "dev");
    await requireOwnApps(root, cluster, env);
    const { releases } = await write(root, () => generate({ root, env }));
    const apps = releases.flatMap(({ of }) => ("app" in of ? [of.app] : []));
    const images = [...new Map(apps.map((app) => [imageOf(app), app])).entries()].map(([name, { facts }]) => {
      return { name, folder: facts.build };
    });
    const namespaces = new Map(releases.map(({ name, namespace }) => [name, namespace]));
    await requireReady(namespaces, cluster, images);
    const confirmed = await confirm(given, cluster, `release ${env}`);
    if (match === "not known" && !cluster.local) await offerToRemember(given, cluster, env);
    planDeeds([`release ${env}`], `repeat npm run up -- ${env}: what is released already stays as it is`);
    for (const image of images) await provideImage(confirmed, image);
    // The diff of a first release is every object of every chart; helmfile -e ENV diff shows it. The charts' notes tell of
    // ways in that are not ours.
    const apply = ["apply", "--suppress-diff", "--skip-diff-on-install", "--hide-notes"];
    const code = await does(`release ${env}`, () => runHelmfile(confirmed, env, ...apply));
    if (code !== 0) {
      const message = `not everything was released: mend what Helmfile says above, then repeat npm run up -- ${env}. ${unreachable}`;
      throw new IssueError({ file: "helmfile", message });
    }
    const serving = await awaitApps(confirmed, env, apps);
    const places = await findPlaces(cluster, namespaces.values());
    const ofApps = apps.map(({ namespace }) => namespace);
    const text = ["", ...serving, "", describePlaces(places, cluster, ofApps), "", whatToTry(env, apps)].join("\n");
    return { code: 0, text, data: { environment: env, ...places } };
  },
});

async function reachOrStart(start: string | undefined) {
  if (start !== undefined && !starters.includes(start as Starter)) {
    throw new IssueError({ file: "--start", message: unknownName("starter", start, starters) });
  }
  const reached = await reachCluster();
  if (start === undefined || ("cluster" in reached && reached.cluster.runtime === start)) return reached;
  await startCluster(start as Starter);
  return await reachCluster();
}

async function withoutCluster({ root, yes }: Given, env: string, why: string): Promise<Answer> {
  process.stderr.write(`No cluster: ${why}\n\n${howToStart(env)}\n\n`);
  await write(root, () => generate({ root, env }));
  const text = await renderInstead(env, appNames(root));
  return { code: yes || process.env.CI === "true" ? 1 : 0, text, data: { environment: env, cluster: null } };
}

/** Writes what gen would write, as long as no other command does, and says so. */
function write(root: string, generateAll: () => Promise<Generated>): Promise<Generated> {
  return whileLocked(root, "up", async () => {
    const generated = await generateAll();
    applyChanges(generated.changes);
    for (const { file, after } of generated.changes)
      say(`${after === undefined ? "removed" : "wrote"} ${displayPath(file, root)}`);
    return generated;
  });
}

function imageOf({ image: { repository, tag } }: App): string {
  // Without a digest, which an image that is built here cannot have.
  return `${repository}:${tag}`;
}

/** So that no other environment is released to this cluster by mistake, and this one to no other. */
async function offerToRemember({ root, yes }: Given, cluster: Cluster, env: string): Promise<void> {
  if (cluster.uid === undefined) return;
  const question = `remember the cluster of context ${cluster.context} as ${env}'s, in ${clustersFile}? [y/N] `;
  if (!yes && !(canAsk() && (await askYesNo(question)))) return;
  await write(root, async () => {
    const file = path.join(root, clustersFile);
    const text = withCluster(existsSync(file) ? readFileSync(file, "utf8") : "", env, cluster.uid as string);
    const clusters = { [env]: (JSON.parse(text) as Record<string, string[]>)[env] ?? [] };
    const generated = await generate({ root, env, clusters });
    return { ...generated, changes: [...planChanges(new Map([[file, text]]), []), ...generated.changes] };
  });
  say(`commit them: from now on, no other environment is released to this cluster`);
}
