import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { AppFacts } from "../../../values-src/app.ts";
import type { Values } from "../../../values-src/charts/http-service.ts";
import { values as valuesOf } from "../../../values-src/releases/http-service.ts";
import type { Slo } from "../../../values-src/slo.ts";
import { findCausesOf } from "../../operations/app/find-causes.ts";
import { findLiveApp } from "../../operations/app/find-live-app.ts";
import type { Target } from "../../operations/load.ts";
import { type Plan, planOf } from "../../operations/plan/plan-of.ts";
import { type Ended, run } from "../../outside/run.ts";
import { outputOf } from "../processes.ts";
import { environment, ownApp, ownFacts } from "./subject.ts";

/** The context that `require-context.ts` read once, for every call of every tool. */
export function context(): string {
  const { E2E_CONTEXT = "" } = process.env;
  if (E2E_CONTEXT === "") throw new Error("E2E_CONTEXT is not set: run npm run e2e");
  return E2E_CONTEXT;
}

const root = path.resolve(import.meta.dirname, "../../..");

/** The two versions that the suite releases in turn; both images must be in the cluster. */
export const tags = (process.env.E2E_TAGS ?? "0.1.0,0.2.0").split(",") as [string, string];

/** As much of a Rollout's status as is looked at. */
export interface Status {
  phase?: string;
  message?: string;
  currentStepIndex?: number;
  canary?: { weights?: { canary: { weight: number } } };
  blueGreen?: { activeSelector?: string };
  currentPodHash?: string;
  stableRS?: string;
}

/** Calls kubectl on the context that the run began with. */
export function kubectl(...args: string[]): Promise<string> {
  return outputOf("kubectl", ["--context", context(), ...args]);
}

/** Such a call, however it ends. */
export function tryKubectl(...args: string[]): Promise<Ended> {
  return run("kubectl", ["--context", context(), ...args]);
}

/** Asks Prometheus, by way of the API server. */
export async function prometheus<T>(path: string): Promise<T> {
  const service = "/api/v1/namespaces/monitoring/services/kube-prometheus-stack-prometheus:9090/proxy";
  return JSON.parse(await kubectl("get", "--raw", service + path)).data;
}

/** An app in one namespace that runs as a Rollout. */
export class RunningApp {
  readonly name: string;
  readonly namespace: string;
  readonly host: string;

  constructor({ name, namespace, host }: { name: string; namespace: string; host: string }) {
    this.name = name;
    this.namespace = namespace;
    this.host = host;
  }

  kubectl(...args: string[]): Promise<string> {
    return kubectl("--namespace", this.namespace, ...args);
  }

  async status(): Promise<Status> {
    const rollout = JSON.parse(await this.kubectl("get", "rollout", this.name, "-o", "json"));
    // Until the controller has seen a change, its status describes the spec before it.
    return Number(rollout.status?.observedGeneration ?? 0) < rollout.metadata.generation ? {} : rollout.status;
  }

  /** Waits until the Rollout is in a state; notes every step on the way. Fails with the last state when time is up. */
  async until(what: string, reached: (status: Status) => boolean, seconds: number, note?: Note): Promise<Status> {
    const start = performance.now();
    let last = "";
    for (;;) {
      const status = await this.status().catch(ignoreOutage);
      const weight = status.canary?.weights?.canary.weight;
      const now = `${status.phase}${weight === undefined ? "" : ` ${weight} %`}${status.message ? `: ${status.message}` : ""}`;
      if (now !== last) note?.(now);
      last = now;
      if (reached(status)) return status;
      const spent = (performance.now() - start) / 1000;
      if (spent > seconds) {
        const why = (await this.causes()).map((cause) => `\n  ${cause}`).join("");
        throw new Error(`${this.namespace} is not ${what} after ${seconds} s, but ${now}${why}`);
      }
      await sleep(250); // between two looks at the cluster
    }
  }

  /** Why its new version does not come up, as `npm run status` says it. */
  async causes(): Promise<string[]> {
    const live = await findLiveApp({ context: context() }, { name: this.name, namespace: this.namespace });
    return live ? await findCausesOf({ context: context() }, live) : ["it is not there"];
  }

  /** Waits until a version serves alone. */
  async healthy(seconds = 180, note?: Note): Promise<Status> {
    const served = ({ phase, currentPodHash, stableRS }: Status) => phase === "Healthy" && currentPodHash === stableRS;
    return await this.until("healthy", served, seconds, note);
  }

