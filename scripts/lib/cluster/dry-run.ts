import { spawnSync } from "node:child_process";
import { IssueError } from "../issue.ts";
import { toolEnv } from "../tools/find.ts";

/** What the API server said of a set of objects. */
export interface DryRunResult {
  /** How many it would accept. */
  accepted: number;
  /** Its messages on the others. */
  refused: string[];
}

/**
 * YAML documents of every release of an environment, or of one; the app's also where Argo CD releases it. Throws
 * `IssueError` with Helmfile's message.
 */
export function renderEnvironment(env: string, release?: string): string[] {
  const only = release ? ["--selector", `name=${release}`] : [];
  const options = ["--include-crds", "--skip-tests", "--state-values-set", "sample-app.enabled=true"];
  const all = ["--quiet", "--environment", env, ...only, "template", ...options];
  const { stdout, stderr, status } = run("helmfile", all);
  if (status !== 0) throw new IssueError({ file: "helmfile.yaml", env, message: stderr.trim() || stdout.trim() });
  return documentsIn(stdout);
}

/** The objects in what a chart renders, as YAML; documents without one are left out. */
export function documentsIn(text: string): string[] {
  return text.split(/^---.*$/m).filter((document) => /^kind:/m.test(document));
}

/** Creates the namespaces and CRDs that the objects need, for real. Throws `IssueError` with kubectl's message. */
export function prepareCluster(documents: string[]): void {
  const namespaces = new Set(documents.flatMap((document) => /^ {2}namespace: "?([\w-]+)/m.exec(document)?.[1] ?? []));
  const created = [...namespaces].map((name) => `apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ${name}\n`);
  const definitions = documents.filter((document) => /^kind: CustomResourceDefinition$/m.test(document));
  const applied = kubectl(["apply", "--server-side", "--force-conflicts", "-f", "-"], [...created, ...definitions]);
  if (applied.status !== 0) throw new IssueError({ file: "kubectl", message: applied.stderr.trim() });
  const established = ["wait", "--for=condition=Established", "--timeout=60s", "crd", "--all"];
  if (definitions.length > 0) kubectl(established, []);
}

/** Sends every object to the API server as a dry run with strict validation of its fields. Nothing is changed. */
export function dryRun(documents: string[]): DryRunResult {
  const options = ["--server-side", "--dry-run=server", "--validate=strict", "--force-conflicts", "-f", "-"];
  const { stdout, stderr } = kubectl(["apply", ...options], documents);
  const accepted = stdout.split("\n").filter((line) => line.endsWith("(server dry run)")).length;
  const refused = stderr.split("\n").filter((line) => line && !line.startsWith("Warning:"));
  return { accepted, refused };
}

function kubectl(args: string[], documents: string[]) {
  return run("kubectl", args, documents.join("\n---\n"));
}

function run(command: string, args: string[], input = "") {
  const result = spawnSync(command, args, { env: toolEnv(), input, encoding: "utf8", maxBuffer: 2 ** 28 });
  if (result.error) {
    const fix = command === "kubectl" ? "install kubectl" : "run `npm run tools`";
    throw new IssueError({ file: command, message: `cannot be run (${result.error.message}): ${fix}` });
  }
  return result;
}
