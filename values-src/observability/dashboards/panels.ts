import type { Builder, Dataquery } from "@grafana/grafana-foundation-sdk/cog";
import {
  type Panel,
  type ThresholdsConfig,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder, PromQueryFormat } from "@grafana/grafana-foundation-sdk/prometheus";
import type { Query } from "../promql.ts";

/** What a panel's numbers are: Grafana's name of the unit, digits after the point, and where the axis ends. */
export interface Measure {
  unit: string;
  decimals: number;
  min?: number;
  max?: number;
}

/** The axis starts at 0 unless a panel says otherwise. */
export const measures = {
  perSecond: { unit: "reqps", decimals: 1, min: 0 },
  share: { unit: "percentunit", decimals: 2, min: 0 },
  /** A share of a whole: the axis ends at 100 %. */
  part: { unit: "percentunit", decimals: 2, min: 0, max: 1 },
  /** An error budget: below 0 when it is overspent. */
  remainder: { unit: "percentunit", decimals: 1, max: 1 },
  seconds: { unit: "s", decimals: 3, min: 0 },
  bytes: { unit: "bytes", decimals: 0, min: 0 },
  count: { unit: "short", decimals: 0, min: 0 },
  factor: { unit: "short", decimals: 1, min: 0 },
  /** Of a counter of anything, per second. */
  rate: { unit: "cps", decimals: 2, min: 0 },
  /** Of any size and sign. */
  number: { unit: "short", decimals: 2 },
  days: { unit: "d", decimals: 0, min: 0 },
  /** A state, shown by its name. */
  state: { unit: "none", decimals: 0 },
} as const satisfies Record<string, Measure>;

/** The first colour, then each colour with the value from which it applies: for a stat, or lines across a graph. */
export type Steps = [string, ...[number, string][]];

/** What the SDK's builders of panels have in common. */
export interface PanelBuilder extends Builder<Panel> {
  title(title: string): this;
  description(text: string): this;
  targets(targets: Builder<Dataquery>[]): this;
  unit(unit: string): this;
  decimals(decimals: number): this;
  min(min: number): this;
  max(max: number): this;
  thresholds(thresholds: Builder<ThresholdsConfig>): this;
  noValue(text: string): this;
}

/** A query with the legend of its series: a text, which may contain labels. */
export function target<Label extends string>(query: Query<Label>, by: string | readonly Label[], text = "") {
  const legend = typeof by === "string" ? by : by.map((label) => `{{${label}}}`).join(" ") + text;
  return new DataqueryBuilder().expr(query.text).legendFormat(legend).range();
}

/** One number for the whole time range of the dashboard. */
export function total(query: Query): DataqueryBuilder {
  return new DataqueryBuilder().expr(query.text).instant();
}

/** A histogram for a heatmap: each bucket counts only its own observations. */
export function buckets(query: Query<"le">): DataqueryBuilder {
  return target(query, ["le"]).format(PromQueryFormat.Heatmap);
}

/** The values at the end of the time range, as rows of a table. */
export function rows(query: Query): DataqueryBuilder {
  return new DataqueryBuilder().expr(query.text).format(PromQueryFormat.Table).instant();
}

/** Low is good: green below the first number, then orange, red from the second number on. */
function low(warn: number, bad: number): Steps {
  return ["green", [warn, "orange"], [bad, "red"]];
}

/**
 * Colours of a burn rate: green while the error budget outlasts its window, red when a tenth of the window is enough to
 * spend it.
 */
export const burnSteps = low(1, 10);

/** High is good: red below the first number, then orange, green from the second number on. */
export function high(bad: number, good: number): Steps {
  return ["red", [bad, "orange"], [good, "green"]];
}

/** A value that is itself a query, such as what the app's SLO allows: a dashed line across a graph. */
export interface Limit {
  query: Query;
  legend: string;
  colour: string;
}

/** What every panel is given: its title, what it means in one sentence, what its numbers are, and its queries. */
export type Parts = [title: string, text: string, measure: Measure, targets: DataqueryBuilder[], steps?: Steps];

/** Puts its parts into a panel. */
export function fill<P extends PanelBuilder>(panel: P, ...[title, text, measure, targets, steps]: Parts): P {
  const { unit, decimals, min, max } = measure;
  panel.title(title).description(text).unit(unit).decimals(decimals).noValue("none");
  panel.targets(targets.map((query, index) => query.refId(String.fromCharCode(65 + index))));
  if (min !== undefined) panel.min(min);
  if (max !== undefined) panel.max(max);
  const [base, ...further] = steps ?? ["green"];
  const thresholds = [{ value: null, color: base }, ...further.map(([value, color]) => ({ value, color }))];
  return panel.thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(thresholds));
}
