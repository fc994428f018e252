import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { EvaluatedRelease } from "../../engine/value-modules.ts";
import { renderChart } from "../../outside/helm-template.ts";
import { IssueError } from "../../problems/issue.ts";
import { type Manifest, readManifests } from "./manifests.ts";

/** What two versions of a chart render with the same values. */
export interface RenderedVersions {
  before: Manifest[];
  /** The old version once more: what differs is random. */
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
  const folder = mkdtempSync(path.join(tmpdir(), "chart-values-"));
  try {
    const file = path.join(folder, "values.json");
    writeFileSync(file, JSON.stringify(values));
    const release = { name, namespace, values: file, apiVersions: assumedApiVersions(root) };
    const before = await renderChart({ ...release, directory: directories.before });
    if ("failure" in before) {
      const message = `the old version of its chart does not render: ${before.failure}`;
      throw new IssueError({ file: name, env: env.name, message });
    }
    const again = await renderChart({ ...release, directory: directories.before });
    const after = await renderChart({ ...release, directory: directories.after });
    return {
      before: readManifests(before.text),
      again: "text" in again ? readManifests(again.text) : [],
      after: "text" in after ? readManifests(after.text) : after,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The API versions that Helmfile lets charts find: `apiVersions` of its template, which is no YAML as a whole. */
export function assumedApiVersions(root: string): string[] {
  const file = path.join(root, "releases/releases.yaml.gotmpl");
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const lines = /^apiVersions:\n((?: +- .*\n)+)/m.exec(text)?.[1] ?? "";
  return [...lines.matchAll(/^ +- (.*)$/gm)].map(([, version = ""]) => version.trim());
}
