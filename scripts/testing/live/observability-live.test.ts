import { afterAll, describe, expect, type TestContext, test } from "vitest";
import { ordersContract } from "../../../service/src/metrics-contract.ts";
import { type RunningService, startService } from "../../../service/test/running-service.ts";
import type { RuleGroup } from "../../../values-src/charts/http-service.ts";
import { platformAlerts } from "../../../values-src/observability/alerts.ts";
import { analysis } from "../../../values-src/observability/analysis.ts";
import { dashboards } from "../../../values-src/observability/dashboards/dashboards.ts";
import { ownMetricsDashboard } from "../../../values-src/observability/dashboards/own-metrics.ts";
import type { Slo } from "../../../values-src/slo.ts";
import { app, appFacts, environment, appValues as valuesOf } from "../../../values-src/testing/facts.ts";
import { requireTool } from "../require.ts";
import { writePast } from "./past.ts";
import { addressOf, startPlatformStub } from "./platform-stub.ts";
import { Prometheus, waitUntil } from "./prometheus.ts";
import {
  apps,
  type ProcessName,
  processes,
  type Scenario,
  type ScenarioName,
  scenarios,
  sendTraffic,
} from "./scenarios.ts";
import { scrapeConfig } from "./targets.ts";
import { measure, queryOf, type Verdict } from "./verdict.ts";

const env = environment();
const { slo } = appFacts();
const appValues = valuesOf(env);
/** The rules of every app, under names that are each app's: here they are in one file. */
const appRules = apps.flatMap((app) => {
  const groups = valuesOf(env, {}, app).rules ?? [];
  return groups.map((group) => ({ ...group, name: `${app} ${group.name}` }));
});
const scenarioNames = Object.keys(scenarios) as ScenarioName[];
const closing: (() => unknown)[] = [];
let started: Promise<Prometheus> | undefined;

afterAll(async () => {
  for (const close of closing.toReversed()) await close();
});

test("Prometheus evaluates every rule", { timeout: 90_000 }, async (context) => {
  const prometheus = await live(context);
  interface Rules {
    groups: { rules: { name: string; health: string; lastError?: string }[] }[];
  }
  let rules: Rules["groups"][number]["rules"] = [];
  await waitUntil("every rule was evaluated", async () => {
    rules = (await prometheus.get<Rules>("rules")).groups.flatMap((group) => group.rules);
    return rules.every(({ health }) => health !== "unknown");
  });
  console.log(`${rules.length} rules evaluated`);
  expect(rules.filter(({ health }) => health !== "ok")).toEqual([]);
});

test.for([
  { category: "recording rules", queries: recordedSeries() },
  { category: "dashboard queries", queries: dashboardQueries() },
  { category: "analysis queries", queries: analysisQueries() },
])("all $category return data", { timeout: 120_000 }, async ({ category, queries }, context) => {
  const prometheus = await live(context);
  const waiting = new Set(queries);
  const all = waiting.size;
  // A query about what is new has an answer only for a while: each is asked until it has had one.
  await waitUntil(
    `data for all ${category}`,
    async () => {
      for (const query of waiting) {
        const samples = await prometheus.query(query);
        if (samples.some(({ value: [, value] }) => value !== "NaN")) waiting.delete(query);
      }
      return waiting.size === 0;
    },
    90,
  ).catch(() => undefined);
  console.log(`${all - waiting.size} of ${all} ${category} return data`);
  expect([...waiting]).toEqual([]);
  expect(all).toBeGreaterThan(0);
});

describe("an analysis", () => {
  const good = { errors: "Successful", "slow-requests": "Successful", crashes: "Successful", traffic: "Successful" };
  const expected: Record<ScenarioName, Record<string, Verdict>> = {
    "faulty latest": { ...good, errors: "Failed" },
    "another app's": { ...good, errors: "Failed" },
    "slow latest": { ...good, "slow-requests": "Failed" },
    "healthy latest": good,
    "latest that crashes": { ...good, crashes: "Failed" },
    "latest that restarts": { ...good, crashes: "Failed" },
    "bad day for both": good,
    "no traffic": { ...good, traffic: "Inconclusive" },
    "one error among few": { ...good, traffic: "Inconclusive" },
  } as Record<ScenarioName, Record<string, Verdict>>;

  test.for(scenarioNames)("%s", { timeout: 120_000 }, async (name, context) => {
    const prometheus = await live(context);
    await settled(prometheus);
    const { verdicts, results } = await judge(prometheus, name, slo);
    console.log(`${name}: ${results}`);
    expect(verdicts).toEqual(expected[name]);
  });

  test.for([
    ["fail", "Failed"],
    ["inconclusive", "Inconclusive"],
    ["pass", undefined],
  ] as const)("without traffic, where no data means %s", { timeout: 120_000 }, async ([onNoData, verdict], context) => {
    const prometheus = await live(context);
    await settled(prometheus);
    const { verdicts, results } = await judge(prometheus, "no traffic", { ...slo, onNoData });
    console.log(`no data means ${onNoData}: ${results}`);
    const { traffic, ...others } = verdicts;
    expect(traffic).toBe(verdict);
    expect(new Set(Object.values(others))).toEqual(new Set(["Successful"]));
  });
});

