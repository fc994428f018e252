import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { findFreePort } from "../../../service/test/running-service.ts";
import { type Running, start } from "../processes.ts";

/** A sample of an instant query. */
export interface Sample {
  metric: Record<string, string>;
  value: [time: number, value: string];
}

/** What the real binary starts with. JSON is YAML too. */
export interface Setup {
  config: object;
  groups: object[];
  /** Puts what is older than this run into the folder of its data. */
  prepare(dataFolder: string): void;
}

/** A Prometheus of its own, with its data in a folder that goes with it. */
export class Prometheus {
  readonly #process: Running;
  readonly #url: string;
  readonly #folder: string;

  private constructor(process: Running, url: string, folder: string) {
    this.#process = process;
    this.#url = url;
    this.#folder = folder;
  }

  /** Starts it and waits until it is ready. */
  static async start(binary: string, { config, groups, prepare }: Setup): Promise<Prometheus> {
    const folder = mkdtempSync(path.join(tmpdir(), "prometheus-"));
    const data = path.join(folder, "data");
    prepare(data);
    writeFileSync(path.join(folder, "rules.yaml"), JSON.stringify({ groups }));
    writeFileSync(path.join(folder, "prometheus.yaml"), JSON.stringify({ ...config, rule_files: ["rules.yaml"] }));
    const options = { "config.file": "prometheus.yaml", "storage.tsdb.path": data };
    const { process, url } = await startServer(binary, options, { cwd: folder });
    return new Prometheus(process, url, folder);
  }

  /** The samples of an instant query, now. */
  async query(query: string): Promise<Sample[]> {
    const { result, resultType } = await this.get<{ resultType: string; result: Sample[] }>("query", { query });
    if (resultType !== "vector") throw new Error(`${resultType} instead of a vector: ${query}`);
    return result;
  }

  /** What the HTTP API answers. */
  async get<Data>(endpoint: string, parameters: Record<string, string> = {}): Promise<Data> {
    const body = new URLSearchParams(parameters);
    const answer = await fetch(`${this.#url}/api/v1/${endpoint}${body.size > 0 ? `?${body}` : ""}`);
    const { status, data, error } = (await answer.json()) as { status: string; data: Data; error?: string };
    if (status !== "success") throw new Error(`${error}: ${endpoint} ${body}`);
    return data;
  }

  async stop(): Promise<void> {
    this.#process.kill();
    await this.#process.ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/**
 * Starts a Prometheus or an Alertmanager on a free port of this machine, and waits until it is ready. Another test may take
 * the port before it does: then it is started on another one. Throws with what it says on stderr when it ends.
 */
export async function startServer(
  binary: string,
  options: Record<string, string>,
  where: { cwd?: string } = {},
): Promise<{ process: Running; url: string }> {
  for (let attempt = 1; ; attempt++) {
    const address = `127.0.0.1:${await findFreePort()}`;
    const all = { ...options, "web.listen-address": address };
    const args = Object.entries(all).map(([name, value]) => `--${name}=${value}`);
    const process = start(binary, args, where);
    const url = `http://${address}`;
    await waitUntil("the server is ready, or has ended", async () => process.hasEnded() || isReady(url));
    if (!process.hasEnded()) return { process, url };
    const said = process.stderr();
    if (attempt === 3 || !said.includes("address already in use")) throw new Error(`${binary} ended:\n${said}`);
  }
}

/** Whether it takes requests; a connection that nobody answers is given up. */
async function isReady(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/-/ready`, { signal: AbortSignal.timeout(2000) }).catch(() => undefined);
  return answer?.ok === true;
}

/** Asks until the answer is yes; throws with what was waited for when it takes too long. */
export async function waitUntil(what: string, isSo: () => Promise<boolean>, seconds = 60): Promise<void> {
  const deadline = performance.now() + 1000 * seconds;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`not within ${seconds} s: ${what}`);
    await pause(250);
  }
}
