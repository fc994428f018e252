import { pause } from "../../outside/deeds.ts";
import { type HelmRelease, runHelmfile } from "../../outside/helmfile.ts";
import { change } from "../../outside/kubectl.ts";
import { IssueError } from "../../problems/issue.ts";
import { unsettledReleases } from "../bring-up/stuck.ts";
import { unfinishedProblems } from "./requirements.ts";
import { appsRelease } from "./shared-release.ts";
import { failAfter, type Handover } from "./steps.ts";

/** Releases one release of the environment, and clears away what a Helm that was killed has left. Throws `IssueError`. */
export async function syncRelease(handover: Handover, release: string): Promise<string> {
  const { cluster, env, app, held } = handover;
  // So what is unfinished afterwards is this Helm's, and nobody else's.
  const problems = await unfinishedProblems(cluster, app);
  if (problems.length > 0) throw new IssueError(...problems);
  held.unfinished = true;
  // Sync needs no helm-diff, and an earlier step has shown that nothing changes.
  const code = await runHelmfile(cluster, env, "sync", "--quiet", "--selector", `name=${release}`);
  if (code !== 0) {
    const error = new IssueError({ file: `helmfile, release ${release}`, message: "failed, see above" });
    return await failAfter(error, () => clearUnfinished(handover).then(() => []));
  }
  held.unfinished = false;
  return "done";
}

/** Seconds after which a release that Helm has begun and not finished was left by one that was killed. */
const patience = 30;

/**
 * Deletes what Helm has noted of a release that it never finished, of the app and of the Applications' release: Helm refuses
 * to touch them again. To be called only where the handover that began it was killed, or its Helm was; a Helm that has
 * outlived it is waited for.
 */
export async function clearUnfinished({ cluster, app, application, held }: Handover): Promise<void> {
  const places = [`${app.namespace}/${app.name}`, `${application.namespace}/${appsRelease}`];
  const ours = async () => {
    const all = await unsettledReleases(cluster);
    return all.filter(({ namespace, name }) => places.includes(`${namespace}/${name}`));
  };
  const isRecent = ({ updated = "" }: HelmRelease) => !(ageOf(updated) > patience);
  const end = Date.now() + 1000 * patience;
  while ((await ours()).some(isRecent) && Date.now() < end) await pause(2000);
  for (const { name, namespace, revision } of await ours()) {
    const record = `sh.helm.release.v1.${name}.v${revision}`;
    await change(cluster, "delete", "secret", record, "--namespace", namespace, "--ignore-not-found");
  }
  held.unfinished = false;
}

/** Seconds since a time as Helm prints it: `2026-01-31 12:00:00.123 +0000 UTC`; NaN where it is another text. */
function ageOf(updated: string): number {
  return (Date.now() - Date.parse(updated.replace(/ ([+-]\d{4}) \w+$/, "$1").replace(" ", "T"))) / 1000;
}
