import { dashboardPromql } from "./dashboard.ts";

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
