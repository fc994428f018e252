/** Apps that run as Deployments, one of each owner, under load: they become Rollouts as their environment gets Argo Rollouts. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Departure } from "../../../values-src/app.ts";
import type { Owner } from "../../../values-src/environment.ts";
import { startLoad, total } from "../../operations/load.ts";
import { ingress, kubectl, RunningApp, timeline } from "./app.ts";
import { Repository } from "./repository.ts";
import { report } from "./results.ts";
import { atEnd, describeFailures, good, mark, requestsPerSecond, steady, watch } from "./scenario.ts";
import { appFile, environment } from "./subject.ts";

const url = process.env.E2E_GIT_URL;
const env = environment.name;
const owners: Owner[] = url ? ["helmfile", "argocd"] : ["helmfile"];
const apps = owners.map((owner) => {
  const name = `moving-${owner}`;
  return { owner, app: new RunningApp({ name, namespace: name, host: `${name}.${environment.domain}` }) };
});
const names = apps.map(({ app }) => app.name);
const live = 2;
let repository: Repository;

beforeAll(async () => {
  await kubectl("delete", "namespace", ...names, "--ignore-not-found");
  repository = await Repository.make(url);
  repository.edit(`values-src/environments/${env}.ts`, /strategy: "\w+"/, 'strategy: "rolling"');
  repository.edit(`values-src/environments/${env}.ts`, /argoRollouts: true/, "argoRollouts: false");
  write("rolling");
  await repository.push("No Argo Rollouts: every app is a Deployment");
  await sync("argocd-apps", "moving-helmfile");
  await lookAtGit();
  for (const { app } of apps) {
    const deployment = () => app.kubectl("get", "deployment", app.name, "--ignore-not-found", "-o", "name");
    await expect.poll(deployment, { timeout: 120_000, interval: 500 }).not.toBe("");
  }
  // As an autoscaler would have done under more load; it takes pods away again after five minutes.
  await apps[0]?.app.kubectl("scale", "deployment", "moving-helmfile", `--replicas=${live}`);
  for (const { app } of apps) {
    await app.kubectl("rollout", "status", `deployment/${app.name}`, "--timeout=120s");
  }
}, 600_000);

afterAll(async () => {
  const files = names.flatMap((name) => [`values-src/apps/${name}.ts`, `values-src/apps/${name}.tags.json`]);
  repository.write(Object.fromEntries(files.map((file) => [file, null])));
  await repository.npm("gen");
  await sync("argocd-apps");
  await kubectl("delete", "namespace", ...names, "--ignore-not-found", "--wait=false");
});

/** The one of Helmfile with an autoscaler: the chart does not say then how many pods there are. */
function write(strategy: "rolling" | "canary"): void {
  for (const { owner, app } of apps) {
    const here: Departure = {
      strategy,
      ...(owner === "helmfile" && { size: "large", replicas: 1, maxReplicas: live }),
    };
    repository.write({
      [`values-src/apps/${app.name}.ts`]: appFile(owner, {}, here),
      [`values-src/apps/${app.name}.tags.json`]: JSON.stringify({ [env]: good }),
    });
  }
}

async function sync(...releases: string[]): Promise<string> {
  const selectors = releases.flatMap((name) => ["--selector", `name=${name}`]);
  const { code, output } = await repository.helmfile(...selectors, "sync");
  expect(code, output).toBe(0);
  return output;
}

async function lookAtGit(): Promise<void> {
  const refresh = ["--all", "--overwrite", "argocd.argoproj.io/refresh=normal"];
  await kubectl("annotate", "applications.argoproj.io", "--namespace", "argocd", ...refresh);
}

test("Argo Rollouts comes: Deployments become Rollouts, under both owners", { timeout: 600_000 }, async (context) => {
  const note = timeline("to-rollout");
  const loads = await Promise.all(
    apps.map(async ({ app }) => {
      watch(app.namespace);
      const load = startLoad(await ingress(app.host), requestsPerSecond / 2);
      atEnd(() => load.stop());
      await steady(load, good);
      return load;
    }),
  );
  const finish = loads.map((load) => mark(load));
  repository.edit(`values-src/environments/${env}.ts`, /argoRollouts: false/, "argoRollouts: true");
  write("canary");
  expect((await repository.npm("gen")).code).toBe(0);
  if (owners.includes("argocd")) {
    // Before the push: Argo CD syncs at once.
    const { code, output } = await repository.npm("to-rollout", [env, "--app", "moving-argocd", "--yes"]);
    note(output);
    expect(code, output).toBe(0);
  }
  await repository.push("Argo Rollouts is there");
  await lookAtGit();
  note(await sync("moving-helmfile"));
  for (const { app } of apps) {
    const deployments = () => app.kubectl("get", "deployments", "-o", "name");
    await expect.poll(deployments, { timeout: 120_000, interval: 500 }).toBe("");
    await app.healthy(60, note);
  }
  await sleep(10_000); // so that the ends of the Deployments' pods are seen
  const seen = await Promise.all(finish.map((one) => one()));
  const pods = Object.keys((await apps[0]?.app.pods()) ?? {}).length;
  const told = owners.map((owner, index) => `owner ${owner} ${describeFailures(seen[index] ?? [])}`);
  report(context, `as many pods as before (${pods}, with an autoscaler); ${told.join(", ")}`);
  expect(total(seen.flat()).failed).toBe(0);
  expect(pods).toBe(live);
  expect(await apps[0]?.app.kubectl("get", "hpa", "-o", "jsonpath={.items[*].spec.scaleTargetRef.kind}")).toBe(
    "Rollout",
  );
});
