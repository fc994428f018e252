import type { App } from "../../../values-src/app.ts";
import type { DeclaredApp } from "../../engine/apps.ts";
import { loadEnvironment } from "../../engine/environments.ts";
import type { Change } from "../../engine/write-tree.ts";
import { count, displayPath } from "../../problems/issue.ts";

/** Apps whose tags change in an environment. */
export interface Moved {
  root: string;
  env: string;
  apps: DeclaredApp[];
}

/** The commands that roll the new tags of an environment out, to copy. */
export async function nextSteps(moved: Moved, subject: string, changes: Change[]): Promise<string> {
  const { root, env } = moved;
  const apps = await appsIn(moved);
  const files = changes.map(({ file }) => displayPath(file, root)).join(" ");
  const argoCds = apps.filter(({ owner }) => owner === "argocd");
  const helmfiles = apps.filter(({ owner }) => owner === "helmfile");
  const revision = apps[0]?.env.git.revision;
  const steps = [
    `git commit -m "${subject}" ${files}`,
    argoCds.length > 0 ? `git push  # Argo CD follows ${revision} and ${rollsOut(argoCds)}` : "git push",
    ...(helmfiles.length > 0 ? [`helmfile -e ${env} apply  # ${rollsOut(helmfiles)}`] : []),
  ];
  return section(`Next, to roll ${apps.length === 1 ? "it" : "them"} out in ${env}:`, steps);
}

/** `rolls web out, canary`, or `rolls 9 apps out: 7 canary, 2 rolling`. */
function rollsOut(apps: App[]): string {
  if (apps.length === 1) return `rolls ${apps[0]?.name} out, ${apps[0]?.strategy}`;
  const strategies = [...Map.groupBy(apps, ({ strategy }) => strategy)];
  return `rolls ${count(apps.length, "app")} out: ${strategies.map(([name, of]) => `${of.length} ${name}`).join(", ")}`;
}

/** The commands that take the apps back at once, without a commit, to copy. */
export async function instantSteps(moved: Moved): Promise<string> {
  const steps = (await appsIn(moved)).flatMap(({ name, namespace, env, strategy, owner }) => {
    const lasts = owner === "argocd" ? "Argo CD reverts it until git says the same" : "until the next helmfile apply";
    const target = `${name} -n ${namespace}`;
    if (strategy === "rolling" && !env.argoRollouts) return [`kubectl rollout undo deployment/${target}  # ${lasts}`];
    return [
      `kubectl argo rollouts abort ${target}  # while the new version is rolled out`,
      `kubectl argo rollouts undo ${target}  # after that; ${lasts}`,
    ];
  });
  return section(`The instant way, in ${moved.env}'s cluster, before the above is there:`, steps);
}

function section(title: string, steps: string[]): string {
  return `${title}\n${steps.map((step) => `  ${step}\n`).join("")}`;
}

/** The apps as they are in the environment, with its defaults and their departures. */
async function appsIn({ root, env, apps }: Moved): Promise<App[]> {
  const environment = await loadEnvironment(root, env);
  return apps.flatMap((app) => app.in(environment) ?? []);
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
