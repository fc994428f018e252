import { once } from "node:events";
import { Agent, createServer, request } from "node:http";
import { pipeline } from "node:stream";
import autocannon, { type Result } from "autocannon";
import { afterEach, expect, test } from "vitest";
import { type RunningService, startService } from "./running-service.ts";

const started: RunningService[] = [];
afterEach(() => {
  for (const { process } of started) process.kill("SIGKILL");
});

async function start(version: string): Promise<RunningService> {
  const service = await startService({ APP_VERSION: version });
  started.push(service);
  return service;
}

/**
 * A proxy as an ingress controller is one: it keeps connections, sends to every backend that was ready when last asked
 * (ten times a second), knows of an ending backend only by that, and never tries a request again.
 */
async function startProxy() {
  const backends = new Map<RunningService, { ready: boolean; requests: number }>();
  const agent = new Agent({ keepAlive: true });
  let turn = 0;
  const server = createServer((incoming, outgoing) => {
    const ready = [...backends].filter(([, { ready }]) => ready);
    const [backend, state] = ready[turn++ % ready.length] ?? [];
    if (!backend || !state) return outgoing.writeHead(503).end();
    state.requests++;
    const { method, url } = incoming;
    const { connection: _, ...headers } = incoming.headers;
    const onward = request(backend.url + url, { agent, method, headers }, (response) => {
      if (outgoing.destroyed) return response.resume(); // the load has ended meanwhile
      const { connection: _, "keep-alive": __, ...kept } = response.headers;
      outgoing.writeHead(response.statusCode ?? 502, kept);
      pipeline(response, outgoing, () => {}); // a response that breaks off breaks off for the client too
    });
    onward.on("error", () => outgoing.writeHead(502).end());
    incoming.pipe(onward);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const probe = setInterval(async () => {
    for (const [{ url }, state] of backends) {
      const answer = await fetch(`${url}/health/ready`).catch(() => undefined);
      state.ready = answer?.ok ?? false;
    }
  }, 100);
  const close = () => {
    clearInterval(probe);
    agent.destroy();
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${(server.address() as { port: number }).port}`, backends, close };
}

test("no request of 20,000 fails while the process is replaced again and again", async (context) => {
  const proxy = await startProxy();
  let current = await start("1");
  proxy.backends.set(current, { ready: true, requests: 0 });
  let result: Result | undefined;
  const load = autocannon({ url: `${proxy.url}/version`, connections: 20, duration: 300 }, (_error, given) => {
    result = given;
  });
  let answered = 0;
  load.on("response", () => {
    answered++;
  });
  const requestsOf = (service: RunningService) => proxy.backends.get(service)?.requests ?? 0;
  let replacements = 0;
  while (replacements < 3 || answered < 20_000) {
    const next = await start(String(replacements + 2));
    proxy.backends.set(next, { ready: false, requests: 0 });
    await expect.poll(() => requestsOf(next), { timeout: 20_000 }).toBeGreaterThan(2000);
    current.process.kill("SIGTERM");
    expect(await current.ended).toBe(0);
    proxy.backends.delete(current);
    current = next;
    replacements++;
  }
  load.stop();
  // autocannon ends with its next tick, a second or more away.
  await expect.poll(() => result, { timeout: 30_000 }).toBeDefined();
  const { errors, timeouts, non2xx, requests } = result as Result;
  proxy.close();
  context.annotate(`${requests.total} requests, ${replacements} replacements`);
  expect({ errors, timeouts, non2xx }).toEqual({ errors: 0, timeouts: 0, non2xx: 0 });
  expect(requests.total).toBeGreaterThanOrEqual(20_000);
}, 180_000);
