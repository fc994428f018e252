import { describe, expect, test } from "vitest";
import { checkPromql } from "./check.ts";

const request = ["method", "route", "status_code", "pod", "job"];
const known = {
  up: ["pod", "job"],
  app_info: ["version", "pod", "job"],
  http_requests_total: request,
  http_request_duration_seconds_bucket: [...request, "le"],
  "app:errors:rate5m": ["job"],
};

const rule = (expr: string) => ({ rules: [{ alert: "Broken", expr }] });
const messages = (values: unknown) => checkPromql(values, known).map(({ message }) => message);

/** First lines of what is said of an expression: without the excerpt. */
const said = (expr: string) => messages(rule(expr)).map((message) => message.split("\n")[0]);

describe("accepts", () => {
  for (const expr of [
    'sum by (route) (rate(http_requests_total{status_code=~"5.."}[5m])) > 0.1',
    "histogram_quantile(0.95, sum by (le, route) (rate(http_request_duration_seconds_bucket[5m])))",
    "http_requests_total * on (pod) group_left (version) app_info",
    "up / ignoring (pod) group_left app:errors:rate5m",
    'sum by (shard) (label_replace(up, "shard", "$1", "pod", ".*-(.*)"))',
    'sum by (place) (label_join(up, "place", "/", "job", "pod"))',
    'sum by (value, job) (count_values by (job) ("value", up))',
    'max_over_time(rate(http_requests_total[1m] offset 1h)[1h:1m]) or vector(0) # "quiet"',
    '{__name__=~"http_.*", job="app"}',
    '{"app_info", "version"!=""}',
    "topk(3, up) and on (pod) app_info == 1",
    "time() - 300 > bool scalar(up)",
  ]) {
    test(expr, () => expect(said(expr)).toEqual([]));
  }
});

/** Expression -> all that must be said of it. */
const wrong: Record<string, string[]> = {
  "rate(http_request_total[5m])": ['unknown metric "http_request_total" at 1:6, did you mean "http_requests_total"?'],
  '{__name__="app_inf"}': ['unknown metric "app_inf" at 1:12, did you mean "app_info"?'],
  '{__name__=~"grpc_.*"}': [
    'unknown metric "grpc_.*" at 1:13: values-src/observability/metrics.ts has those that there are',
  ],
  'up{jobb="a"}': ['metric "up" has no label "jobb" at 1:4, did you mean "job"?'],
  'up{zone!~"a"}': ['metric "up" has no label "zone" at 1:4. Labels: pod, job'],
  "sum by (rout) (http_requests_total)": ['there is no label "rout" to group by at 1:9, did you mean "route"?'],
  "sum(up) without (podd)": ['there is no label "podd" to leave out at 1:18, did you mean "pod"?'],
  "sum by (pod) (sum by (job) (up))": ['there is no label "pod" to group by at 1:9. Labels: job'],
  "histogram_quantile(0.9, sum by (route) (http_request_duration_seconds_bucket))": [
    'histogram_quantile needs the label "le", which is summed away, at 1:1: write "sum by (le, ...)"',
  ],
  "up * on(version) app_info": ['there is no label "version" on the left of "*" at 1:9. Labels: pod, job'],
  "app_info / on(version) up": ['there is no label "version" on the right of "/" at 1:15. Labels: pod, job'],
  "up * ignoring(zone) up": ['there is no label "zone" on either side of "*" at 1:15. Labels: pod, job'],
  "app_info * on(pod) group_left(version) up": [
    'there is no label "version" to bring from the right of "*" at 1:31. Labels: pod, job',
  ],
  'label_replace(up, "a", "$1", "podd", "(.*)")': ['there is no label "podd" to read at 1:30, did you mean "pod"?'],
  "rate(http_requests_total)": ["rate needs a range at 1:1: write rate(...[5m])"],
  "sum(http_requests_total[5m])": ["a range that no function takes at 1:5, such as rate"],
  "raet(up[5m])": ['unknown function "raet" at 1:1, did you mean "rate"?'],
  "ratee(up[5m])": ['unknown function "ratee" at 1:1, did you mean "rate"?'],
  "rate(up[5m)": ['syntax error: unexpected ")" at 1:11'],
  "sum(up": ["syntax error: unexpected end at 1:7"],
  'up{job="a}': ["a string that does not end at 1:8"],
  "": ["syntax error: unexpected end at 1:1"],
  "rate(up[$__rate_interval])": ['syntax error: unexpected "$__rate_interval" at 1:9'],
  "upp + up{x='1'} + app_inf": [
    'unknown metric "upp" at 1:1, did you mean "up"?',
    `metric "up" has no label "x" at 1:10. Labels: pod, job`,
    'unknown metric "app_inf" at 1:19, did you mean "app_info"?',
  ],
  "upp + upp + upp": ['unknown metric "upp" at 1:1 and 2 more places, did you mean "up"?'],
  "toString + up": ['unknown metric "toString" at 1:1: values-src/observability/metrics.ts has those that there are'],
};

describe("says of", () => {
  for (const [expr, says] of Object.entries(wrong)) test(expr || "nothing", () => expect(said(expr)).toEqual(says));
});

describe("an expression without end is refused at its place", () => {
  for (const [title, expr, says] of [
    ["too long", "up or ".repeat(2000), "an expression of 12000 characters at 1:1, more than 10000: record parts"],
    [
      "brackets",
      `${"(".repeat(4000)}up${")".repeat(4000)}`,
      "an expression that nests too deep at 1:101: record parts",
    ],
    ["calls that do not end", "sum(".repeat(2000), "an expression that nests too deep at 1:404: record parts"],
    ["a chain", `${"up + ".repeat(1500)}up`, "an expression that nests too deep at 1:"],
  ] as const) {
    test(title, () => expect(said(expr)).toEqual([expect.stringContaining(says)]));
  }
  test("but not a chain of hundreds", () => expect(said(`${"up + ".repeat(400)}up`)).toEqual([]));
});

