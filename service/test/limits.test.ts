import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createService, type Service } from "../src/app.ts";
import { readConfig } from "../src/config.ts";

let service: Service;
const sockets: Socket[] = [];

async function start(env: Record<string, string> = {}): Promise<void> {
  service = createService(readConfig({ LOG_LEVEL: "silent", ...env }));
  for (const server of [service.app, service.metrics]) await server.listen({ host: "127.0.0.1", port: 0 });
}

beforeEach(() => start());
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all([service.app.close(), service.metrics.close()]);
});

/** Sends bytes on a connection of their own, which stays open. */
function send(bytes: string, { server } = service.app): { socket: Socket; answer(): string; closed: Promise<string> } {
  const socket = connect((server.address() as { port: number }).port, "127.0.0.1", () => socket.write(bytes));
  sockets.push(socket);
  let answer = "";
  socket.on("data", (chunk) => {
    answer += String(chunk);
  });
  socket.on("error", () => {}); // It may be closed while we write, as it should be.
  return { socket, answer: () => answer, closed: new Promise((done) => socket.on("close", () => done(answer))) };
}

const request = (path: string, more = "") => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;
const inFlight = async () =>
  /^http_requests_in_flight (.*)$/m.exec((await service.metrics.inject("/metrics")).body)?.[1];

test("beyond 100 requests that wait, /slow says when to come back, and a client that goes away frees its place", async () => {
  const waiting = Array.from({ length: 100 }, () => send(request("/slow?ms=10000")));
  await expect.poll(inFlight).toBe("100");
  const refused = await send(request("/slow?ms=1", "Connection: close\r\n")).closed;
  expect(refused).toMatch(
    /^HTTP\/1\.1 503 [\s\S]*retry-after: 1\r\n[\s\S]*application\/problem\+json[\s\S]*"status":503/i,
  );
  expect(await send(request("/version", "Connection: close\r\n")).closed).toMatch(/^HTTP\/1\.1 200 /);
  waiting[0]?.socket.destroy();
  await expect.poll(inFlight).toBe("99");
  expect(await send(request("/slow?ms=1", "Connection: close\r\n")).closed).toMatch(/^HTTP\/1\.1 200 /);
});

test("16 requests at once are answered in turn, and a 17th ends their connection", async () => {
  const bytes = request("/slow?ms=50") + request("/version").repeat(15);
  const answers = send(bytes);
  await expect.poll(() => answers.answer().match(/HTTP\/1\.1 200 /g)?.length).toBe(16);
  expect(answers.answer()).toMatch(/^[^{]*\{"ms":50\}/);
  expect(await send(bytes + request("/version")).closed).toBe("");
});

test("the requests of a client that goes away are no longer in flight, those sent behind another neither", async () => {
  const post = `POST /orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"a":`;
  const clients = [request("/slow?ms=10000") + request("/version") + request("/%zz"), post].map((bytes) => send(bytes));
  await expect.poll(inFlight).toBe("4");
  for (const { socket } of clients) socket.destroy();
  await expect.poll(inFlight).toBe("0");
});

test("a request whose body has arrived is no longer in flight either, once its client has gone away", async () => {
  await Promise.all([service.app.close(), service.metrics.close()]);
  await start({ FAULT_LATENCY_MS: "300" });
  const body = '{"product":"tea","quantity":1,"priceEuros":1}';
  const head = `POST /orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
  const { socket } = send(`${head}\r\n\r\n${body}`);
  await expect.poll(inFlight, { interval: 10 }).toBe("1");
  socket.destroy();
  await expect.poll(inFlight, { timeout: 3000 }).toBe("0");
});

test("a 1,001st connection ends one that waits for another request, not one that is being answered", async () => {
  const slow = send(request("/slow?ms=10000"));
  await expect.poll(inFlight).toBe("1");
  const idle = send(request("/version"));
  await expect.poll(() => idle.answer()).toContain("200 OK");
  const silent = Array.from({ length: 998 }, () => send(""));
  await Promise.all(silent.map(({ socket }) => socket.connecting && new Promise((done) => socket.on("connect", done))));
  await expect.poll(count).toBe(1000);
  expect(await send(request("/version", "Connection: close\r\n")).closed).toMatch(/^HTTP\/1\.1 200 /);
  expect(await idle.closed).toContain("200 OK");
  expect([slow, ...silent].filter(({ socket }) => socket.destroyed)).toEqual([]);
});

function count(): Promise<number> {
  return new Promise((resolve, reject) =>
    service.app.server.getConnections((error, open) => (error ? reject(error) : resolve(open))),
  );
}

describe("a request's id comes back", () => {
  const idOf = async (id: string | string[]) =>
    (await service.app.inject({ url: "/nowhere", headers: { "x-request-id": id } })).json().requestId;

  test.for(["4bf92f3577b34da6a3ce929d0e0e4736", "Root=1-67891233-abcdef012345678912345678", "a".repeat(128)])(
    "as it was sent: %s",
    async (id) => expect(await idOf(id)).toBe(id),
  );

  test.for(["", "a".repeat(129), "two words", "\u001b[31m", '"}', "é", ["one", "two"]])(
    "as one of our own instead of %j",
    async (id) => expect(await idOf(id)).toMatch(/^[0-9a-f-]{36}$/),
  );
});

describe("a browser is told on every answer to take it for nothing else than it says", () => {
  const close = "Connection: close\r\n";
  const requests = {
    "a page": request("/html", close),
    "an unknown route": request("/nowhere", close),
    "bad input": request("/slow?ms=x", close),
    "a failure": request("/version", close),
    "a path that cannot be decoded": request("/%zz", close),
    "no host": `GET / HTTP/1.1\r\n${close}\r\n`,
    "an unknown method": `PROPFIND / HTTP/1.1\r\nHost: x\r\n${close}\r\n`,
    "an unknown expectation": request("/", `Expect: more\r\n${close}`),
    "a request for a tunnel": "CONNECT elsewhere:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    "too many headers": request("/", `X: ${"a".repeat(10_000)}\r\n`),
    "no HTTP": "\0nonsense\r\n\r\n",
  };
  test.for(Object.entries(requests))("%s", async ([title, bytes]) => {
    if (title === "a failure") {
      await Promise.all([service.app.close(), service.metrics.close()]);
      await start({ FAULT_ERROR_RATE: "1" });
    }
    for (const server of [service.app, service.metrics]) {
      expect(await send(bytes, server).closed).toMatch(
        /^HTTP\/1\.1 \d{3} [\s\S]*?\r\nx-content-type-options: nosniff\r\n/i,
      );
    }
  });

  test("the metrics", async () => {
    expect((await service.metrics.inject("/metrics")).headers["x-content-type-options"]).toBe("nosniff");
  });
});
