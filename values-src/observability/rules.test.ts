import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, type TestContext, test } from "vitest";
import { generate } from "../../scripts/engine/generate.ts";
import { ask } from "../../scripts/outside/run.ts";
import { requireTool } from "../../scripts/testing/require.ts";
import type { App } from "../app.ts";
import type { RuleGroup, Values } from "../charts/http-service.ts";
import { platform } from "../platform.ts";
import { values } from "../releases/http-service.ts";
import { platformAlerts } from "./alerts.ts";
import { type AlertCase, tested } from "./cases/alert-case.ts";
import { appDownCases } from "./cases/app-down-cases.ts";
import { burnFastCases } from "./cases/burn-fast-cases.ts";
import { burnSlowCases } from "./cases/burn-slow-cases.ts";
import { platformCases } from "./cases/platform-cases.ts";
import { recordingCases } from "./cases/recording-cases.ts";
import { rolloutCases } from "./cases/rollout-cases.ts";
import { recordedMetrics } from "./metrics.ts";

const alertCases = [...appDownCases, ...burnFastCases, ...burnSlowCases, ...rolloutCases, ...platformCases];
const folder = mkdtempSync(path.join(tmpdir(), "rules-"));
const root = path.resolve(import.meta.dirname, "../..");
const { releases } = await generate({ root });
const ofTemplate = releases.flatMap(({ name, env, values }) => {
  const groups = (values as Partial<Values>).rules ?? [];
  return groups.length > 0 ? [{ name: `${name} in ${env.name}`, groups }] : [];
});

afterAll(() => rmSync(folder, { recursive: true }));

test.for([
  ...ofTemplate,
  ...Object.values(tested).map((app) => ({ name: `a test, ${app.env.name}`, groups: groupsOf(app) })),
])("promtool has nothing to say against the rules of $name", ({ name, groups }, context) => {
  const file = rulesFile(name, groups);
  const { code, output } = promtool(context, "check", "rules", "--lint=all", "--lint-fatal", file);
  expect(output).toMatch(/SUCCESS: \d+ rules found\n+$/);
  expect(code).toBe(0);
});

test("every alert fires in one case and stays silent in another", () => {
  const names = new Set(
    Object.values(tested)
      .flatMap(alertsOf)
      .map(({ alert }) => alert),
  );
  const [firing, silent] = [true, false].map((fires) => {
    return new Set(alertCases.filter((one) => Boolean(one.fires) === fires).map(({ alert }) => alert));
  });
  console.log(`${names.size} alerts, ${alertCases.length} cases`);
  expect([...(firing ?? [])].sort()).toEqual([...names].sort());
  expect([...(silent ?? [])].sort()).toEqual([...names].sort());
});

describe("alerts", () => {
  test.for(alertCases.filter(({ fires }) => fires))("$alert fires: $when", expectAsTold);
  test.for(alertCases.filter(({ fires }) => !fires))("$alert is silent: $when", expectAsTold);
});

function expectAsTold({ alert, env = "fast", series, at, fires, ...times }: AlertCase, context: TestContext) {
  const expected = fires && {
    exp_labels: fires.labels,
    exp_annotations: {
      summary: fires.summary,
      description: fires.description,
      runbook_url: `${platform.runbooksUrl}#${alert.toLowerCase()}`,
    },
  };
  const alert_rule_test = [{ eval_time: at, alertname: alert, exp_alerts: expected ? [expected] : [] }];
  // A name that no rule has would be silent too.
  expect(alertsOf(tested[env]).map((rule) => rule.alert)).toContain(alert);
  runRules(context, env, { series, ...times, tests: { alert_rule_test } });
}

describe("recording rules", () => {
  test("every one is looked at", () => {
    const kind = (name: string) => name.replace(/ratio_rate(?!1m)\w+/, "ratio");
    const looked = new Set(recordingCases.flatMap(({ expected }) => Object.keys(expected).map(kind)));
    expect([...looked].sort()).toEqual([...new Set(Object.keys(recordedMetrics).map(kind))].sort());
  });

  test.for(recordingCases)("$when", ({ expected, at, ...one }, context) => {
    const promql_expr_test = Object.entries(expected).map(([name, values]) => ({
      expr: `round(sum by (${differing(name).join(", ")}) (${name}), 1e-9)`,
      eval_time: at,
      exp_samples: Object.entries(values).map(([key, value]) => ({ labels: labelsOf(name, key), value })),
    }));
    runRules(context, "fast", { ...one, tests: { promql_expr_test } });
  });
});

/** The labels in which the series of one rule differ. */
function differing(name: string): string[] {
  if (name.startsWith("version:")) return ["rollouts_pod_template_hash"];
  const all: readonly string[] = recordedMetrics[name as keyof typeof recordedMetrics];
  return all.filter((label) => label !== "namespace" && label !== "job");
}

/** Their values, which a case's key names in that order. */
function labelsOf(name: string, key: string): string {
  const values = key.split(" ");
  const labels = key ? differing(name).map((label, index) => `${label}="${values[index]}"`) : [];
  return `{${labels.join(",")}}`;
}

interface RulesTest {
  series: Record<string, string>;
  interval?: string;
  every?: string;
  tests: object;
}

/** Runs one test of promtool against the rules of an environment. */
function runRules(
  context: TestContext,
  env: keyof typeof tested,
  { series, interval = "1m", every = "30s", tests }: RulesTest,
) {
  const input_series = Object.entries(series).map(([name, values]) => ({ series: name, values }));
  const file = path.join(folder, "test.yaml");
  const groups = groupsOf(tested[env]);
  const suite = {
    rule_files: [rulesFile(env, groups)],
    evaluation_interval: every,
    // By default promtool takes the groups in any order, which decides what an alert sees of a recording rule.
    group_eval_order: groups.map(({ name }) => name),
    fuzzy_compare: true,
    tests: [{ interval, input_series, ...tests }],
  };
  writeFileSync(file, JSON.stringify(suite));
  const { output, code } = promtool(context, "test", "rules", file);
  expect(output).toMatch(/^\s*SUCCESS\n$/m);
  expect(code).toBe(0);
}

/** A file with the groups as they reach Prometheus. JSON is YAML too. */
function rulesFile(name: string, groups: RuleGroup[]): string {
  const file = path.join(folder, `${name.replaceAll(/\W/g, "-")}.yaml`);
  writeFileSync(file, JSON.stringify({ groups }, null, 1));
  return file;
}

/** The app's and the platform's. */
function groupsOf(app: App): RuleGroup[] {
  return [...(values(app).rules ?? []), ...platformAlerts(app.env)];
}

function alertsOf(app: App) {
  return groupsOf(app).flatMap(({ rules }) => rules.filter(({ alert }) => alert));
}

function promtool(context: TestContext, ...args: string[]) {
  const { code, stdout, stderr } = ask(requireTool(context, "promtool"), args);
  return { code, output: `${stderr}${stdout}` };
}
