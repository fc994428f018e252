import { connect } from "node:net";
import { afterEach, expect, test } from "vitest";
import { type RunningService, startProcess, startService } from "./running-service.ts";

let service: RunningService | undefined;
afterEach(() => {
  service?.process.kill("SIGKILL");
});

async function start(env: Record<string, string>): Promise<RunningService> {
  service = await startService(env);
  return service;
}

/** Sends a request whose connection may be kept, and gives all that comes back until it is closed. */
function sendKeepingAlive({ url }: RunningService, path: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`));
    let answer = "";
    socket.on("data", (chunk) => {
      answer += String(chunk);
    });
    socket.on("close", () => resolve(answer));
    socket.on("error", reject);
  });
}

async function untilInFlight({ metricsUrl }: RunningService, count: number): Promise<void> {
  await expect
    .poll(async () => (await fetch(metricsUrl)).text(), { timeout: 10_000 })
    .toContain(`\nhttp_requests_in_flight ${count}\n`);
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  test(`${signal}: not ready, finishes what is under way, closes its connection, ends with 0`, async () => {
    const running = await start({ SHUTDOWN_DELAY_MS: "1000" });
    const slow = sendKeepingAlive(running, "/slow?ms=1500");
    await untilInFlight(running, 1);
    running.process.kill(signal);
    await expect.poll(async () => (await fetch(`${running.url}/health/ready`)).status).toBe(503);
    expect((await fetch(`${running.url}/version`)).status).toBe(200);
    const answer = await slow;
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).toMatch(/connection: close/i);
    expect(await running.ended).toBe(0);
    expect(running.output()).toMatch(/"msg":"ended"/);
  });
}

test("ends in a bounded time though a request hangs", async () => {
  const running = await start({ SHUTDOWN_DELAY_MS: "0", SHUTDOWN_TIMEOUT_MS: "200" });
  const slow = sendKeepingAlive(running, "/slow?ms=10000");
  await untilInFlight(running, 1);
  const start_ = performance.now();
  running.process.kill("SIGTERM");
  expect(await running.ended).toBe(0);
  expect(performance.now() - start_).toBeLessThan(5000);
  expect(running.output()).toContain("ended with requests under way");
  await slow.catch(() => undefined);
});

test("crashes after as many requests as asked, probes not counted", async () => {
  const running = await start({ FAULT_CRASH_AFTER_REQUESTS: "2" });
  const get = async (path: string) => (await fetch(running.url + path)).status;
  for (let probe = 0; probe < 5; probe++) expect(await get("/health/live")).toBe(200);
  expect([await get("/"), await get("/version")]).toEqual([200, 200]);
  await expect(get("/version")).rejects.toThrow();
  expect(await running.ended).toBe(1);
  expect(running.output()).toContain("FAULT_CRASH_AFTER_REQUESTS");
});

test("an environment that is not valid stops it with every wrong variable by name", async () => {
  service = await startProcess({ METRICS_PORT: "http", FAULT_LATENCY_MS: "-1" });
  expect(await service.ended).toBe(1);
  expect(service.output()).toBe(
    `the environment is not valid:\n  METRICS_PORT must be integer, got "http"\n  FAULT_LATENCY_MS must be >= 0, got "-1"\n`,
  );
});

test("a port that is taken stops it with a message", async () => {
  const first = await start({});
  const second = await startProcess({ PORT: new URL(first.url).port });
  expect(await second.ended).toBe(1);
  expect(second.output()).toMatch(/^cannot listen: .*EADDRINUSE.*\n$/);
});
