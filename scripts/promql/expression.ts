import { groupingProblems } from "./labels.ts";
import { type KnownMetrics, selectorProblems } from "./selector.ts";
import type { Promql } from "./sources.ts";
import { rangeProblems, syntaxProblems } from "./syntax.ts";
import { descendantsOf, isSound, type Problem, parsePromql } from "./tree.ts";

/** Everything that is wrong with an expression, in the order of its text. */
export function problemsOf({ shown, parsed, label }: Promql, known: KnownMetrics): Problem[] {
  const root = parsePromql(parsed);
  const nodes = descendantsOf(root);
  const problems = syntaxProblems(nodes, shown);
  // From a syntax error on the tree is guesswork: only selectors before it are looked at then.
  const end = problems[0]?.at ?? Number.POSITIVE_INFINITY;
  if (problems.length === 0) {
    problems.push(...rangeProblems(nodes, parsed), ...groupingProblems(root, parsed, known, label));
  }
  for (const node of nodes.filter(({ name }) => name === "VectorSelector")) {
    if (node.to <= end && descendantsOf(node).every(isSound)) problems.push(...selectorProblems(node, parsed, known));
  }
  return problems.sort((one, other) => one.at - other.at);
}
