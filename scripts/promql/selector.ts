import { didYouMean } from "../problems/suggest.ts";
import { childOf, childrenOf, type Node, nameAt, type Problem, unquote } from "./tree.ts";

/** Series that there are: name -> labels. */
export type KnownMetrics = Record<string, readonly string[]>;

interface MetricName {
  name: string;
  at: number;
  /** Whether it is a regular expression. */
  pattern: boolean;
}

/** Problems of a VectorSelector: a metric that there is not, labels that it does not have. */
export function selectorProblems(selector: Node, text: string, known: KnownMetrics): Problem[] {
  const metric = metricName(selector, text);
  const names = selectedMetrics(selector, text, known);
  if (metric && names.length === 0) {
    const suggestion = didYouMean(metric.name, Object.keys(known));
    const hint = suggestion || ": values-src/observability/metrics.ts has those that there are";
    return [{ at: metric.at, what: `unknown metric "${metric.name}"`, hint }];
  }
  const labels = labelsOfMetrics(names, known);
  const owner = names.length === 1 ? `metric "${names[0]}" has no` : "none of these metrics has a";
  return matchers(selector)
    .map((node): Problem & { name: string } => {
      const name = nameAt(node, text);
      return { name, at: node.from, what: `${owner} label "${name}"`, hint: labelHint(name, labels) };
    })
    .filter(({ name }) => name !== "__name__" && !labels.has(name));
}

/** Names of the known metrics that a selector can select; all of them if it does not name one. */
export function selectedMetrics(selector: Node, text: string, known: KnownMetrics): string[] {
  const metric = metricName(selector, text);
  if (!metric) return Object.keys(known);
  if (!metric.pattern) return Object.hasOwn(known, metric.name) ? [metric.name] : [];
  const pattern = toPattern(metric.name);
  return Object.keys(known).filter((name) => pattern.test(name));
}

/** Matches any name if Grafana has yet to fill in a variable, or if the expression is only Go's, or too slow to try. */
function toPattern(pattern: string): RegExp {
  if (pattern.includes("$") || !isQuick(pattern)) return /^/;
  try {
    return new RegExp(`^(?:${pattern})$`);
  } catch {
    return /^/;
  }
}

/** Whether JavaScript, which tries every way of matching, is soon done: Go takes linear time whatever the expression. */
function isQuick(pattern: string): boolean {
  const branches = pattern.includes("(") ? [pattern] : pattern.split("|");
  const repeats = (text: string) => text.match(/[*+?{]/g)?.length ?? 0;
  return pattern.length <= 500 && !/\)[*+?{]/.test(pattern) && branches.every((branch) => repeats(branch) <= 2);
}

/** Labels that any of the metrics has. */
export function labelsOfMetrics(names: string[], known: KnownMetrics): Set<string> {
  return new Set(names.flatMap((name) => known[name] ?? []));
}

/** What to write instead of a label, or what there is to choose from. */
export function labelHint(written: string, labels: Set<string>): string {
  return didYouMean(written, labels) || `. Labels: ${[...labels].join(", ") || "none"}`;
}

/** `x`, `{"x"}`, `{__name__="x"}` or `{__name__=~"x"}`. */
function metricName(selector: Node, text: string): MetricName | undefined {
  const identifier = childOf(selector, "Identifier");
  const inBraces = childOf(selector, "LabelMatchers");
  const plain = identifier ?? (inBraces && childOf(inBraces, "QuotedLabelName"));
  if (plain) return { name: nameAt(plain, text), at: plain.from, pattern: false };
  for (const matcher of inBraces ? childrenOf(inBraces) : []) {
    const [label, operator, value] = childrenOf(matcher);
    if (!label || !operator || !value || nameAt(label, text) !== "__name__") continue;
    const sign = text.slice(operator.from, operator.to);
    const pattern = sign === "=~";
    if (pattern || sign === "=")
      return { name: unquote(text.slice(value.from, value.to)), at: value.from + 1, pattern };
  }
  return undefined;
}

/** The nodes of the labels that a selector matches. */
function matchers(selector: Node): Node[] {
  const inBraces = childOf(selector, "LabelMatchers");
  const all = inBraces ? childrenOf(inBraces).filter(({ name }) => name.endsWith("LabelMatcher")) : [];
  return all.flatMap((matcher) => matcher.firstChild ?? []);
}
