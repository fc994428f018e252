import { type KnownMetrics, labelHint, labelsOfMetrics, selectedMetrics } from "./selector.ts";
import { childOf, childrenOf, type Node, nameAt, type Problem, unquote } from "./tree.ts";

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
function labelsOf(node: Node, flow: Flow): Labels {
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
  const inner = labelsOf(childOf(node, "FunctionCallBody") ?? node, flow);
  const operator = childOf(node, "AggregateOp")?.firstChild?.name ?? "";
  const modifier = childOf(node, "AggregateModifier");
  const names = listed(modifier && childOf(modifier, "GroupingLabels"), flow);
  const isBy = (modifier && childOf(modifier, "By")) != null;
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
  const inner = labelsOf(childOf(node, "FunctionCallBody") ?? node, flow);
  const name = childOf(node, "FunctionIdentifier")?.firstChild?.name ?? "";
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
  const body = childOf(node, "FunctionCallBody");
  const literals = body ? childrenOf(body).filter(({ name }) => name === "StringLiteral") : [];
  return literals.map(({ from, to }) => ({ name: unquote(text.slice(from, to)), at: from }));
}

/** Labels that the series of an expression can have; `undefined` where nobody can tell. */
export type Labels = Set<string> | undefined;

/** An expression on its way from its metrics to its result. */
export interface Flow {
  text: string;
  known: KnownMetrics;
  problems: Problem[];
}

/** All labels of all; unknown if one is. */
export function union(...all: Labels[]): Labels {
  return all.reduce((one, other) => one && other && one.union(other), new Set<string>());
}

/** Adds a problem if the labels lack one. */
function requireLabel(flow: Flow, labels: Labels, { name, at }: { name: string; at: number }, what: string) {
  if (labels && !labels.has(name)) flow.problems.push({ at, what, hint: labelHint(name, labels) });
}

/** Names in a list such as `(a, b)`, with their places. */
export function listed(list: Node | null | undefined, { text }: Flow): { name: string; at: number }[] {
  return list ? childrenOf(list).map((node) => ({ name: nameAt(node, text), at: node.from })) : [];
}

/** `on(...)` or `ignoring(...)` with the labels that a group_left or group_right brings along. */
interface Matching {
  on: boolean;
  names: Set<string>;
  /** Which side's series are kept. */
  many?: "left" | "right" | undefined;
  brought: Set<string>;
}

/** The labels that a binary operation's series have, by those of its two sides. */
function afterMatching(node: Node, left: Labels, right: Labels, flow: Flow): Labels {
  const clause = childOf(node, "MatchingModifierClause");
  const matching = clause && matchingOf(clause, node, left, right, flow);
  if (childOf(node, "Or")) return union(left, right);
  if (childOf(node, "And") || childOf(node, "Unless")) return left;
  // Without a clause the labels are the same on both sides, or one side is a number.
  if (!matching) return union(left, right);
  if (matching.many) return union(matching.many === "left" ? left : right, matching.brought);
  return matching.on ? matching.names : union(left, right)?.difference(matching.names);
}

function matchingOf(clause: Node, node: Node, left: Labels, right: Labels, flow: Flow): Matching {
  const operator = operatorOf(node, flow);
  const [names = [], brought = []] = childrenOf(clause)
    .filter(({ name }) => name === "GroupingLabels")
    .map((list) => listed(list, flow));
  const on = childOf(clause, "On") != null;
  for (const label of names) {
    const what = `there is no label "${label.name}"`;
    if (!on) requireLabel(flow, union(left, right), label, `${what} on either side of "${operator}"`);
    // Where both lack it, the left one tells.
    else if (left && !left.has(label.name)) requireLabel(flow, left, label, `${what} on the left of "${operator}"`);
    else requireLabel(flow, right, label, `${what} on the right of "${operator}"`);
  }
  const many = childOf(clause, "GroupLeft") ? "left" : childOf(clause, "GroupRight") ? "right" : undefined;
  for (const label of brought) {
    const [one, side] = many === "left" ? [right, "right"] : [left, "left"];
    requireLabel(flow, one, label, `there is no label "${label.name}" to bring from the ${side} of "${operator}"`);
  }
  return { on, many, names: namesOf(names), brought: namesOf(brought) };
}

function operatorOf(node: Node, { text }: Flow): string {
  const operator = childrenOf(node)[1];
  return operator ? text.slice(operator.from, operator.to) : "";
}

function namesOf(labels: { name: string }[]): Set<string> {
  return new Set(labels.map(({ name }) => name));
}
