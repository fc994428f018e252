import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createService, type Service } from "../src/app.ts";
import { readConfig } from "../src/config.ts";

let service: Service;
let port: number;

beforeAll(async () => {
  service = createService(readConfig({ LOG_LEVEL: "silent" }));
  await service.app.listen({ host: "127.0.0.1", port: 0 });
  ({ port } = service.app.server.address() as { port: number });
});
afterAll(() => service.app.close());

/** Sends `start`, then a byte of `more` every 100 ms: never silent, never done. Gives what comes back until it is closed. */
function trickle(start: string, more: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(start));
    const timer = setInterval(() => more && socket.writable && socket.write(more), 100);
    let answer = "";
    socket.on("data", (chunk) => {
      answer += String(chunk);
    });
    socket.on("error", () => {}); // It is closed while we write, as it should be.
    socket.on("close", () => {
      clearInterval(timer);
      resolve(answer);
    });
  });
}

test("slow clients are sent away, while others are served", async () => {
  const post = "POST /orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10000\r\n\r\n";
  const slow = Array.from({ length: 100 }, () => [
    trickle("GET / HTTP/1.1\r\nX: ", "a"),
    trickle(post, "a"),
    trickle("", ""),
  ]);
  const done = Promise.all(slow.flat());
  const ended = done.then(() => true);
  let served = 0;
  while (!(await Promise.race([ended, new Promise((next) => setImmediate(next, false))]))) {
    expect((await fetch(`http://127.0.0.1:${port}/version`)).status).toBe(200);
    served++;
  }
  expect(served).toBeGreaterThan(100);
  for (const answer of await done) expect(answer).toMatch(/^HTTP\/1\.1 408 [\s\S]*application\/problem\+json/);
  const inFlight = async () =>
    /^http_requests_in_flight (.*)$/m.exec((await service.metrics.inject("/metrics")).body)?.[1];
  await expect.poll(inFlight).toBe("0");
}, 40_000);
