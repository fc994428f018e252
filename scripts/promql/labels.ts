import { type Flow, type Labels, listed, requireLabel, union } from "./flow.ts";
import { afterMatching } from "./matching.ts";
import { type KnownMetrics, labelsOfMetrics, selectedMetrics } from "./selector.ts";
import { childrenOf, type Node, type Problem, unquote } from "./tree.ts";

/** Functions without series, so without labels. */
const labelless = new Set(["Scalar", "Vector", "Time", "Pi"]);
/** Aggregations that pass series on as they are. */
const choosing = new Set(["Topk", "Bottomk", "LimitK", "LimitRatio"]);

/**
 * Labels that are used where no series has them any more: a metric's labels, less those that were summed away, with
 * those that label_replace and the like make.
 */
export function groupingProblems(
  root: Node,
  text: string,
  known: KnownMetrics,
  wanted?: { name: string; at: number },
): Problem[] {
  const flow: Flow = { text, known, problems: [] };
  const labels = labelsOf(root, flow);
  if (wanted) requireLabel(flow, labels, wanted, `there is no label "${wanted.name}" to list`);
  return flow.problems;
}

/** The labels of an expression's series. What it does to labels that are not there is added to the problems. */
export function labelsOf(node: Node, flow: Flow): Labels {
  switch (node.name) {
    case "VectorSelector": {
      const names = selectedMetrics(node, flow.text, flow.known);
      return names.length > 0 ? labelsOfMetrics(names, flow.known) : undefined;
    }
    case "AggregateExpr":
      return afterAggregation(node, flow);
    case "FunctionCall":
      return afterCall(node, flow);
    case "BinaryExpr": {
      const [left, right] = [node.firstChild, node.lastChild].map((side) => side && labelsOf(side, flow));
      return afterMatching(node, left ?? undefined, right ?? undefined, flow);
    }
    default:
      return union(...childrenOf(node).map((child) => labelsOf(child, flow)));
  }
}

function afterAggregation(node: Node, flow: Flow): Labels {
  const inner = labelsOf(node.getChild("FunctionCallBody") ?? node, flow);
  const operator = node.getChild("AggregateOp")?.firstChild?.name ?? "";
  const modifier = node.getChild("AggregateModifier");
  const names = listed(modifier?.getChild("GroupingLabels"), flow);
  const isBy = modifier?.getChild("By") != null;
  for (const label of names) {
    const purpose = isBy ? "to group by" : "to leave out";
    requireLabel(flow, inner, label, `there is no label "${label.name}" ${purpose}`);
  }
  if (choosing.has(operator)) return inner;
  const named = new Set(names.map(({ name }) => name));
  const rest = modifier && !isBy ? inner?.difference(named) : named;
  return operator === "CountValues" ? union(rest, new Set(strings(node, flow).map(({ name }) => name))) : rest;
}

function afterCall(node: Node, flow: Flow): Labels {
  const inner = labelsOf(node.getChild("FunctionCallBody") ?? node, flow);
  const name = node.getChild("FunctionIdentifier")?.firstChild?.name ?? "";
  if (labelless.has(name)) return new Set();
  if (name === "Info") return undefined;
  if (name === "HistogramQuantile") {
    const what = 'histogram_quantile needs the label "le", which is summed away,';
    if (inner && !inner.has("le")) flow.problems.push({ at: node.from, what, hint: ': write "sum by (le, ...)"' });
    return inner?.difference(new Set(["le"]));
  }
  if (name !== "LabelReplace" && name !== "LabelJoin") return inner;
  const [made, ...others] = strings(node, flow);
  const read = name === "LabelReplace" ? others.slice(1, 2) : others.slice(1);
  for (const label of read) requireLabel(flow, inner, label, `there is no label "${label.name}" to read`);
  return made && union(inner, new Set([made.name]));
}

/** The arguments of a call that are strings. */
function strings(node: Node, { text }: Flow): { name: string; at: number }[] {
  const literals = node.getChild("FunctionCallBody")?.getChildren("StringLiteral") ?? [];
  return literals.map(({ from, to }) => ({ name: unquote(text.slice(from, to)), at: from }));
}
