/** A PromQL expression of a release's values. */
export interface Promql {
  /** From the values' root to the string that holds it. */
  path: (string | number)[];
  /** As it was written. */
  shown: string;
  /** With the same positions and nothing but PromQL. */
  parsed: string;
  /** Where in that string it is, if the string is more than the expression. */
  where?: string;
  /** Label whose values are asked for. */
  label?: { name: string; at: number };
}

/** Characters of the longest expression that is read. Prometheus' own alerts have some 2,000 at most. */
export const maxLength = 10_000;

/** Every expression in a release's values: by the form of what holds it, whatever the chart. */
export function findPromql(node: unknown, path: (string | number)[] = []): Promql[] {
  if (typeof node === "string") return dashboardPromql(node).map((promql) => ({ ...promql, path }));
  if (Array.isArray(node)) return node.flatMap((item, index) => findPromql(item, [...path, index]));
  if (typeof node !== "object" || node === null) return [];
  const map = node as Record<string, unknown>;
  const own = holdsPromql(map);
  return Object.entries(map).flatMap(([key, value]) => {
    const at = [...path, key];
    return key === own ? [{ path: at, shown: String(value), parsed: String(value) }] : findPromql(value, at);
  });
}

/** Key of the expression in a rule of Prometheus or a metric of an analysis. */
function holdsPromql(map: Record<string, unknown>): string | undefined {
  if (typeof map.expr === "string" && ("alert" in map || "record" in map)) return "expr";
  const isAnalysis = ["successCondition", "failureCondition", "interval"].some((key) => key in map);
  return typeof map.query === "string" && isAnalysis ? "query" : undefined;
}

type InDashboard = Omit<Promql, "path">;
type Json = Record<string, unknown>;

/** What Grafana puts in for these itself. Any other `$__name` is a mistake. */
const grafanaVariables = /^__(rate_interval|interval|range)(_ms|_s)?$/;

/** Every expression of a Grafana dashboard: of its panels, annotations and variables. Nothing if it is no dashboard. */
function dashboardPromql(text: string): InDashboard[] {
  if (!text.trimStart().startsWith("{")) return [];
  try {
    const dashboard = JSON.parse(text) as { panels?: unknown };
    const found: InDashboard[] = [];
    if (Array.isArray(dashboard.panels)) walk(found, dashboard, { where: "the dashboard", datasource: "prometheus" });
    return found;
  } catch {
    return [];
  }
}

/** How deep expressions are looked for: Grafana has none further down than 10 or so. */
const maxDepth = 100;

/** A datasource is that of the nearest object that names one; without a type it is Prometheus. */
function walk(found: InDashboard[], node: unknown, from: { where: string; datasource: string }, depth = 0): void {
  if (typeof node !== "object" || node === null || depth > maxDepth) return;
  const map = node as Json;
  const { type } = (map.datasource ?? {}) as { type?: string };
  const here = { where: placeOf(map) ?? from.where, datasource: type ?? from.datasource };
  const own = here.datasource === "prometheus" ? promqlOf(map) : undefined;
  if (own) found.push({ ...own, where: here.where });
  for (const value of Object.values(map)) walk(found, value, here, depth + 1);
}

function placeOf(map: Json): string | undefined {
  if (Array.isArray(map.targets)) return map.title ? `panel ${quote(map.title)}` : `panel ${quote(map.id, "")}`;
  if (map.type === "query" && "query" in map) return `variable ${quote(map.name)}`;
  return "iconColor" in map ? `annotation ${quote(map.name)}` : undefined;
}

function quote(name: unknown, mark = '"'): string {
  return `${mark}${typeof name === "object" ? "?" : String(name).slice(0, 100)}${mark}`;
}

function promqlOf(map: Json): InDashboard | undefined {
  if (typeof map.expr === "string") return plain(map.expr);
  if (map.type !== "query") return undefined;
  const query = typeof map.query === "object" ? (map.query as { query?: unknown } | null)?.query : map.query;
  return typeof query === "string" && query !== "" ? variableQuery(query) : undefined;
}

function plain(shown: string): InDashboard {
  if (shown.length > maxLength) return { shown, parsed: "" };
  return { shown, parsed: withoutVariables(shown) };
}

/** Grafana's own functions around PromQL: https://grafana.com/docs/grafana/latest/datasources/prometheus/template-variables/ */
function variableQuery(shown: string): InDashboard | undefined {
  if (shown.length > maxLength) return { shown, parsed: "" };
  const [, name, inner = ""] = /^\s*(label_values|query_result|metrics|label_names)\((.*)\)\s*$/s.exec(shown) ?? [];
  const start = shown.indexOf("(") + 1;
  switch (name) {
    case undefined:
      return plain(shown);
    case "query_result":
      return { shown, parsed: withoutVariables(only(shown, start, start + inner.length)) };
    case "label_values": {
      const comma = inner.lastIndexOf(",");
      const label = /[^\s,]\S*/.exec(inner.slice(comma + 1));
      const at = start + comma + 1 + (label?.index ?? 0);
      // Without a selector it is the label of any metric.
      const parsed = comma < 0 ? "{}".padEnd(shown.length) : withoutVariables(only(shown, start, start + comma));
      return { shown, parsed, ...(label && !label[0].startsWith("$") && { label: { name: label[0], at } }) };
    }
    default:
      return undefined;
  }
}

/** The part of a text at its place, with all else blank. */
function only(text: string, from: number, to: number): string {
  return text.slice(from, to).padStart(to).padEnd(text.length);
}

const variable = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|\$\{?(\w+)(?::\w+)?\}?/g;

/** A number or a duration of the same length instead of every variable; those inside strings are left. */
function withoutVariables(text: string): string {
  return text.replace(variable, (token, name: string | undefined, offset: number) => {
    if (name === undefined || (name.startsWith("__") && !grafanaVariables.test(name))) return token;
    const hasUnit = /^(ms|[smhdwy])\b/.test(text.slice(offset + token.length));
    return hasUnit ? "1".padStart(token.length, "0") : "1m".padEnd(token.length);
  });
}
