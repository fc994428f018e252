import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import type { Flood } from "./flooder.ts";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

/** What Node is started with in the image: sizes of its heap. */
export const imageFlags =
  readFileSync(new URL("../Dockerfile", import.meta.url), "utf8").match(/(?<=")--[^"]+size=\d+(?=")/g) ?? [];

/** The service as a process of its own. */
export interface RunningService {
  process: ChildProcess;
  url: string;
  metricsUrl: string;
  /** Exit code, or the signal that ended it. */
  ended: Promise<number | string>;
  /** What it has written so far. */
  output(): string;
}

/** Starts the service without waiting for anything. */
export async function startProcess(env: Record<string, string> = {}): Promise<RunningService> {
  const [port, metricsPort] = await Promise.all([findFreePort(), findFreePort()]);
  const ports = { HOST: "127.0.0.1", PORT: String(port), METRICS_PORT: String(metricsPort) };
  const child = spawn(process.execPath, [...imageFlags, main], {
    env: { ...ports, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      output += String(chunk);
    });
  }
  return {
    process: child,
    url: `http://127.0.0.1:${port}`,
    metricsUrl: `http://127.0.0.1:${metricsPort}/metrics`,
    ended: once(child, "close").then(([code, signal]) => code ?? signal),
    output: () => output,
  };
}

/** Starts a client without manners. Its message says that everything is sent; it ends with this process. */
export function startFlood(flood: Flood): ChildProcess {
  return fork(fileURLToPath(new URL("flooder.ts", import.meta.url)), [JSON.stringify(flood)]);
}

/** Starts the service and waits until it listens. */
export async function startService(env: Record<string, string> = {}): Promise<RunningService> {
  const service = await startProcess(env);
  while (!service.output().includes("Server listening")) {
    const { stdout } = service.process;
    const ended = await Promise.race([once(stdout as NodeJS.ReadableStream, "data").then(() => false), service.ended]);
    if (ended !== false) throw new Error(`the service ended with ${ended}:\n${service.output()}`);
  }
  return service;
}

/** A port of the loopback address that nobody listens on. Two calls at once never get the same one. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  // A moment later, so that a call beside this one still finds it taken.
  setImmediate(() => server.close());
  return port;
}
