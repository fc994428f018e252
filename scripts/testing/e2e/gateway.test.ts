/** The Gateway API under load: the move to it, a canary by it, and the move back. Traefik serves both sides. */
import { createHash } from "node:crypto";
import { createReadStream, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";
import path from "node:path";
import { expect, type TestContext, test } from "vitest";
import type { Values } from "../../../values-src/charts/http-service.ts";
import type { GatewayPlugin, Ingress } from "../../../values-src/environment.ts";
import { classOf, gatewayOf } from "../../../values-src/ingress/ingress.ts";
import { values as argoRollouts } from "../../../values-src/releases/argo-rollouts.ts";
import { values as traefik } from "../../../values-src/releases/traefik.ts";
import { total } from "../../operations/load.ts";
import { outputOf } from "../processes.ts";
import { requireChart } from "../require.ts";
import { App, context as cluster, type tags } from "./app.ts";
import { applyGatewayKinds } from "./gateway-kinds.ts";
import { report } from "./results.ts";
import { atEnd, describeFailures, good, mark, next, prepareApps, promotedByWeights, startScene } from "./scenario.ts";
import { environment } from "./subject.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const binary = process.env.E2E_GATEWAY_PLUGIN;
const name = "gateway";

test("Gateway API: moved to it, a canary by it, moved back", async (context) => {
  if (!binary) return context.skip("E2E_GATEWAY_PLUGIN names no binary of Argo Rollouts' Gateway API plugin");
  const missing = await applyGatewayKinds();
  if (missing) return context.skip(missing);
  const { ingress: before } = environment;
  if (before.controller !== "traefik") return context.skip(`${environment.name} has no Traefik to move from`);
  const more = { tls: before.tls, gatewayPlugin: await serve(binary) };
  const both: Ingress = { ...more, controller: "traefik", alsoBy: "gateway" };
  const alone: Ingress = { ...more, controller: "gateway" };
  await prepareApps({ [name]: {} });
  const { load, note } = await startScene(name);
  const finish = mark(load);
  atEnd(() => releasePlatform(context, before));

  await releasePlatform(context, both);
  await releaseApp(both, good);
  await accepted();
  note("it answers through both");
  await releaseApp(alone, good);
  note("it answers through the Gateway alone");

  const app = appBehind(alone);
  await app.release(next);
  const sharesIn = await promotedByWeights(app, load, note);
  expect(await weights()).toEqual({ app: 100, "app-canary": 0 });

  await releaseApp(both, next);
  await releaseApp(before, next);
  note("it answers through its Ingress alone");
  const seconds = await finish();
  const shares = sharesIn(seconds);
  const text = shares.map(({ weight, share }) => `at weight ${weight} % it gets ${share.toFixed(1)} %`).join(", ");
  report(context, `${text}; ${describeFailures(seconds)}`);
  expect(shares.map(({ weight }) => weight)).toEqual([20, 50]);
  for (const { weight, share } of shares) expect(Math.abs(share - weight)).toBeLessThan(3);
  expect(total(seconds).failed).toBe(0);
});

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

/** The releases that a move changes, with the values that follow from the facts. */
async function releasePlatform(context: TestContext, ingress: Ingress): Promise<void> {
  const env = { ...environment, ingress };
  await upgrade("traefik", "traefik", requireChart(context, "traefik"), traefik(env));
  await upgrade("argo-rollouts", "argo-rollouts", requireChart(context, "argo-rollouts"), argoRollouts(env));
}

async function upgrade(release: string, namespace: string, chart: string, values: object): Promise<void> {
  const args = ["--kube-context", cluster(), "upgrade", "--install", release, chart, "--namespace", namespace];
  const input = JSON.stringify(values); // JSON is YAML too.
  await outputOf("helm", [...args, "--wait", "--timeout", "5m", "--values", "-"], { cwd: root, input });
}

function appBehind(ingress: Ingress): App {
  const env = { ...environment, ingress };
  const className = classOf(env);
  const gateway = gatewayOf(env);
  const ways: Values["ingress"] = {
    ...(className && { className }),
    ...(gateway && { gateway }),
    host: `e2e-${name}.${environment.domain}`,
    tls: ingress.tls,
  };
  return new App(name, { values: { ingress: ways } });
}

async function releaseApp(ingress: Ingress, tag: (typeof tags)[number]): Promise<void> {
  const app = appBehind(ingress);
  await app.release(tag);
  await app.healthy();
}

interface Route {
  spec: { rules: { backendRefs: { name: string; weight: number }[] }[] };
  status?: { parents?: { conditions: { type: string; status: string }[] }[] };
}

async function route(): Promise<Route> {
  const app = new App(name);
  return JSON.parse(await app.kubectl("get", "httproutes.gateway.networking.k8s.io", app.name, "-o", "json"));
}

/** Waits until the Gateway serves the HTTPRoute. */
async function accepted(): Promise<void> {
  const isAccepted = async () => {
    const conditions = (await route()).status?.parents?.flatMap(({ conditions }) => conditions) ?? [];
    return conditions.length > 0 && conditions.every(({ status }) => status === "True");
  };
  await expect.poll(isAccepted, { timeout: 60_000, interval: 500 }).toBe(true);
}

async function weights(): Promise<Record<string, number>> {
  const backends = (await route()).spec.rules.flatMap(({ backendRefs }) => backendRefs);
  return Object.fromEntries(backends.map(({ name: service, weight }) => [service, weight]));
}
