import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import type { EvaluatedRelease } from "../../engine/value-modules.ts";
import { apiVersionsIn, helmfileTemplate, renderChart } from "../../outside/helm-template.ts";
import { IssueError } from "../../problems/issue.ts";
import { type Manifest, readManifests } from "../manifests.ts";

/** What two versions of a chart render with the same values. */
export interface RenderedVersions {
  before: Manifest[];
  /** The old version once more, after the new one: what differs is random, or the time. */
  again: Manifest[];
  /** Helm's message where the new version does not take the values. */
  after: Manifest[] | { failure: string };
}

/** Renders both versions for one release in one environment. Throws `IssueError` where the old one does not render. */
export async function renderVersions(
  root: string,
  { name, namespace, values, env }: EvaluatedRelease,
  directories: { before: string; after: string },
): Promise<RenderedVersions> {
  const file = path.join(root, helmfileTemplate);
  const apiVersions = existsSync(file) ? apiVersionsIn(readFileSync(file, "utf8")) : [];
  const release = { name, namespace, values: JSON.stringify(values), apiVersions };
  const before = await renderChart({ ...release, directory: directories.before });
  if ("failure" in before) {
    const message = `the old version of its chart does not render: ${before.failure}`;
    throw new IssueError({ file: name, environments: [env.name], message });
  }
  const after = await renderChart({ ...release, directory: directories.after });
  const again = await renderChart({ ...release, directory: directories.before });
  return {
    before: readManifests(before.text),
    again: "text" in again ? readManifests(again.text) : [],
    after: "text" in after ? readManifests(after.text) : after,
  };
}
