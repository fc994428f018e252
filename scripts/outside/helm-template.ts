import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { IssueError } from "../problems/issue.ts";
import { Interrupted, interrupted } from "./deeds.ts";
import { run } from "./run.ts";

/** What is rendered of a chart, as a release. */
export interface RenderedRelease {
  /** Folder of the chart. */
  directory: string;
  name: string;
  namespace: string;
  /** Text of its values: YAML or JSON. */
  values: string;
  /** API versions that the chart finds, beside those that Helm knows: `apiVersionsIn`. */
  apiVersions: string[];
}

/** What Helm renders, or its message where it does not. */
export type Rendering = { text: string } | { failure: string };

/** Renders a chart as Helmfile would, tests left out, without a cluster. Throws `IssueError` where there is no Helm. */
export async function renderChart(release: RenderedRelease): Promise<Rendering> {
  const folder = mkdtempSync(path.join(tmpdir(), "chart-values-"));
  try {
    const file = path.join(folder, "values.yaml");
    writeFileSync(file, release.values);
    return await template(release, file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function template(release: RenderedRelease, file: string): Promise<Rendering> {
  const { directory, name, namespace, apiVersions } = release;
  const options = ["--namespace", namespace, "--values", file, "--include-crds", "--skip-tests"];
  const apis = apiVersions.flatMap((version) => ["--api-versions", version]);
  const { code, failure, stdout, stderr } = await run("helm", ["template", name, directory, ...options, ...apis], {
    timeout: 120,
  });
  if (code === 0) return { text: stdout };
  if (failure === "killed" && interrupted.aborted) throw new Interrupted();
  if (failure === "not found") throw new IssueError({ file: "helm", message: "is not on PATH: run `npm run tools`" });
  return { failure: stderr.trim() || stdout.trim() || (failure ?? `exit code ${code}`) };
}

/** The template that Helmfile reads, which is no YAML as a whole. */
export const helmfileTemplate = "releases/releases.yaml.gotmpl";

/** The API versions that Helmfile lets charts find: `apiVersions` in the text of its template. */
export function apiVersionsIn(text: string): string[] {
  const lines = /^apiVersions:\n((?: +- .*\n)+)/m.exec(text)?.[1] ?? "";
  return [...lines.matchAll(/^ +- (.*)$/gm)].map(([, version = ""]) => version.trim());
}
