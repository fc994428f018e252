import path from "node:path";
import type { EnvironmentFacts } from "../../../values-src/environment.ts";
import type { Release } from "../../../values-src/release.ts";
import { displayPath, IssueError } from "../issue.ts";
import { environmentFile } from "../values/environments.ts";
import { importModule } from "../values/import-module.ts";
import { type Change, listFiles } from "../values/write-tree.ts";
import { readYamlFile } from "../yaml-file.ts";

/** What brings a new tag of an environment into effect, as commands to copy. */
export async function nextSteps(root: string, env: string, subject: string, changes: Change[]): Promise<string> {
  const { app, strategy, git } = await factsOf(root, env);
  const files = changes.map(({ file }) => displayPath(file, root)).join(" ");
  const how = `by ${env}'s strategy, ${strategy}`;
  const steps = [`git commit -m "${subject}" ${files}`];
  if (app.owner === "argocd") steps.push(`git push  # Argo CD follows ${git.revision} and rolls it out ${how}`);
  else steps.push("git push", `helmfile -e ${env} apply  # rolls it out ${how}`);
  return section(`Next, to roll it out in ${env}:`, steps);
}

/** The ways back that take no commit, of the apps whose values change, as commands to copy. */
export async function instantSteps(root: string, env: string, changes: Change[]): Promise<string> {
  const { app, strategy } = await factsOf(root, env);
  const lasts = app.owner === "argocd" ? "Argo CD reverts it until git says the same" : "until the next helmfile apply";
  const steps = changedReleases(root, env, changes).flatMap((name) => {
    const target = `${name} -n ${namespaceOf(root, name)}`;
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

/** gen has loaded and validated them before. */
async function factsOf(root: string, env: string): Promise<EnvironmentFacts> {
  const module = await importModule<{ default: EnvironmentFacts }>(environmentFile(root, env));
  if ("message" in module) throw new IssueError(module);
  return module.default;
}

function changedReleases(root: string, env: string, changes: Change[]): string[] {
  const directory = path.join(root, "generated", env);
  return changes.filter(({ file }) => path.dirname(file) === directory).map(({ file }) => path.basename(file, ".yaml"));
}

function namespaceOf(root: string, release: string): string {
  const file = listFiles(path.join(root, "releases")).find((file) => path.parse(file).name === release);
  const yaml = file ? readYamlFile(file) : [];
  return Array.isArray(yaml) ? release : (yaml.data as Release).namespace;
}
