/**
 * The Gateway API under load: an app of each owner moves to it as the guide says, is rolled out by it, and moves back. Traefik
 * serves both sides.
 */
import { createHash } from "node:crypto";
import { createReadStream, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";
import { afterAll, expect, test } from "vitest";
import type { GatewayPlugin, Ingress } from "../../../values-src/environment.ts";
import type { Application } from "../../operations/handover/argocd-application.ts";
import type { Load } from "../../operations/load.ts";
import { kubectl, type Note, type RunningApp, timeline } from "./app.ts";
import { applyGatewayKinds } from "./gateway-kinds.ts";
import { OwnedApps } from "./owned-apps.ts";
import { lookAtGit } from "./repository.ts";
import { report } from "./results.ts";
import { atEnd, expectNoFailures, good, next, promotedByWeights } from "./scenario.ts";
import { environment } from "./subject.ts";

const binary = process.env.E2E_GATEWAY_PLUGIN;
const facts = `values-src/environments/${environment.name}.ts`;
const { ingress: before } = environment;
let apps: OwnedApps | undefined;

afterAll(async () => {
  if (!apps) return;
  setIngress(apps, before);
  await apps.remove();
  await apps.repository.sync("traefik", "argo-rollouts");
});

function setIngress({ repository }: OwnedApps, ingress: Ingress): void {
  repository.edit(facts, /ingress: \{.*\},?\n/, `ingress: ${JSON.stringify(ingress)},\n`);
}

test("Gateway API: moved to it, a canary by it, moved back", { timeout: 1_200_000 }, async (context) => {
  if (!binary) return context.skip("E2E_GATEWAY_PLUGIN names no binary of Argo Rollouts' Gateway API plugin");
  if (before.controller !== "traefik") return context.skip(`${environment.name} has no Traefik to move from`);
  const missing = await applyGatewayKinds();
  if (missing) return context.skip(missing);
  const note = timeline("gateway");
  const more = { tls: before.tls, gatewayPlugin: await serve(binary) };
  const both: Ingress = { ...more, controller: "traefik", alsoBy: "gateway" };
  const alone: Ingress = { ...more, controller: "gateway" };
  apps = await OwnedApps.make("gateway");
  // The chart mounts the plugin's folder where the published image has its working directory; the lab's image has / instead.
  const plugins = "trafficRouterPlugins: plugins";
  const mounts = 'volumeMounts: [{ name: "plugin-bin", mountPath: "/plugin-bin" }]';
  apps.repository.edit("values-src/releases/argo-rollouts.ts", new RegExp(plugins), `${plugins}, ${mounts}`);
  write(apps, good);
  await apps.release("Two apps by Ingresses");
  await apps.there("rollout");
  await settled(apps, 240);
  const { loads, finish } = await apps.underLoad();

  await begin(apps, both);
  for (const { app } of apps.all) await expect.poll(() => isAccepted(app), { timeout: 60_000 }).toBe(true);
  note("both answer");
  await end(apps, alone);
  note("the Gateway answers alone");

  write(apps, next);
  await apps.release(`${next} by the Gateway`);
  const shares = await Promise.all(
    apps.all.map(async ({ owner, app }, index) => {
      await expect.poll(() => app.tag(), { timeout: 60_000, interval: 500 }).toBe(next);
      const watching = owner === "argocd" ? watchSync(app) : undefined;
      const sharesIn = await promotedByWeights(app, loads[index] as Load, note);
      clearInterval(watching?.timer);
      for (const seen of watching?.seen ?? []) expect(seen).toBe("Synced");
      return sharesIn;
    }),
  );
  await settled(apps, 60);
  for (const { app } of apps.all) expect(await weights(app)).toEqual({ [app.name]: 100, [`${app.name}-canary`]: 0 });

  await begin(apps, both);
  note("both answer again");
  await end(apps, before);
  note("the Ingresses answer alone");

  const seen = await finish();
  const measured = shares.flatMap((sharesIn, index) => sharesIn(seen[index] ?? []));
  const text = measured.map(({ weight, share }) => `at weight ${weight} % it gets ${share.toFixed(1)} %`).join(", ");
  report(context, `${text}; ${apps.describe(seen)}`);
  for (const { weight, share } of measured) expect(Math.abs(share - weight)).toBeLessThan(3);
  expect(measured.map(({ weight }) => weight)).toEqual(apps.all.flatMap(() => [20, 50]));
  expectNoFailures(seen.flat());
});

/** Begins a move: the platform comes before the push. */
async function begin(apps: OwnedApps, ingress: Ingress): Promise<void> {
  setIngress(apps, ingress);
  expect((await apps.repository.npm("gen")).code).toBe(0);
  await apps.repository.sync("traefik", "argo-rollouts");
  await apps.release(`Both answer, ${ingress.controller} first`);
  await settled(apps, 180);
}

/** Ends a move: the push comes before the platform. */
async function end(apps: OwnedApps, ingress: Ingress): Promise<void> {
  setIngress(apps, ingress);
  await apps.release(`${ingress.controller} answers alone`);
  await settled(apps, 180);
  await apps.repository.sync("traefik", "argo-rollouts");
}

function write(apps: OwnedApps, tag: string): void {
  apps.write(tag, () => ({ strategy: "canary", steps: [{ weight: 20 }, { weight: 50 }] }));
}

/** Offers the binary to the cluster, from an address of this machine, until the test ends. */
async function serve(file: string): Promise<GatewayPlugin> {
  const server = createServer((_, response) => createReadStream(file).pipe(response)).listen(0);
  await new Promise((resolve) => server.once("listening", resolve));
  atEnd(() => server.close());
  const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  const reachable = addresses.find(({ family, internal }) => family === "IPv4" && !internal)?.address ?? "127.0.0.1";
  return {
    location: `http://${reachable}:${(server.address() as AddressInfo).port}/gatewayapi-plugin`,
    sha256: createHash("sha256").update(readFileSync(file)).digest("hex"),
  };
}

/** Waits until each app serves with one version, and Argo CD has what git says and calls it healthy. */
async function settled(apps: OwnedApps, seconds: number, note?: Note): Promise<void> {
  const head = (await apps.repository.git("rev-parse", "HEAD")).trim();
  for (const { owner, app } of apps.all) {
    await app.healthy(seconds, note);
    if (owner === "helmfile") continue;
    const state = async () => {
      const { status } = await application(app);
      return { sync: status?.sync?.status, health: status?.health?.status, revision: status?.sync?.revision };
    };
    await lookAtGit();
    const wanted = { sync: "Synced", health: "Healthy", revision: head };
    await expect.poll(state, { timeout: seconds * 1000, interval: 1000 }).toEqual(wanted);
    await app.healthy(seconds, note);
  }
}

async function application({ name }: RunningApp): Promise<Application> {
  return JSON.parse(await kubectl("get", "application", name, "--namespace", "argocd", "--output", "json"));
}

/** Looks at what Argo CD says while the new version has requests, until it is cleared. */
function watchSync(app: RunningApp): { timer: NodeJS.Timeout; seen: Set<string> } {
  const seen = new Set<string>();
  const timer = setInterval(async () => {
    const [{ status }, { canary }] = await Promise.all([application(app), app.status()]);
    if (canary?.weights?.canary.weight) seen.add(status?.sync?.status ?? "nothing");
  }, 2000);
  atEnd(() => clearInterval(timer));
  return { timer, seen };
}

interface Route {
  spec: { rules: { backendRefs: { name: string; weight: number }[] }[] };
  status?: { parents?: { conditions: { type: string; status: string }[] }[] };
}

async function route(app: RunningApp): Promise<Route> {
  return JSON.parse(await app.kubectl("get", "httproutes.gateway.networking.k8s.io", app.name, "-o", "json"));
}

/** Whether the Gateway serves the HTTPRoute. */
async function isAccepted(app: RunningApp): Promise<boolean> {
  const conditions = (await route(app)).status?.parents?.flatMap(({ conditions }) => conditions) ?? [];
  return conditions.length > 0 && conditions.every(({ status }) => status === "True");
}

async function weights(app: RunningApp): Promise<Record<string, number>> {
  const backends = (await route(app)).spec.rules.flatMap(({ backendRefs }) => backendRefs);
  return Object.fromEntries(backends.map(({ name: service, weight }) => [service, weight]));
}
