import { isDeepStrictEqual } from "node:util";
import { IssueError } from "../../problems/issue.ts";
import type { App } from "../app/live-app.ts";
import { nameOf, type RenderedObject, releasedObjects, renderObjects } from "./app-objects.ts";
import type { Handover } from "./steps.ts";

/** The release that holds the projects and Applications of all apps. */
export const appsRelease = "argocd-apps";

/** An app's own objects of that release: its AppProject and its Application. */
export function ownObjects(objects: RenderedObject[], { name }: App): RenderedObject[] {
  return objects.filter(({ metadata }) => metadata.name === name);
}

/**
 * What the release would be, rendered from the working tree. Throws `IssueError` where releasing it would also change
 * another app's objects: a handover is of one app alone.
 */
export async function requireOwnChanges({ env, app, cluster, application }: Handover): Promise<RenderedObject[]> {
  const rendered = await renderObjects(env, app, appsRelease);
  const released = await releasedObjects(cluster, { name: appsRelease, namespace: application.namespace });
  const others = othersChanged(released, rendered, app);
  if (others.length === 0) return rendered;
  const lines = [
    `holds the Applications of all apps, and releasing it for ${app.name} would also change:`,
    ...others.map(({ object, change }) => `  ${nameOf(object)}: ${change}`),
    `A new Application, or one that goes, is another app's handover: hand over one app at a time, and leave the other's`,
    "owner in its facts as it is until then. Anything else is released first, with this app's owner as it was:",
    `  npm run gen && helmfile -e ${env} -l name=${appsRelease} apply`,
  ];
  throw new IssueError({ file: `release ${appsRelease}`, environments: [env], message: lines.join("\n") });
}

/** Objects of other apps that differ between what Helm has released and what it would release. */
function othersChanged(
  released: RenderedObject[],
  rendered: RenderedObject[],
  app: App,
): { object: RenderedObject; change: "new" | "gone" | "differs" }[] {
  const before = new Map(released.map((object) => [nameOf(object), object]));
  const after = new Map(rendered.map((object) => [nameOf(object), object]));
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return names.flatMap((name) => {
    const old = before.get(name);
    const wanted = after.get(name);
    const object = wanted ?? old;
    if (!object || object.metadata.name === app.name || isDeepStrictEqual(old, wanted)) return [];
    return [{ object, change: !old ? ("new" as const) : !wanted ? ("gone" as const) : ("differs" as const) }];
  });
}
