import { copyFileSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Outcome, start } from "../scripts/testing/processes.ts";
import { temporaryDirectory } from "../scripts/testing/workspace.ts";
import type { TestRequest } from "../values-src/charts/http-service.ts";

const script = path.join(import.meta.dirname, "chart/files/run-tests.mjs");
let asked: Record<string, number> = {};
let server: Server;

/** A version that answers well at `/good`, and otherwise as each path says. */
const answers: RequestListener = (request, response) => {
  const { url = "", method } = request;
  asked[url] = (asked[url] ?? 0) + 1;
  if (url === "/never") return;
  if (url === "/late") setTimeout(() => response.end("late"), 1500);
  else if (url === "/moved") response.writeHead(302, { location: "/good" }).end();
  else if (url === "/broken") response.writeHead(500).end('{"error":\n  "no database"}');
  else if (url === "/first-old" && asked[url] === 1) response.end('"version":"1.0.0"');
  else if (url === "/echo") {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => response.writeHead(201).end(`${method} ${request.headers["content-type"]} ${body}`));
  } else response.end('"version":"2.0.0"');
};

beforeAll(async () => {
  server = createServer(answers);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function run(request: Partial<TestRequest>, target = server.address() as AddressInfo): Promise<Outcome> {
  asked = {};
  const folder = temporaryDirectory();
  copyFileSync(script, path.join(folder, "run-tests.mjs"));
  const whole = { name: "one", method: "GET", path: "/good", status: 200, seconds: 1, ...request };
  const good = { ...whole, name: "two", path: "/good", status: 200 };
  writeFileSync(path.join(folder, "requests.json"), JSON.stringify([whole, good]));
  const env = { ...process.env, TARGET: `http://127.0.0.1:${target.port}`, VERSION: "2.0.0" };
  return start(process.execPath, [path.join(folder, "run-tests.mjs")], { env }).ended;
}

test.for<[what: string, request: Partial<TestRequest>]>([
  ["status", {}],
  ["text", { contains: '"version":"{version}"' }],
  ["redirect, where that is what it must answer", { path: "/moved", status: 302 }],
  ["version, though the version before still answered once", { path: "/first-old", contains: "{version}" }],
])("a new version passes with the right $0", async ([, request]) => {
  const { code, stdout } = await run(request);
  expect(stdout).toContain("one: ok\n");
  expect(code).toBe(0);
});

test("a body and its headers reach the new version", async () => {
  const body = '{"product":"tea"}';
  const request = { path: "/echo", method: "POST", headers: { "content-type": "application/json" }, body, status: 201 };
  const { stdout } = await run({ ...request, method: "POST", contains: `POST application/json ${body}` });
  expect(stdout).toContain("one: ok\n");
});

test.for<[what: string, request: Partial<TestRequest>, says: string]>([
  ["answers another status", { path: "/broken" }, 'GET /broken answered 500, wanted 200: {"error": "no database"}'],
  ["redirects", { path: "/moved" }, "GET /moved answered 302, wanted 200"],
  ["answers late", { path: "/late" }, "GET /late gave no answer within 1 s"],
  ["never answers", { path: "/never" }, "GET /never gave no answer within 1 s"],
  ["is another version", { contains: "3.{version}" }, 'GET /good does not contain 3.2.0.0: "version":"2.0.0"'],
])("a new version fails that $0, after three attempts, and the other requests are asked", async ([, request, says]) => {
  const { code, stdout } = await run(request);
  expect(stdout).toContain(`one: ${says}\n`);
  if (request.path) expect(asked[request.path]).toBe(3);
  expect(asked["/good"]).toBeGreaterThan(0);
  expect(code).toBe(1);
});

test("a new version fails that nobody can connect to", async () => {
  const { code, stdout } = await run({}, { address: "127.0.0.1", family: "IPv4", port: 1 });
  expect(stdout).toMatch(/^one: GET \/good gave no answer: (connect ECONNREFUSED|bad port)/m);
  expect(code).toBe(1);
});
