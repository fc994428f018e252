import { type Flow, type Labels, listed, requireLabel, union } from "./flow.ts";
import { childrenOf, type Node } from "./tree.ts";

/** `on(...)` or `ignoring(...)` with the labels that a group_left or group_right brings along. */
interface Matching {
  on: boolean;
  names: Set<string>;
  /** Which side's series are kept. */
  many?: "left" | "right" | undefined;
  brought: Set<string>;
}

/** The labels that a binary operation's series have, by those of its two sides. */
export function afterMatching(node: Node, left: Labels, right: Labels, flow: Flow): Labels {
  const clause = node.getChild("MatchingModifierClause");
  const matching = clause && matchingOf(clause, node, left, right, flow);
  if (node.getChild("Or")) return union(left, right);
  if (node.getChild("And") || node.getChild("Unless")) return left;
  // Without a clause the labels are the same on both sides, or one side is a number.
  if (!matching) return union(left, right);
  if (matching.many) return union(matching.many === "left" ? left : right, matching.brought);
  return matching.on ? matching.names : union(left, right)?.difference(matching.names);
}

function matchingOf(clause: Node, node: Node, left: Labels, right: Labels, flow: Flow): Matching {
  const operator = operatorOf(node, flow);
  const [names = [], brought = []] = clause.getChildren("GroupingLabels").map((list) => listed(list, flow));
  const on = clause.getChild("On") != null;
  for (const label of names) {
    const what = `there is no label "${label.name}"`;
    if (!on) requireLabel(flow, union(left, right), label, `${what} on either side of "${operator}"`);
    // Where both lack it, the left one tells.
    else if (left && !left.has(label.name)) requireLabel(flow, left, label, `${what} on the left of "${operator}"`);
    else requireLabel(flow, right, label, `${what} on the right of "${operator}"`);
  }
  const many = clause.getChild("GroupLeft") ? "left" : clause.getChild("GroupRight") ? "right" : undefined;
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
