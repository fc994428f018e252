import { loadApps } from "../operations/app/find-live-app.ts";
import type { App } from "../operations/app/live-app.ts";
import { IssueError } from "../problems/issue.ts";
import { unknownName } from "../problems/suggest.ts";

/** The app that `--app` names, or the only one that there is. Throws `IssueError`. */
export async function findApp(root: string, name: string | undefined): Promise<App> {
  const apps = await loadApps(root);
  const names = apps.map((app) => app.name);
  if (name === undefined && apps[0] && apps.length === 1) return apps[0];
  const found = apps.find((app) => app.name === name);
  if (found) return found;
  const message =
    name === undefined ? `is missing: one of ${names.join(", ") || "none"}` : unknownName("app", name, names);
  throw new IssueError({ file: "--app", message });
}
