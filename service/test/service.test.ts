import { connect } from "node:net";
import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import { createService, type Service } from "../src/app.ts";
import { ConfigError, readConfig } from "../src/config.ts";
import { PodInfo } from "./pod-info.ts";

let service: Service;

afterEach(async () => {
  await Promise.all([service.app.close(), service.metrics.close()]);
});

function start(env: Record<string, string> = {}): Service {
  service = createService(readConfig({ LOG_LEVEL: "silent", APP_VERSION: "1.2.3", ...env }));
  return service;
}

/** Names and labels of all series, without their values; those of Node itself come and go. */
async function series(): Promise<string[]> {
  const { body } = await service.metrics.inject("/metrics");
  return body
    .split("\n")
    .filter((line) => line && !/^(#|nodejs_|process_)/.test(line))
    .map((line) => line.slice(0, line.lastIndexOf(" ")));
}

async function sample(name: string): Promise<number> {
  const { body } = await service.metrics.inject("/metrics");
  const line = body.split("\n").find((each) => each.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1));
}

/** Sends bytes as they are and gives all that comes back until the connection is closed. */
async function sendRaw(bytes: string): Promise<string> {
  if (!service.app.server.listening) await service.app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = service.app.server.address() as { port: number };
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    let answer = "";
    socket.on("data", (chunk) => {
      answer += String(chunk);
    });
    socket.on("close", () => resolve(answer));
    socket.on("error", reject);
  });
}

test("says which version it is, on JSON and on a page that runs nothing from elsewhere", async () => {
  const { app } = start({ APP_ENVIRONMENT: "prod", POD_NAME: `<b>"pod"` });
  expect((await app.inject("/version")).json()).toMatchObject({ version: "1.2.3", environment: "prod" });
  const page = await app.inject("/html");
  expect(page.body).toContain("1.2.3");
  expect(page.body).not.toContain("<b>");
  expect(page.headers["content-security-policy"]).toContain("default-src 'none'");
});

describe("its role in a rollout, as the pod's label has it", () => {
  const roles = { stable: "stable", active: "stable", canary: "new", preview: "new", "": "", other: "" };
  for (const [label, role] of Object.entries(roles)) {
    test(`"${label}" is "${role}" to whoever asks, and to who meets a failure`, async () => {
      const podInfo = new PodInfo(label);
      onTestFinished(() => podInfo.remove());
      const { app } = start({ POD_INFO: podInfo.folder });
      const status = (await app.inject("/status")).json();
      expect(status).toMatchObject({ version: "1.2.3", role });
      expect(status).not.toHaveProperty("strategy");
      await service.app.close();
      await service.metrics.close();
      start({ POD_INFO: podInfo.folder, FAULT_ERROR_RATE: "1" });
      const failure = await service.app.inject("/status");
      expect(failure.statusCode).toBe(500);
      expect(failure.json()).toMatchObject({ version: "1.2.3", role });
    });
  }

  test("changes while it runs, and its metrics do not", async () => {
    const podInfo = new PodInfo("canary");
    onTestFinished(() => podInfo.remove());
    const { app } = start({ POD_INFO: podInfo.folder });
    const role = async () => (await app.inject("/status")).json().role;
    expect(await role()).toBe("new");
    expect((await app.inject("/html")).body).toContain("1.2.3 (new)");
    const before = (await series()).filter((line) => line.startsWith("app_info"));
    podInfo.setRole("stable");
    await expect.poll(role, { timeout: 5000 }).toBe("stable");
    expect((await app.inject("/html")).body).not.toContain("1.2.3 (new)");
    podInfo.setRole("");
    await expect.poll(role, { timeout: 5000 }).toBe("");
    expect((await series()).filter((line) => line.startsWith("app_info"))).toEqual(before);
    expect(before).toEqual(['app_info{version="1.2.3",environment="local"}']);
  });

  test("is none without the file", async () => {
    const { app } = start({ POD_INFO: "/nowhere" });
    expect((await app.inject("/status")).json()).toMatchObject({ role: "" });
    expect((await app.inject("/html")).body).toContain('<dd id="role">unknown</dd>');
  });
});

test("counts and times each response by route, and orders by product", async () => {
  const { app } = start();
  await app.inject("/version?a=1");
  await app.inject("/version?a=2");
  await app.inject({ method: "POST", url: "/orders", payload: { product: "tea", quantity: 2, priceEuros: 3.5 } });
  const labels = 'method="GET",route="/version",status_code="200"';
  expect(await sample(`http_requests_total{${labels}}`)).toBe(2);
  expect(await sample(`http_request_duration_seconds_bucket{le="+Inf",${labels}}`)).toBe(2);
  expect(await sample(`http_request_duration_seconds_count{${labels}}`)).toBe(2);
  expect(await sample('orders_total{product="tea"}')).toBe(1);
  expect(await sample("order_value_euros_sum")).toBe(7);
  expect(await sample("http_requests_in_flight")).toBe(0);
  expect(await sample('app_info{version="1.2.3",environment="local"}')).toBe(1);
});

test("passes on a valid traceparent with a span of its own, and ignores any other", async () => {
  const { app } = start();
  const trace = "0af7651916cd43dd8448eb211c80319c";
  const send = async (traceparent: string) =>
    (await app.inject({ url: "/", headers: { traceparent } })).headers.traceparent;
  expect(await send(`00-${trace}-b7ad6b7169203331-01`)).toMatch(
    new RegExp(`^00-${trace}-(?!b7ad6b7169203331)[0-9a-f]{16}-01$`),
  );
  for (const invalid of ["", "x", `ff-${trace}-b7ad6b7169203331-01`, `00-${"0".repeat(32)}-b7ad6b7169203331-01`]) {
    expect(await send(invalid)).toBeUndefined();
  }
});

