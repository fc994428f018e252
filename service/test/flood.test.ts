import { once } from "node:events";
import { readFileSync } from "node:fs";
import { get } from "node:http";
import { expect, test } from "vitest";
import type { Flood } from "./flooder.ts";
import { type RunningService, startFlood, startService } from "./running-service.ts";

/** The smallest memory limit of an app's pod: values-src/sizes.ts. */
const podMemoryMiB = 192;

const slow = "GET /slow?ms=10000 HTTP/1.1\r\nHost: x\r\n\r\n";
const unfinished = `POST /orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 16000\r\n\r\n${" ".repeat(15_000)}`;
const floods = {
  "500 connections x 20 pipelined requests": { connections: 500, bytes: slow.repeat(20) },
  "500 connections x 1,500 pipelined requests": { connections: 500, bytes: slow.repeat(1500) },
  "8,000 connections x 1 request": { connections: 8000, bytes: slow },
  "1,500 connections x 1 request that never ends": { connections: 1500, bytes: unfinished },
};

/** Milliseconds until a request on a connection of its own is answered with 200. Throws where it is not, or not in 10 s. */
function time(url: string): Promise<number> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false, timeout: 10_000 }, (response) => {
      response.resume().on("end", () => {
        if (response.statusCode === 200) resolve(performance.now() - began);
        else reject(new Error(`${url} answered ${response.statusCode}`));
      });
    });
    request.on("timeout", () => request.destroy(new Error("no answer within 10 s")));
    request.on("error", (error) => reject(new Error(`${url} failed: ${error.message}`)));
  });
}

/** Peak of the resident memory in MiB. */
function peakMemory({ process: { pid } }: RunningService): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
}

/** Connections that this process may open: `ulimit -n`, with some left for the rest. */
function mayOpen(): number {
  const limits = process.platform === "linux" ? readFileSync("/proc/self/limits", "utf8") : "";
  return Number(/^Max open files\s+\d+\s+(\d+)/m.exec(limits)?.[1] ?? 1024) - 200;
}

for (const [title, { bytes, connections: wanted }] of Object.entries(floods)) {
  test(`${title}: it lives in its memory, and others are answered`, async (context) => {
    if (process.platform !== "linux") return context.skip("the memory of a process is read from /proc");
    const connections = Math.min(wanted, mayOpen());
    if (connections < wanted) console.log(`only ${connections} of ${wanted} connections: see ulimit -n`);
    const service = await startService({ LOG_LEVEL: "info" });
    const flood: Flood = { port: Number(new URL(service.url).port), connections, bytes };
    const flooder = startFlood(flood);
    try {
      let isSent = false;
      const sent = once(flooder, "message").then(() => {
        isSent = true;
      });
      const times: number[] = [];
      for (let after = 0; after < 10; after += isSent ? 1 : 0) {
        const urls = ["/health/live", "/health/ready", "/version"].map((path) => service.url + path);
        times.push(...(await Promise.all([...urls, service.metricsUrl].map(time))));
      }
      await sent;
      const slowest = Math.max(...times);
      console.log(`${times.length} requests, slowest ${slowest.toFixed(0)} ms, ${peakMemory(service).toFixed(0)} MiB`);
      expect(peakMemory(service)).toBeLessThan(podMemoryMiB);
      flooder.kill("SIGKILL");
      const inFlight = async () =>
        /^http_requests_in_flight (.*)$/m.exec(await (await fetch(service.metricsUrl)).text());
      await expect.poll(async () => (await inFlight())?.[1], { timeout: 5000 }).toBe("0");
      service.process.kill("SIGTERM");
      expect(await service.ended).toBe(0);
    } finally {
      flooder.kill("SIGKILL");
      service.process.kill("SIGKILL");
    }
  }, 30_000);
}
