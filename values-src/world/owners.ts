import type { App } from "../app.ts";
import type { Values as ArgocdApps } from "../charts/argocd-apps.ts";
import { type Contradiction, releaseNamed, type World } from "./contradiction.ts";

/** Every app has one owner, who knows of it. */
export function owners(world: World): Contradiction[] {
  return [...world.apps.flatMap((app) => ownerOf(world, app)), ...clustersOfNobody(world)];
}

function ownerOf(world: World, { name, owner }: App): Contradiction[] {
  const found = (message: string) => [{ app: name, fact: ["owner"], message: `${name} belongs to ${message}` }];
  const { applications, applicationsets } = (releaseNamed(world, "argocd-apps")?.values ?? {}) as ArgocdApps;
  const known = name in (applications ?? {}) || name in (applicationsets ?? {});
  if (owner === "helmfile") {
    return known
      ? found(`Helmfile, and argocd-apps has an Application for it: give it the owner "argocd", or remove that`)
      : [];
  }
  if (!releaseNamed(world, "argo-cd")) {
    return found(`Argo CD, and ${world.env.name} has none: set argoCd to true there, or give it the owner "helmfile"`);
  }
  return known
    ? []
    : found(`Argo CD, and argocd-apps has no Application for it: add one, or give it the owner "helmfile"`);
}

function clustersOfNobody({ env, apps }: World): Contradiction[] {
  if (!env.clusterLabels || apps.length === 0 || apps.some(({ owner }) => owner === "argocd")) return [];
  const message =
    `clusterLabels of ${env.name} choose the clusters of Argo CD's apps, and Helmfile owns every app: ` +
    `give one the owner "argocd", or remove clusterLabels`;
  return [{ fact: ["clusterLabels"], message }];
}
