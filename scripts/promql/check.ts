import { count, type Finding } from "../problems/issue.ts";
import { groupingProblems } from "./labels.ts";
import { type KnownMetrics, selectorProblems } from "./selector.ts";
import { findPromql, type Promql } from "./sources.ts";
import { rangeProblems, syntaxProblems } from "./syntax.ts";
import { descendantsOf, isSound, type Problem, parsePromql } from "./tree.ts";

export type { KnownMetrics };

/** Longest line of an expression that is shown whole; of a longer one, what is around the problem. */
const maxWidth = 100;

/**
 * Every problem of the PromQL in a release's values: in rules, analyses and dashboards. A metric or label that does
 * not exist is no error to Prometheus: an alert on it never fires, and a panel stays empty.
 */
export function checkPromql(values: unknown, known: KnownMetrics): Finding[] {
  return findPromql(values).flatMap((promql) => {
    const problems = Map.groupBy(problemsOf(promql, known), ({ what, hint }) => what + hint);
    return [...problems.values()].map((places) => toFinding(promql, places));
  });
}

/** One problem, which an expression may have at several places: the first is shown. */
function toFinding({ path, shown, where }: Promql, places: Problem[]): Finding {
  const { at, what, hint } = places[0] as Problem;
  const before = shown.slice(0, at).split("\n");
  const column = (before.at(-1)?.length ?? 0) + 1;
  const more = places.length > 1 ? ` and ${count(places.length - 1, "more place")}` : "";
  const place = `at ${before.length}:${column}${more}${where ? ` in ${where}` : ""}`;
  return { path, message: `${what} ${place}${hint}\n${excerpt(shown, before.length, column)}`, ofKey: false };
}

/** The line with a caret below the column. */
function excerpt(text: string, line: number, column: number): string {
  const whole = (text.split("\n")[line - 1] ?? "").replaceAll("\t", " ");
  const start = whole.length <= maxWidth ? 0 : Math.max(0, Math.min(column - maxWidth / 2, whole.length - maxWidth));
  const end = start + maxWidth;
  const head = start > 0 ? "…" : "";
  const tail = end < whole.length ? "…" : "";
  return `  ${head}${whole.slice(start, end)}${tail}\n  ${" ".repeat(head.length + column - 1 - start)}^`;
}

/** Everything that is wrong with an expression, in the order of its text. */
function problemsOf({ shown, parsed, label }: Promql, known: KnownMetrics): Problem[] {
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
