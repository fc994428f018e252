import path from "node:path";
import type { EnvironmentFacts } from "../../../values-src/environment.ts";
import { environmentFile } from "../../engine/environments.ts";
import { importModule } from "../../engine/import-module.ts";
import { loadDeclaredReleases } from "../../engine/releases.ts";
import type { Change } from "../../engine/write-tree.ts";
import { displayPath, IssueError } from "../../problems/issue.ts";
import { releaseNamespaces } from "../app/find-live-app.ts";

/** The commands that roll a new tag of an environment out, to copy. */
export async function nextSteps(root: string, env: string, subject: string, changes: Change[]): Promise<string> {
  const { app, strategy, git } = await factsOf(root, env);
  const files = changes.map(({ file }) => displayPath(file, root)).join(" ");
  const how = `by ${env}'s strategy, ${strategy}`;
  const steps = [`git commit -m "${subject}" ${files}`];
  if (app.owner === "argocd") steps.push(`git push  # Argo CD follows ${git.revision} and rolls it out ${how}`);
  else steps.push("git push", `helmfile -e ${env} apply  # rolls it out ${how}`);
  return section(`Next, to roll it out in ${env}:`, steps);
}

/** The commands that take the apps whose values change back at once, without a commit, to copy. */
export async function instantSteps(root: string, env: string, changes: Change[]): Promise<string> {
  const { app, strategy } = await factsOf(root, env);
  const lasts = app.owner === "argocd" ? "Argo CD reverts it until git says the same" : "until the next helmfile apply";
  const namespaces = releaseNamespaces(await loadDeclaredReleases(root));
  const steps = changedReleases(root, env, changes).flatMap((name) => {
    const target = `${name} -n ${namespaces.get(name) ?? name}`;
    if (strategy === "rolling") return [`kubectl rollout undo deployment/${target}  # ${lasts}`];
    return [
      `kubectl argo rollouts abort ${target}  # while the new version is rolled out`,
      `kubectl argo rollouts undo ${target}  # after that; ${lasts}`,
    ];
  });
  return steps.length > 0 ? section(`The instant way, in ${env}'s cluster, before the above is there:`, steps) : "";
}

function section(title: string, steps: string[]): string {
  return `${title}\n${steps.map((step) => `  ${step}\n`).join("")}`;
}

/** The facts of an environment, which `gen` has validated before. */
async function factsOf(root: string, env: string): Promise<EnvironmentFacts> {
  const module = await importModule<{ default: EnvironmentFacts }>(environmentFile(root, env));
  if ("message" in module) throw new IssueError(module);
  return module.default;
}

function changedReleases(root: string, env: string, changes: Change[]): string[] {
  const directory = path.join(root, "generated", env);
  return changes.filter(({ file }) => path.dirname(file) === directory).map(({ file }) => path.basename(file, ".yaml"));
}

/** Unified diffs from the files on disk to what they should be. A schema is long and derived, so it is only named. */
export async function showChanges(changes: Change[], root: string): Promise<string> {
  const { createTwoFilesPatch, FILE_HEADERS_ONLY } = await import("diff");
  const patches = changes.map(({ file, before, after }) => {
    const name = displayPath(file, root);
    if (file.endsWith(".schema.json")) return `${name} differs from the types\n`;
    const from = before === undefined ? "/dev/null" : name;
    const to = after === undefined ? "/dev/null" : name;
    return createTwoFilesPatch(from, to, before ?? "", after ?? "", "", "", { headerOptions: FILE_HEADERS_ONLY });
  });
  return patches.join("");
}
