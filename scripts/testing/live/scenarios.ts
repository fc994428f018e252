import type { RunningService } from "../../../service/test/running-service.ts";

/** Processes of the service: what is wrong with each, and how many requests it gets in ten seconds. */
export const processes = {
  stable: { faults: {}, requests: 100 },
  healthy: { faults: {}, requests: 100 },
  faulty: { faults: { FAULT_ERROR_RATE: "0.5" }, requests: 100 },
  slow: { faults: { FAULT_LATENCY_MS: "700" }, requests: 100 },
  broken: { faults: { FAULT_ERROR_RATE: "1" }, requests: 100 },
  brokenToo: { faults: { FAULT_ERROR_RATE: "1" }, requests: 100 },
  restarting: { faults: { FAULT_CRASH_AFTER_REQUESTS: "20" }, requests: 100 },
  idle: { faults: {}, requests: 0 },
  quiet: { faults: {}, requests: 5 },
  quietAndBroken: { faults: { FAULT_ERROR_RATE: "1" }, requests: 1 },
} satisfies Record<string, { faults: Record<string, string>; requests: number }>;

export type ProcessName = keyof typeof processes;

/** A rollout: the version that serves and the new one, each with its pods. */
export interface Scenario {
  /** The app, `shop` unless it is another one. */
  app?: string;
  namespace: string;
  stable: ProcessName[];
  /** `gone`: nothing listens there. */
  latest: (ProcessName | "gone")[];
}

/** Apps whose rules are evaluated, and that the dashboards are asked about; each in a namespace of its name. */
export const apps = ["shop", "till"] as const;

/** One process can be part of more than one rollout. */
export const scenarios = {
  "faulty latest": { namespace: "shop", stable: ["stable"], latest: ["faulty"] },
  "another app's": { app: "till", namespace: "till", stable: ["stable"], latest: ["faulty"] },
  "slow latest": { namespace: "slow", stable: ["stable"], latest: ["slow"] },
  "healthy latest": { namespace: "healthy", stable: ["stable"], latest: ["healthy"] },
  "latest that crashes": { namespace: "crashes", stable: ["stable"], latest: ["gone", "healthy"] },
  "latest that restarts": { namespace: "restarts", stable: ["stable"], latest: ["restarting"] },
  "bad day for both": { namespace: "bad-day", stable: ["broken"], latest: ["brokenToo"] },
  "no traffic": { namespace: "no-traffic", stable: ["stable"], latest: ["idle"] },
  "one error among few": { namespace: "few", stable: ["stable"], latest: ["quiet", "quietAndBroken"] },
} satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof scenarios;

/** Asks a process until it is told to stop, at a steady rate; never more than some requests at once. */
export function sendTraffic(service: RunningService, perTenSeconds: number): () => void {
  if (perTenSeconds === 0) return () => undefined;
  let sent = 0;
  let open = 0;
  const timer = setInterval(() => {
    if (open >= 20) return;
    open++;
    send(service.url, sent++)
      .catch(() => undefined)
      .finally(() => {
        open--;
      });
  }, 10_000 / perTenSeconds);
  return () => clearInterval(timer);
}

/** Every route in turn, orders and bad requests among them. */
async function send(url: string, number: number): Promise<void> {
  const headers = { "content-type": "application/json" };
  const order = (product: string) => ({
    method: "POST",
    headers,
    body: JSON.stringify({ product, quantity: 1 + (number % 7), priceEuros: 3.5 }),
  });
  const requests: [string, RequestInit?][] = [
    ["/version"],
    ["/slow?ms=30"],
    ["/orders", order("tea")],
    ["/no-such-page"],
    ["/orders", order("coffee")],
    ["/orders", order("poison")],
    ["/version"],
  ];
  const [path, init] = requests[number % requests.length] as [string, RequestInit?];
  await (await fetch(url + path, init)).arrayBuffer();
}
