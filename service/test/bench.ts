/**
 * What the metrics cost, and whether memory stays flat: `npm run bench -w service`, on loopback.
 *
 * The service is loaded with and without its request metrics, both at the same time on the same core, and their answers
 * for each second of processor time are compared: on a machine that others share, one after the other would measure the
 * machine (the same code was seen at 15,000 and at 28,000 requests/s, seconds apart). Two processes of the same code still
 * differ by up to a fifth, hence several pairs, and their mean.
 * BENCH_ROUNDS and BENCH_SOAK_SECONDS (0 for none) change its length. Exit code 1: less than 80 % of the requests/s,
 * resident memory or heap that grew by more than a tenth, or a request that failed.
 */
import { type ChildProcess, execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import autocannon from "autocannon";
import type { Usage } from "./bench-server.ts";
import { imageFlags } from "./running-service.ts";

/** Full load on a server for a while. */
interface Load {
  requestsPerSecond: number;
  requestsPerCpuSecond: number;
  /** Milliseconds. */
  p99: number;
  failed: number;
}

interface Server {
  process: ChildProcess;
  url: string;
}

/** Starts a server on the first core; the load is left to the others. */
async function start(variant: "with" | "without"): Promise<Server> {
  const child = fork(fileURLToPath(new URL("bench-server.ts", import.meta.url)), [variant], {
    execArgv: [...imageFlags, "--expose-gc"],
  });
  const [port] = (await once(child, "message")) as [number];
  pin(child.pid, "0");
  return { process: child, url: `http://127.0.0.1:${port}/version` };
}

function pin(pid: number | undefined, cores: string): void {
  if (process.platform === "linux") execFileSync("taskset", ["-apc", cores, String(pid)], { stdio: "ignore" });
}

async function usage(server: Server, how: "collect" | "as it is" = "as it is"): Promise<Usage> {
  server.process.send(how);
  return ((await once(server.process, "message")) as [Usage])[0];
}

async function load(server: Server, seconds: number, pipelining = 10): Promise<Load> {
  const before = await usage(server);
  const result = await autocannon({ url: server.url, connections: 50, pipelining, duration: seconds });
  const { cpuMicroseconds } = await usage(server);
  return {
    requestsPerSecond: result.requests.total / result.duration,
    requestsPerCpuSecond: (result.requests.total * 1e6) / (cpuMicroseconds - before.cpuMicroseconds),
    p99: result.latency.p99,
    failed: result.errors + result.timeouts + result.non2xx,
  };
}

/** Gives the geometric mean of the ratios of requests per second, with metrics to without, and the failed requests. */
async function compare(rounds: number): Promise<{ ratio: number; failed: number }> {
  const ratios: number[] = [];
  const seen = { with: [] as number[], without: [] as number[] };
  let failed = 0;
  for (let round = 0; round < rounds; round++) {
    // The process that is started first is the slower one, whichever it is: in turns.
    const order = round % 2 === 0 ? (["with", "without"] as const) : (["without", "with"] as const);
    const servers = [await start(order[0]), await start(order[1])];
    await Promise.all(servers.map((server) => load(server, 2))); // until the code is compiled
    const loads = (await Promise.all(servers.map((server) => load(server, 3)))) as [Load, Load];
    const [on, off] = round % 2 === 0 ? loads : (loads.toReversed() as [Load, Load]);
    for (const { process } of servers) process.kill();
    ratios.push(on.requestsPerCpuSecond / off.requestsPerCpuSecond);
    seen.with.push(on.requestsPerCpuSecond);
    seen.without.push(off.requestsPerCpuSecond);
    failed += on.failed + off.failed;
  }
  const ratio = Math.exp(ratios.reduce((sum, each) => sum + Math.log(each), 0) / rounds);
  console.log(`with metrics     ${median(seen.with).toFixed(0)} requests for a second of one core`);
  console.log(`without          ${median(seen.without).toFixed(0)}`);
  console.log(`ratio            ${percent(ratio)} (${rounds} pairs: ${ratios.map(percent).join(", ")})`);
  return { ratio, failed };
}

/** Prints latency and memory of the service alone at full speed. */
async function measureAlone(): Promise<number> {
  const server = await start("with");
  await load(server, 3);
  const { requestsPerSecond, p99, failed } = await load(server, 5, 1);
  const { rss } = await usage(server);
  server.process.kill();
  const speed = `${requestsPerSecond.toFixed(0)} requests/s on 50 connections`;
  console.log(`alone            ${speed}, p99 ${p99} ms, RSS ${rss.toFixed(0)} MiB`);
  return failed;
}

/** Full load while it is scraped every second. Gives how much memory grew, at worst, and the failed requests. */
async function soak(seconds: number): Promise<{ growth: number; failed: number }> {
  const server = await start("with");
  await load(server, 10); // until the heap has its size
  const liveBefore = (await usage(server, "collect")).heap;
  const loading = load(server, seconds);
  const rss: number[] = [];
  for (let second = 1; second < seconds; second++) {
    await sleep(1000);
    rss.push((await usage(server)).rss);
  }
  const { failed, requestsPerSecond } = await loading;
  const liveAfter = (await usage(server, "collect")).heap;
  server.process.kill();
  const part = Math.max(1, Math.floor(rss.length / 6));
  const [first, last, most] = [median(rss.slice(0, part)), median(rss.slice(-part)), Math.max(...rss)];
  const memory = `RSS ${first.toFixed(0)} MiB in the first sixth, ${last.toFixed(0)} in the last, ${most.toFixed(0)} at most`;
  console.log(`soak             ${seconds} s at ${requestsPerSecond.toFixed(0)} requests/s: ${memory}`);
  console.log(
    `                 heap after a collection ${liveBefore.toFixed(1)} MiB before, ${liveAfter.toFixed(1)} after`,
  );
  return { growth: Math.max(liveAfter / liveBefore, last / first), failed };
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

function percent(ratio: number): string {
  return `${(100 * ratio).toFixed(1)} %`;
}

pin(process.pid, "1-1023");
const { ratio, failed } = await compare(Number(process.env.BENCH_ROUNDS ?? 10));
const failedAlone = await measureAlone();
const soakSeconds = Number(process.env.BENCH_SOAK_SECONDS ?? 60);
const soaked = soakSeconds > 0 ? await soak(soakSeconds) : { growth: 1, failed: 0 };
const allFailed = failed + failedAlone + soaked.failed;
const problems = [
  ratio < 0.8 && "less than 80 % of the requests/s without metrics",
  soaked.growth > 1.1 && "memory grew by more than a tenth",
  allFailed > 0 && `${allFailed} requests failed`,
].filter((problem) => problem !== false);
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
