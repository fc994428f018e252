import type { HistogramName, LabelOf, MetricName } from "./metrics.ts";

/** An instant vector in PromQL whose series have at most the labels `Label`. */
export class Query<Label extends string = string> {
  readonly text: string;
  declare readonly labels: Label;

  constructor(text: string) {
    this.text = text;
  }

  /** The difference of each two series with the same labels. */
  minus(other: Query<Label>): Query<Label> {
    return new Query(`(${this} - ${other})`);
  }

  /** Each of its values times a number. */
  times(factor: number): Query<Label> {
    return new Query(`${factor} * (${this})`);
  }

  /** Those of its series that are greater than a number. */
  above(limit: number): Query<Label> {
    return new Query(`${this} > ${limit}`);
  }

  toString(): string {
    return this.text;
  }
}

/** The series of a metric as they are stored, hence those of an earlier time too. */
export class Selection<Label extends string = string> extends Query<Label> {
  /** The same as it was some time ago, such as `1d`. */
  before(time: string): Query<Label> {
    return new Query(`${this} offset ${time}`);
  }
}

/** What a label must be: a value, one of several, or a comparison such as `=~"5.."`. */
export type Match<Label extends string> = { readonly [name in Label]?: string | readonly string[] | Comparison };

/** A matcher's operator and value. */
export interface Comparison {
  op: "=~" | "!~" | "!=";
  value: string;
}

/** A label that a regular expression matches as a whole. */
export const matches = (value: string): Comparison => ({ op: "=~", value });
/** A label that it does not match. */
export const differs = (value: string): Comparison => ({ op: "!~", value });

/** The series of a metric. A renamed metric or label no longer compiles. */
export function select<Name extends MetricName>(
  name: Name,
  match: Match<LabelOf<Name>> = {},
): Selection<LabelOf<Name>> {
  return selectNamed(name, match as Match<string>);
}

/** The series of any metric, such as an app's own: whether there is one of that name is not for the compiler to say. */
export function selectNamed<Label extends string>(name: string, match: Match<string>): Selection<Label> {
  const matchers = Object.entries(match).map(([label, wanted]) => {
    if (wanted === undefined) return undefined;
    const { op, value } = toComparison(wanted);
    return `${label}${op}${JSON.stringify(value)}`;
  });
  const list = matchers.filter((matcher) => matcher !== undefined).join(",");
  return new Selection(list ? `${name}{${list}}` : name);
}

function toComparison(wanted: string | readonly string[] | Comparison): { op: string; value: string } {
  if (typeof wanted === "string") return { op: "=", value: wanted };
  if ("op" in wanted) return wanted;
  return { op: "=~", value: wanted.map((value) => value.replace(/[\\.+*?^$()[\]{}|]/g, "\\$&")).join("|") };
}

/** Per-second rate of a counter over a range such as `5m`; with an offset such as `1d`, the rate that long ago. */
export function rate<Label extends string>(counter: Query<Label>, range: string, before?: string): Query<Label> {
  return new Query(`rate(${counter}[${range}]${before ? ` offset ${before}` : ""})`);
}

/** Total increase of a counter over a range. */
export function increase<Label extends string>(counter: Query<Label>, range: string): Query<Label> {
  return new Query(`increase(${counter}[${range}])`);
}

/** The sum for every combination of the labels; without labels, of everything. */
export function sum<Label extends string, By extends Label = never>(query: Query<Label>, by: readonly By[] = []) {
  return new Query<By>(by.length > 0 ? `sum by (${by.join(", ")}) (${query})` : `sum(${query})`);
}

/**
 * The ratio of a part to a whole. Where the whole is 0 there is no series, instead of NaN. A part without series, as
 * before the first error, counts as 0.
 */
export function ratio<Label extends string>(part: Query<Label>, whole: Query<Label>): Query<Label> {
  return new Query(`(${part} or 0 * ${whole}) / (${whole} > 0)`);
}

/**
 * The q-quantile (0..1, or what the one series of a query says) of a histogram over a range, for every combination of the
 * labels; of now, or some time ago.
 */
export function quantile<Name extends HistogramName, By extends LabelOf<`${Name}_bucket`>>(
  q: number | Query,
  name: Name,
  match: Match<LabelOf<`${Name}_bucket`>>,
  range: string,
  by: readonly By[] = [],
  before?: string,
): Query<By> {
  return quantileOf(q, rate(select(`${name}_bucket`, match), range, before) as Query<By | "le">, by);
}

/** The same of rates of buckets. */
export function quantileOf<By extends string>(q: number | Query, buckets: Query<By | "le">, by: readonly By[] = []) {
  const share = typeof q === "number" ? q : `scalar(${q})`;
  return new Query<By>(`histogram_quantile(${share}, ${sum<By | "le", By | "le">(buckets, [...by, "le"])})`);
}

/** The share of each series in the sum of all series with the same labels `of`. */
export function shareOf<Label extends string, Of extends Label>(part: Query<Label>, of: readonly Of[]): Query<Label> {
  return new Query(`${part} / on (${of.join(", ")}) group_left () (${sum(part, of)} > 0)`);
}

/**
 * Copies a label from other series to those with the same labels `on`; series without a partner stay as they are. Where
 * several values match, as while the label changes, the one of the series with the greatest value wins.
 */
export function withLabel<On extends string, Extra extends string>(
  query: Query<On>,
  on: readonly On[],
  extra: Extra,
  from: Query<On | Extra>,
): Query<On | Extra> {
  const by = on.join(", ");
  const one = `topk by (${by}) (1, ${from})`;
  return new Query(`(${query}) + on (${by}) group_left (${extra}) 0 * ${one} or on (${by}) (${query})`);
}

/**
 * By how much counters grew within a time. Unlike `increase` it sees a counter's first count, which is the one that
 * matters for rare events; where there was none, there is no series.
 */
export function growth<Label extends string, By extends Label>(
  counter: Selection<Label>,
  time: string,
  by: readonly By[],
): Query<By> {
  const now = sum(counter, by);
  return new Query(`${now} - (${sum(counter.before(time), by)} or 0 * ${now}) > 0`);
}

/** Grafana's query for a label's values, of a variable. */
export function labelValues<Name extends MetricName>(
  name: Name,
  match: Match<LabelOf<Name>>,
  label: LabelOf<Name>,
): string {
  return `label_values(${select(name, match)}, ${label})`;
}