test("a pattern that takes JavaScript an age to try is taken to match", () => {
  expect(said('{__name__=~"(([a-z_]+)+)+!", job="x"} or {__name__=~"a?a?a?a?a?a?aaaaaa"}')).toEqual([]);
});

test("stops, and says so, where the expressions of a file take too long", () => {
  const many = messages({ rules: Array.from({ length: 5000 }, (_, n) => ({ alert: "A", expr: `upp${n}` })) });
  expect(many.length).toBeLessThan(1200);
  expect(many.at(-1)).toBe(
    "the PromQL that follows is not looked at, there is too much of it: mend those before, then they are",
  );
});

test("a name with a line break does not end the line", () => {
  expect(said("{__name__=`a\nb`}")).toEqual([expect.stringContaining('unknown metric "a\\nb" at 1:12')]);
});

test("shows the line of a long expression, with a caret below the place", () => {
  expect(messages(rule("up\n  or upp"))).toEqual([
    'unknown metric "upp" at 2:6, did you mean "up"?\n    or upp\n       ^',
  ]);
  const long = `${"up or ".repeat(40)}upp${" or up".repeat(40)}`;
  const [, line = "", caret = ""] = messages(rule(long))[0]?.split("\n") ?? [];
  expect(line.slice(caret.indexOf("^"))).toMatch(/^upp or up/);
  expect(line.length).toBeLessThan(110);
});

test("finds rules, recorded and alerted on, and the queries of an analysis wherever they are", () => {
  const values = {
    additionalPrometheusRulesMap: { ours: { groups: [{ rules: [{ record: "a", expr: "one" }] }] } },
    analysis: { metrics: [{ name: "a", query: "two", interval: "30s" }] },
    expr: "no rule",
    query: "no analysis",
  };
  const findings = checkPromql(values, known);
  expect(findings.map(({ path }) => path.join("/"))).toEqual([
    "additionalPrometheusRulesMap/ours/groups/0/rules/0/expr",
    "analysis/metrics/0/query",
  ]);
});

describe("in a dashboard", () => {
  const panel = (expr: string, more = {}) => ({ type: "timeseries", title: "Load", targets: [{ expr }], ...more });
  const found = (dashboard: object) => {
    return checkPromql({ dashboards: { "app.json": JSON.stringify({ panels: [], ...dashboard }) } }, known);
  };
  const heads = (dashboard: object) => found(dashboard).map(({ message }) => message.split("\n")[0]);
  const variable = (query: unknown) => heads({ templating: { list: [{ name: "v", type: "query", query }] } });

  test("checks panels, also within rows, and names them", () => {
    const row = { type: "row", title: "Row", panels: [panel("upp")] };
    expect(heads({ panels: [row] })).toEqual(['unknown metric "upp" at 1:1 in panel "Load", did you mean "up"?']);
    expect(found({ panels: [row] })[0]?.path).toEqual(["dashboards", "app.json"]);
  });

  test("checks annotations", () => {
    const list = [{ name: "Deploys", iconColor: "blue", expr: "changes(app_inf[1m])" }];
    expect(heads({ annotations: { list } })).toEqual([
      'unknown metric "app_inf" at 1:9 in annotation "Deploys", did you mean "app_info"?',
    ]);
  });

  test("takes Grafana's variables as what they stand for, and keeps the place", () => {
    const load = `sum(rate(http_requests_total{job="$job",pod=~"\${pod:regex}"}[$__rate_interval])) > $limit`;
    expect(heads({ panels: [panel(load)] })).toEqual([]);
    expect(heads({ panels: [panel(`rate(up[$__interval]) + increase(up[\${__range_s}s]) + upp`)] })).toEqual([
      'unknown metric "upp" at 1:55 in panel "Load", did you mean "up"?',
    ]);
    expect(heads({ panels: [panel("rate(up[$__rate_intervall])")] })).toEqual([
      'syntax error: unexpected "$__rate_intervall" at 1:9 in panel "Load"',
    ]);
  });

  test("checks the queries of variables", () => {
    expect(variable('label_values(up{job="$job"}, pod)')).toEqual([]);
    expect(variable({ query: "label_values(version)", refId: "A" })).toEqual([]);
    expect(variable("query_result(topk(3, up))")).toEqual([]);
    expect(variable("metrics(http_.*)")).toEqual([]);
    expect(variable("label_values(upp, pod)")).toEqual([
      'unknown metric "upp" at 1:14 in variable "v", did you mean "up"?',
    ]);
    expect(variable({ query: "label_values(up, podd)" })).toEqual([
      'there is no label "podd" to list at 1:18 in variable "v", did you mean "pod"?',
    ]);
    expect(variable("label_values(versoin)")).toEqual([
      'there is no label "versoin" to list at 1:14 in variable "v", did you mean "version"?',
    ]);
    expect(variable("query_result(sum(upp))")).toEqual([
      'unknown metric "upp" at 1:18 in variable "v", did you mean "up"?',
    ]);
  });

  test("leaves what is asked of another kind of data source, and text that is no dashboard", () => {
    expect(heads({ panels: [panel('{app="x"} |= "error"', { datasource: { type: "loki", uid: "logs" } })] })).toEqual(
      [],
    );
    const list = [{ name: "source", type: "datasource", query: "prometheus" }];
    expect(heads({ templating: { list } })).toEqual([]);
    expect(messages({ a: "{{ .Values.b }}", b: '{"expr": "upp"}', c: null })).toEqual([]);
  });
});
