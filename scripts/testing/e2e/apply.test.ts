/** What `helmfile apply` makes of a cluster, and what `diff` says of it. Without helm-diff: `sync`, and no diff. */
import { beforeAll, expect, type TestContext, test } from "vitest";
import { helmProblems, toolProblems } from "../../outside/helmfile.ts";
import { outputOf } from "../processes.ts";
import { context, prometheus } from "./app.ts";
import { Repository } from "./repository.ts";
import { report } from "./results.ts";
import { good, next } from "./scenario.ts";
import { environment, subject } from "./subject.ts";

let repository: Repository;

beforeAll(() => {
  expect(helmProblems()).toEqual([]);
  repository = new Repository();
});

function requireDiff(context: TestContext): void {
  if (toolProblems().length > 0) context.skip("helm-diff, which apply and diff need, is not installed: helmfile init");
}

/** Name and revision of every release. */
async function releases(): Promise<string[]> {
  const args = ["--kube-context", context(), "list", "--all-namespaces", "--output", "json"];
  const all = JSON.parse(await outputOf("helm", args)) as Record<string, string>[];
  return all.filter(({ namespace = "" }) => !namespace.startsWith("e2e-")).map((one) => `${one.name} ${one.revision}`);
}

test("apply: a cluster that may be empty", async (context) => {
  const verb = toolProblems().length > 0 ? "sync" : "apply";
  const start = performance.now();
  const { code, output } = await repository.helmfile(verb, ...(verb === "apply" ? ["--suppress-diff"] : []));
  expect(code, output).toBe(0);
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  const released = await releases();
  report(context, `${verb}: ${released.length} releases after ${seconds} s`);
  expect(released.map((one) => one.split(" ")[0])).toContain(subject.name);
});

test("apply: again", async (context) => {
  requireDiff(context);
  const before = await releases();
  const { code, output } = await repository.helmfile("apply");
  expect(code, output).toBe(0);
  expect(await releases()).toEqual(before);
  report(context, `nothing changed: the same revisions of ${before.length} releases`);
});

test("diff: empty after apply, exact after an edit", async (context) => {
  requireDiff(context);
  const args = ["diff", "--detailed-exitcode", "--context", "0", "--no-color"];
  const unchanged = await repository.helmfile(...args);
  expect(unchanged.code, unchanged.output).toBe(0);
  expect(
    await repository.npm("promote", ["--tag", next, environment.name, "--app", subject.name, "--force"]),
  ).toMatchObject({ code: 0 });
  const { code, output } = await repository.helmfile(...args);
  const changed = output.split("\n").filter((line) => /^[+-] /.test(line));
  const objects = output.split("\n").filter((line) => line.endsWith(" has changed:"));
  report(context, `empty; after a promotion ${changed.length} lines of one object, each with one of the two tags`);
  expect(code).toBe(2);
  expect(objects).toEqual([`${subject.namespace}, ${subject.name}, Rollout (argoproj.io) has changed:`]);
  expect(changed.length).toBeGreaterThan(0);
  for (const line of changed) expect(line).toContain(line.startsWith("+") ? next : good);
});

test("the cluster: every component up, every target scraped", async (context) => {
  interface Target {
    health: string;
    labels: { job: string };
    lastError: string;
  }
  const down = async () => {
    const { activeTargets } = await prometheus<{ activeTargets: Target[] }>("/api/v1/targets?state=active");
    const bad = activeTargets.filter(({ health }) => health !== "up");
    report(context, `${activeTargets.length - bad.length} of ${activeTargets.length} targets are up`);
    const jobs = activeTargets.map(({ labels }) => labels.job);
    return [...bad.map(({ labels, lastError }) => `${labels.job}: ${lastError}`), ...missing(jobs)];
  };
  // What was just released is found after a minute or more.
  await expect.poll(down, { timeout: 240_000, interval: 2000 }).toEqual([]);
  const { result } = await prometheus<{ result: unknown[] }>(`/api/v1/query?query=app_info{job="${subject.name}"}`);
  expect(result.length).toBeGreaterThan(0);
});

function missing(jobs: string[]): string[] {
  const expected = [subject.name, "argo-rollouts-metrics", "argo-cd-argocd-application-controller-metrics"];
  return expected.filter((job) => !jobs.includes(job)).map((job) => `${job}: is not scraped`);
}
