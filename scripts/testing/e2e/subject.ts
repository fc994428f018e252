import path from "node:path";
import { type App, type AppFacts, appIn, type Departure } from "../../../values-src/app.ts";
import type { Environment, Owner } from "../../../values-src/environment.ts";
import type { Slo } from "../../../values-src/slo.ts";
import { loadDeclaredApps } from "../../engine/apps.ts";
import { environmentNames, loadEnvironment } from "../../engine/environments.ts";

const root = path.resolve(import.meta.dirname, "../../..");

/** The environment that the suite releases to the cluster. */
export const environment: Environment = await loadEnvironment(root, process.env.E2E_ENVIRONMENT ?? "ci");

/** The app of this repository in that environment: the first one with the shared chart, unless it is named. */
export const subject: App = await findSubject(process.env.E2E_APP);

async function findSubject(name: string | undefined): Promise<App> {
  const apps = (await loadDeclaredApps(root)).flatMap((declared) => declared.in(environment) ?? []);
  const found = apps.find((app) => (name ? app.name === name : app.facts.chart === undefined));
  if (!found) throw new Error(`${environment.name} has no app ${name ?? "with the chart service/chart"}: set E2E_APP`);
  return found;
}

/** What the scenarios' own apps promise, whatever the subject does. */
const slo: Slo = {
  availability: 0.99,
  latency: { percentile: 0.95, seconds: 0.5 },
  window: "28d",
  maxBurnRate: 5,
  minRequests: 50,
  onNoData: "inconclusive",
};

/** Facts of a scenario's own app: the subject's image, and nothing else that a user of the template may change. */
export function ownFacts(changes: Partial<AppFacts> = {}, promised: Partial<Slo> = {}): AppFacts {
  const { image, metrics } = subject.facts;
  return { image, team: "e2e", slo: { ...slo, ...promised }, ...(metrics && { metrics }), ...changes };
}

/** A small environment in which everything is fast, and a canary goes by way of 20 and 50 %. */
const fast: Environment = { ...environment, strategy: "canary", pace: "fast", size: "small", owner: "helmfile" };
const departure = { strategy: "canary", steps: [{ weight: 20 }, { weight: 50 }] } satisfies Departure;

/** A scenario's own app. */
export function ownApp(name: string, facts: AppFacts, tag: string): App {
  const app = appIn(fast, name, { ...facts, environments: { [fast.name]: departure } }, tag);
  if (!app) throw new Error(`${name} is not in ${fast.name}`);
  return app;
}

/**
 * The text of an app's file: a scenario's own app, in this environment alone, and a canary by way of 20 and 50 % unless said
 * otherwise.
 */
export function appFile(owner: Owner, changes: Partial<AppFacts> = {}, strategy: Departure = departure): string {
  const here: Departure = { pace: "fast", owner, ...strategy };
  const elsewhere = environmentNames(root).map((name): [string, Departure | false] => [name, false]);
  const environments = { ...Object.fromEntries(elsewhere), [environment.name]: here };
  const text = JSON.stringify(ownFacts({ ...changes, environments }), null, 2);
  return `import type { AppFacts } from "../app.ts";\n\nexport default ${text} satisfies AppFacts;\n`;
}
