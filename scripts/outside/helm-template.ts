import { IssueError } from "../problems/issue.ts";
import { Interrupted, interrupted } from "./deeds.ts";
import { run } from "./run.ts";

/** What is rendered of a chart, as a release. */
export interface RenderedRelease {
  /** Folder of the chart. */
  directory: string;
  name: string;
  namespace: string;
  /** File with the values. */
  values: string;
  /** API versions that the chart finds, beside those that Helm knows. */
  apiVersions: string[];
}

/** What Helm renders, or its message where it does not. */
export type Rendering = { text: string } | { failure: string };

/** Renders a chart as Helmfile would, tests left out, without a cluster. Throws `IssueError` where there is no Helm. */
export async function renderChart(release: RenderedRelease): Promise<Rendering> {
  const { directory, name, namespace, values, apiVersions } = release;
  const options = ["--namespace", namespace, "--values", values, "--include-crds", "--skip-tests"];
  const apis = apiVersions.flatMap((version) => ["--api-versions", version]);
  const { code, failure, stdout, stderr } = await run("helm", ["template", name, directory, ...options, ...apis], {
    timeout: 120,
  });
  if (code === 0) return { text: stdout };
  if (failure === "killed" && interrupted.aborted) throw new Interrupted();
  if (failure === "not found") throw new IssueError({ file: "helm", message: "is not on PATH: run `npm run tools`" });
  return { failure: stderr.trim() || stdout.trim() || (failure ?? `exit code ${code}`) };
}