/** Starts everything on first use: a hook cannot skip a test when a tool is missing. */
function live(context: TestContext): Promise<Prometheus> {
  const prometheus = requireTool(context, "prometheus");
  const promtool = requireTool(context, "promtool");
  started ??= start(prometheus, promtool);
  return started;
}

async function start(binary: string, promtool: string): Promise<Prometheus> {
  const names = Object.keys(processes) as ProcessName[];
  const services = await Promise.all(names.map(startProcess));
  const stub = await startPlatformStub();
  closing.push(() => stub.close());
  const byName = Object.fromEntries(names.map((name, index) => [name, services[index]])) as Record<
    ProcessName,
    RunningService
  >;
  const groups: RuleGroup[] = [...appRules, ...platformAlerts(env)];
  const prometheus = await Prometheus.start(binary, {
    config: scrapeConfig(byName, addressOf(stub), appValues),
    // The real rules, evaluated every second so that the test does not wait minutes for the error budget.
    groups: groups.map((group) => ({ ...group, interval: "1s" })),
    prepare: (dataFolder) => writePast(promtool, dataFolder),
  });
  closing.push(() => prometheus.stop());
  return prometheus;
}

async function startProcess(name: ProcessName): Promise<RunningService> {
  const { faults, requests } = processes[name];
  const env = { ...faults, LOG_LEVEL: "info", APP_VERSION: name, SHUTDOWN_DELAY_MS: "0" };
  const service = await startService(env);
  const ports = { PORT: new URL(service.url).port, METRICS_PORT: new URL(service.metricsUrl).port };
  const stop = sendTraffic(service, requests);
  let current = service;
  let closed = false;
  // One that crashes comes back, as from a kubelet.
  const watched = (async () => {
    for (await current.ended; !closed; await current.ended) {
      current = await startService({ ...env, ...ports });
      if (closed) current.process.kill();
    }
  })();
  closing.push(async () => {
    closed = true;
    stop();
    current.process.kill();
    await watched;
  });
  return service;
}

/** Every version was scraped, and had its traffic, for longer than an analysis looks back. */
async function settled(prometheus: Prometheus): Promise<void> {
  await waitUntil("25 s of scrapes", async () => {
    const scrapes = await prometheus.query('min(count_over_time(up{job="shop"}[30s]))');
    const requests = await prometheus.query('min(increase(http_requests_total{pod="latest-0",route="/version"}[20s]))');
    return Number(scrapes[0]?.value[1]) >= 25 && requests.length > 0;
  });
}

async function judge(prometheus: Prometheus, name: ScenarioName, promised: Slo) {
  const scenario: Scenario = scenarios[name];
  const { metrics } = analysis(
    { ...app(env), slo: promised },
    { namespace: scenario.namespace, job: scenario.app ?? "shop" },
  );
  const measured = await Promise.all(metrics.map((metric) => measure(prometheus, metric)));
  const named = measured.map(([verdict, result], index) => ({ name: metrics[index]?.name ?? "", verdict, result }));
  return {
    verdicts: Object.fromEntries(named.map((one) => [one.name, one.verdict])),
    results: named
      .map((one) => `${one.name} ${one.verdict} [${one.result.map((value) => Number(value.toFixed(3)))}]`)
      .join(", "),
  };
}

function recordedSeries(): string[] {
  const rules = appRules.flatMap((group) => group.rules).filter(({ record }) => record);
  return rules.map(({ record, labels = {} }) => {
    return `${record}{${Object.entries(labels).map(([name, value]) => `${name}="${value}"`)}}`;
  });
}

/**
 * Of panels, their annotations included; variables as Grafana fills them in. What is asked only of an app without a Rollout
 * is asked of one whose Rollout nobody reports.
 */
function dashboardQueries(): string[] {
  return apps.flatMap((name) => {
    const boards = { ...dashboards(), ...ownMetricsDashboard(name, ordersContract) };
    const queries = Object.values(boards).flatMap((board) => expressionsIn(JSON.parse(board)));
    return [...new Set(queries)].map((query) => filledFor(name, query));
  });
}

function filledFor(app: string, query: string): string {
  const ofDeployment = query.includes("unless on () rollout_info");
  const filled = {
    namespace: ofDeployment ? scenarios["healthy latest"].namespace : app,
    app: ofDeployment ? "shop" : app,
    __rate_interval: "20s",
    __interval: "15s",
    __range: "5m",
  };
  return query.replace(/\$(\w+)/g, (_, name) => {
    const value = filled[name as keyof typeof filled];
    if (!value) throw new Error(`what is $${name} in ${query}?`);
    return value;
  });
}

function expressionsIn(node: unknown): string[] {
  if (typeof node !== "object" || node === null) return [];
  const own = "expr" in node && typeof node.expr === "string" ? [node.expr] : [];
  return [...own, ...Object.values(node).flatMap(expressionsIn)];
}

/** Those of the first scenario, where nothing is missing. */
function analysisQueries(): string[] {
  return (appValues.analysis?.metrics ?? []).map(queryOf);
}