  /** The image tag that its Rollout asks for. */
  async tag(): Promise<string> {
    const path = "jsonpath={.spec.template.spec.containers[0].image}";
    return (await this.kubectl("get", "rollout", this.name, "-o", path)).split(":").at(-1) ?? "";
  }

  /** Its pods, without those of its tests: name -> how often their containers were restarted. */
  async pods(): Promise<Record<string, number>> {
    const own = ["--selector", `app.kubernetes.io/instance=${this.name}`];
    const { items } = JSON.parse(await this.kubectl("get", "pods", ...own, "-o", "json")) as {
      items: { metadata: { name: string }; status: { containerStatuses?: { restartCount: number }[] } }[];
    };
    const restarts = (counts: { restartCount: number }[] = []) =>
      counts.reduce((sum, one) => sum + one.restartCount, 0);
    return Object.fromEntries(items.map(({ metadata, status }) => [metadata.name, restarts(status.containerStatuses)]));
  }
}

/** A scenario may take the API server away for a while. */
function ignoreOutage(error: Error): Status {
  if (/refused|EOF|reset|timeout|TLS handshake/i.test(error.message)) return { phase: "(no answer)" };
  throw error;
}

/** How a scenario's app differs from the others. */
export interface Changes {
  slo?: Partial<Slo>;
  facts?: Partial<AppFacts>;
  values?: Partial<Values>;
}

/** The shared chart, released to a namespace of its own with facts of its own. */
export class App extends RunningApp {
  readonly #values: Values;

  constructor(scenario: string, { slo, facts, values }: Changes = {}) {
    const namespace = `e2e-${scenario}`;
    super({ name: "app", namespace, host: `${namespace}.${environment.domain}` });
    const own = ownApp(this.name, ownFacts({ namespace, host: namespace, ...facts }, slo), tags[0]);
    this.#values = { ...valuesOf(own), ...values };
  }

  /** What `npm run plan` would say of its next version. */
  plan(): Plan {
    const plan = planOf(this.#values);
    if (!plan) throw new Error("its values do not say how a version is judged");
    return plan;
  }

  /** Releases a tag, with environment variables that are its own: the next release is without them. */
  async release(tag: string, env: Record<string, string> = {}): Promise<void> {
    const values = { ...this.#values, env, image: { ...this.#values.image, tag } };
    const directory = mkdtempSync(path.join(tmpdir(), "e2e-"));
    try {
      const file = path.join(directory, "values.yaml");
      writeFileSync(file, JSON.stringify(values)); // JSON is YAML too.
      const where = ["--namespace", this.namespace, "--create-namespace", "--server-side=false"];
      const chart = [this.name, "service/chart", "-f", file, ...where];
      await outputOf("helm", ["--kube-context", context(), "upgrade", "--install", ...chart], { cwd: root });
    } finally {
      rmSync(directory, { recursive: true });
    }
  }

  /** Takes its namespace away, and waits for the end of it only if asked to. */
  async remove(options: { wait: boolean } = { wait: false }): Promise<void> {
    await kubectl("delete", "namespace", this.namespace, "--ignore-not-found", `--wait=${options.wait}`);
  }
}

/** Takes a line for a scenario's timeline. */
export type Note = (line: string) => void;

/** A timeline that prints each line with the seconds since it began. */
export function timeline(title: string): Note {
  const start = performance.now();
  console.log(title);
  return (line) => console.log(`${((performance.now() - start) / 1000).toFixed(1).padStart(7)} s  ${line}`);
}

/** Where the ingress controller takes requests. */
export async function ingress(host: string): Promise<Target> {
  const services = JSON.parse(await kubectl("get", "services", "-A", "-o", "json")).items as {
    spec: { type: string; ports: { name: string; port: number }[] };
    status: { loadBalancer?: { ingress?: { ip?: string; hostname?: string }[] } };
  }[];
  for (const { spec, status } of services) {
    const [at] = status.loadBalancer?.ingress ?? [];
    const address = at?.ip ?? at?.hostname;
    const port = spec.ports.find(({ name }) => ["web", "http"].includes(name))?.port;
    if (spec.type === "LoadBalancer" && address && port) return { address, port, host };
  }
  throw new Error("no Service of type LoadBalancer has an address: is the ingress controller up?");
}
