import { Agent, request } from "node:http";

/** Where requests go: the ingress controller's address, and the host that it knows the app by. */
export interface Target {
  address: string;
  port: number;
  host: string;
}

/** Results of one second of load, by version; `(none)` where no version answered. */
export interface Second {
  /** Seconds since the load began. */
  at: number;
  versions: Record<string, { requests: number; failed: number; slowestMs: number }>;
  /** Why requests failed -> how many: "HTTP 503", "ECONNRESET", "no answer within 10 s". */
  failures: Record<string, number>;
}

export interface Load {
  /** Ends the load; gives every second once all that was sent is answered. */
  stop(): Promise<Second[]>;
  seconds(): Second[];
}

/** How often a second requests are sent off. */
const ticks = 20;

/** Versions that are counted apart in a second; more than a rollout ever has. */
const mostVersions = 10;

/** Characters of an answer that are read; the version is in the first ones of the app's. */
const mostCharacters = 16_384;

/**
 * Sends requests to `/version` at a steady rate, whether they are answered or not: a slow service gets no fewer, as from
 * real users. Failed is every status of 500 and above, and every request without an answer within 10 s.
 */
export function startLoad(target: Target, requestsPerSecond: number): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: 200 });
  const seconds = new Map<number, Second>();
  const underWay = new Set<Promise<void>>();
  const start = performance.now();
  let owed = 0;
  const timer = setInterval(() => {
    owed += requestsPerSecond / ticks;
    for (; owed >= 1; owed--) {
      const sent = send();
      underWay.add(sent);
      sent.then(() => underWay.delete(sent));
    }
  }, 1000 / ticks);

  async function send(): Promise<void> {
    const sentAt = performance.now();
    const { version, failure } = await ask(target, agent);
    const at = Math.floor((sentAt - start) / 1000);
    // Without a prototype: a server may call its version `__proto__`.
    const second: Second = seconds.get(at) ?? { at, versions: Object.create(null), failures: {} };
    seconds.set(at, second);
    const known = version in second.versions || Object.keys(second.versions).length < mostVersions;
    const name = known ? version : "(others)";
    second.versions[name] ??= { requests: 0, failed: 0, slowestMs: 0 };
    const seen = second.versions[name];
    seen.requests++;
    if (failure) {
      seen.failed++;
      second.failures[failure] = (second.failures[failure] ?? 0) + 1;
    }
    seen.slowestMs = Math.max(seen.slowestMs, Math.round(performance.now() - sentAt));
  }

  const inOrder = () => [...seconds.values()].sort((one, other) => one.at - other.at);
  return {
    seconds: inOrder,
    async stop() {
      clearInterval(timer);
      await Promise.all(underWay);
      agent.destroy();
      return inOrder();
    },
  };
}

function ask({ address, port, host }: Target, agent: Agent): Promise<{ version: string; failure?: string }> {
  return new Promise((resolve) => {
    const options = { host: address, port, path: "/version", headers: { host }, agent, timeout: 10_000 };
    const sent = request(options, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => {
        if (body.length < mostCharacters) body += text;
      });
      response.on("end", () => {
        const { statusCode = 500 } = response;
        resolve({ version: versionIn(body), ...(statusCode >= 500 && { failure: `HTTP ${statusCode}` }) });
      });
      response.on("error", fail);
    });
    const fail = ({ code, message }: NodeJS.ErrnoException) => resolve({ version: "(none)", failure: code ?? message });
    sent.on("timeout", () => sent.destroy(new Error("no answer within 10 s")));
    sent.on("error", fail);
    sent.end();
  });
}

/** An error answer of the app names its version too; one of a proxy does not, and what is no version is none. */
function versionIn(body: string): string {
  try {
    const { version } = JSON.parse(body) as { version?: unknown };
    return typeof version === "string" && /^[\w.+-]{1,128}$/.test(version) ? version : "(none)";
  } catch {
    return "(none)";
  }
}

/** Sums over several seconds. */
export function total(seconds: Second[], version?: string): { requests: number; failed: number } {
  const seen = seconds.flatMap(({ versions }) =>
    Object.entries(versions)
      .filter(([name]) => version === undefined || name === version)
      .map(([, counts]) => counts),
  );
  const sum = (of: "requests" | "failed") => seen.reduce((before, counts) => before + counts[of], 0);
  return { requests: sum("requests"), failed: sum("failed") };
}

/** "HTTP 503: 12 from second 31 to 36, ECONNRESET: 1 at second 40"; empty where none failed. */
export function explainFailures(seconds: Second[]): string {
  const causes = new Map<string, { count: number; from: number; to: number }>();
  for (const { at, failures } of seconds) {
    for (const [cause, count] of Object.entries(failures)) {
      const known = causes.get(cause) ?? { count: 0, from: at, to: at };
      causes.set(cause, { count: known.count + count, from: Math.min(known.from, at), to: Math.max(known.to, at) });
    }
  }
  return [...causes]
    .map(([cause, { count, from, to }]) => {
      const when = from === to ? `at second ${from + 1}` : `from second ${from + 1} to ${to + 1}`;
      return `${cause}: ${count} ${when}`;
    })
    .join(", ");
}

/** A share as people write it. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** The highest share of failed requests in any stretch of so many seconds. */
export function worstWindow(seconds: Second[], length: number): number {
  const shares = seconds.slice(0, Math.max(1, seconds.length - length + 1)).map((_, first) => {
    const { requests, failed } = total(seconds.slice(first, first + length));
    return requests === 0 ? 0 : failed / requests;
  });
  return Math.max(0, ...shares);
}