describe("bad input gets a 4xx with a problem, and no series of its own", () => {
  const requests = {
    "a number that is none": { url: "/slow?ms=abc", status: 400 },
    "a negative number": { url: "/slow?ms=-1", status: 400 },
    "a huge number": { url: "/slow?ms=1e99", status: 400 },
    "an unknown route": { url: `/${Math.random()}`, status: 404 },
    "an unknown method": { url: "/version", method: "PROPFIND" as const, status: 404 },
    "a malformed body": { url: "/orders", method: "POST" as const, payload: "{", status: 400 },
    "a body of another type": { url: "/orders", method: "POST" as const, payload: { product: "gold" }, status: 400 },
    "an oversized body": {
      url: "/orders",
      method: "POST" as const,
      payload: { product: "x".repeat(20_000) },
      status: 413,
    },
  };
  for (const [title, { status, ...request }] of Object.entries(requests)) {
    test(title, async () => {
      const { app } = start();
      const headers = { "content-type": "application/json" };
      const response = await app.inject({ ...request, headers });
      expect(response.statusCode).toBe(status);
      expect(response.headers["content-type"]).toContain("application/problem+json");
      expect(response.json()).toMatchObject({ status });
      const before = await series();
      await app.inject({ ...request, headers, url: request.url.startsWith("/0.") ? `/${Math.random()}` : request.url });
      expect(await series()).toEqual(before);
    });
  }

  test("two unknown methods are one series", async () => {
    const { app } = start();
    await app.inject({ method: "PROPFIND" as "GET", url: "/version" });
    const before = await series();
    await app.inject({ method: "MKCOL" as "GET", url: "/version" });
    expect(await series()).toEqual(before);
    expect(new Set(before).size).toBe(before.length);
  });

  const broken = {
    "a path that cannot be decoded": ["GET /%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 400],
    "no host": ["GET / HTTP/1.1\r\nConnection: close\r\n\r\n", 400],
    "an unknown expectation": ["GET / HTTP/1.1\r\nHost: x\r\nExpect: more\r\nConnection: close\r\n\r\n", 417],
    "a request for a tunnel": ["CONNECT elsewhere:443 HTTP/1.1\r\nHost: x\r\n\r\n", 405],
    "two lengths": ["POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}", 400],
  } as const;
  for (const [title, [bytes, status]] of Object.entries(broken)) {
    test(title, async () => {
      start();
      const answer = await sendRaw(bytes);
      expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [^]*application/problem\\+json[^]*"status":${status}`));
      const before = await series();
      await sendRaw(bytes);
      expect(await series()).toEqual(before);
    });
  }

  test("10,000 bytes of headers", async () => {
    start();
    const answer = await sendRaw(`GET / HTTP/1.1\r\nHost: x\r\nX: ${"a".repeat(10_000)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 431 [\s\S]*application\/problem\+json[\s\S]*"status":431/);
  });

  test("bytes that are not HTTP", async () => {
    start();
    expect(await sendRaw("\0\x01nonsense\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 [\s\S]*"status":400/);
  });

  test("a client that never finishes its headers", async () => {
    start();
    expect(await sendRaw("GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")).toMatch(/^HTTP\/1\.1 408 [\s\S]*"status":408/);
  }, 15_000);
});

test("faults fail requests and readiness, and leave the probes of a faulty version alone", async () => {
  const { app } = start({ FAULT_ERROR_RATE: "1", FAULT_NOT_READY: "true" });
  expect((await app.inject("/version")).statusCode).toBe(500);
  expect((await app.inject("/health/live")).statusCode).toBe(200);
  expect((await app.inject("/health/ready")).statusCode).toBe(503);
});

test("every route but the probes takes as much longer as asked", async () => {
  const { app } = start({ FAULT_LATENCY_MS: "150" });
  const time = async (url: string) => {
    const began = performance.now();
    await app.inject(url);
    return performance.now() - began;
  };
  await time("/health/live");
  expect(await time("/health/live")).toBeLessThan(140);
  expect(await time("/version")).toBeGreaterThan(140);
});

test("draining makes it unready and each response the last of its connection, and still answers", async () => {
  const { app, drain } = start();
  expect((await app.inject("/health/ready")).statusCode).toBe(200);
  drain();
  expect((await app.inject("/health/ready")).statusCode).toBe(503);
  const response = await app.inject("/version");
  expect(response.statusCode).toBe(200);
  expect(response.headers.connection).toBe("close");
  expect(await sample("app_ready")).toBe(0);
});

test("an environment that is not valid is refused with every variable that is wrong", () => {
  start();
  const read = () => readConfig({ PORT: "abc", FAULT_ERROR_RATE: "2", FAULT_ERRORRATE: "1", LOG_LEVEL: "loud" });
  expect(read).toThrow(ConfigError);
  expect(read).toThrow(/PORT must be integer, got "abc"/);
  expect(read).toThrow(/FAULT_ERROR_RATE must be <= 1, got "2"/);
  expect(read).toThrow(/FAULT_ERRORRATE is not a variable of this service/);
  expect(() => readConfig({ PORT: "9090" })).toThrow(/METRICS_PORT must differ from PORT, got "9090" for both/);
  expect(read).toThrow(/LOG_LEVEL must be one of debug, info, warn, error, silent, got "loud"/);
});
