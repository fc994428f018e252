import { once } from "node:events";
import { createServer, type Server } from "node:http";
import path from "node:path";
import { afterEach, expect, test } from "vitest";
import { createService } from "../../service/src/app.ts";
import { readConfig } from "../../service/src/config.ts";
import { runScript } from "../testing/processes.ts";

const root = path.resolve(import.meta.dirname, "../..");
const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

async function startApp(config: Record<string, string>): Promise<string> {
  const { app } = createService(readConfig({ LOG_LEVEL: "silent", ...config }));
  cleanUps.push(() => app.close());
  return await app.listen({ host: "127.0.0.1", port: 0 });
}

test("says second by second which version answered, and ends with the total", async () => {
  const url = await startApp({ APP_VERSION: "1.2.3" });
  const { code, stdout } = await runScript(root, "traffic", "--rate", "40", "--seconds", "3", url);
  expect(stdout).toMatch(/^ {3}1 s {2}1\.2\.3: \d+ {2}slowest \d+ ms\n {3}2 s /);
  expect(stdout).toMatch(/0 of \d+ requests failed, 0\.0 % in the worst 10 s\n$/);
  expect(code).toBe(0);
});

test("failed requests are counted for the version that failed them, and end it with 1", async () => {
  const url = await startApp({ APP_VERSION: "1.2.4", FAULT_ERROR_RATE: "1" });
  const { code, stdout } = await runScript(root, "traffic", "--rate", "20", "--seconds", "2", url);
  expect(stdout).toMatch(/1\.2\.4: (\d+), \1 failed/);
  expect(stdout).toMatch(/^(\d+) of \1 requests failed, .*\nHTTP 500: \1 from second 1 to 2$/m);
  expect(code).toBe(1);
});

test("sends no load to what is not the app", async () => {
  let requests = 0;
  const other: Server = createServer((_, response) => {
    requests++;
    response.end("hello");
  }).listen(0, "127.0.0.1");
  cleanUps.push(() => other.close());
  await once(other, "listening");
  const { port } = other.address() as { port: number };
  const { code, stderr } = await runScript(root, "traffic", "--rate", "500", `http://127.0.0.1:${port}`);
  expect(stderr).toContain("does not answer /version with its version");
  expect(requests).toBeLessThanOrEqual(2);
  expect(code).toBe(1);
});

test("a server may call its version what it likes: it is counted and printed, and does no harm", async () => {
  const versions = ["__proto__", "constructor", "\u001b[31mred", "x".repeat(1000), 7, null];
  let requests = 0;
  const other: Server = createServer((_, response) => {
    response.end(JSON.stringify({ version: versions[requests++ % versions.length] }));
  }).listen(0, "127.0.0.1");
  cleanUps.push(() => other.close());
  await once(other, "listening");
  const { port } = other.address() as { port: number };
  const args = ["--rate", "40", "--seconds", "2", `http://127.0.0.1:${port}`];
  const { code, stdout, stderr } = await runScript(root, "traffic", ...args);
  expect(stderr).toBe("");
  expect(stdout).toMatch(/__proto__: \d+ /);
  expect(stdout).toMatch(/constructor: \d+ /);
  expect(stdout).toMatch(/\(none\): \d+ /);
  for (const text of ["undefined", "NaN", "\u001b", "xxxx"]) expect(stdout).not.toContain(text);
  expect(code).toBe(0);
});

test.for([
  [["--rate", "5000", "http://127.0.0.1"], 'must be a whole number from 1 to 1000, got "5000"'],
  [["--seconds", "0", "http://127.0.0.1"], 'must be a whole number from 1 to 3600, got "0"'],
  [["app.example.com"], 'must be given one address, http://HOST[:PORT], got "app.example.com"'],
] as const)("refuses %s", async ([args, message]) => {
  const { code, stderr } = await runScript(root, "traffic", ...args);
  expect(stderr).toContain(message);
  expect(code).toBe(1);
});
