import { count, type Finding } from "../problems/issue.ts";
import { groupingProblems } from "./labels.ts";
import { type KnownMetrics, selectorProblems } from "./selector.ts";
import { findPromql, maxLength, type Promql } from "./sources.ts";
import { rangeProblems, syntaxProblems } from "./syntax.ts";
import { descendantsOf, findDeep, isSound, type Problem, parsePromql } from "./tree.ts";

export type { KnownMetrics };

/** Longest line of an expression that is shown whole; of a longer one, what is around the problem. */
const maxWidth = 100;

/** How deep an expression may nest. Each operator of a chain such as `a + b + c` is one deeper. */
const maxDepth = 500;
/** Problems of one expression that are told. */
const maxProblems = 100;
/** About so many microseconds are spent on the expressions of one release. Those of all our dashboards take a fifteenth. */
const maxCost = 700_000;

/** An expression, its path from the section of the values that it is in, and its problems once it was looked at. */
interface Expression {
  promql: Promql;
  problems?: Problem[];
}

/** Expressions of sections that were looked at, with the same known metrics. These may not be changed. */
export type SeenSections = WeakMap<object, Expression[]>;

/**
 * Every problem of the PromQL in a release's values: in rules, analyses and dashboards. A metric or label that does
 * not exist is no error to Prometheus: an alert on it never fires, and a panel stays empty. Sections that other values
 * had are not looked at again.
 */
export function checkPromql(values: unknown, known: KnownMetrics, seen: SeenSections = new WeakMap()): Finding[] {
  const findings: Finding[] = [];
  let cost = 0;
  for (const { path, expression } of expressionsOf(values, seen)) {
    expression.problems ??= problemsOf(expression.promql, known);
    const { problems } = expression;
    const promql = { ...expression.promql, path };
    const groups = Map.groupBy(problems, ({ what, hint }) => what + hint);
    findings.push(...[...groups.values()].map((places) => toFinding(promql, places)));
    // An error makes the parser try what else might be meant, and us look for the name that was.
    const patterns = promql.shown.match(/__name__\W{0,3}=~/g)?.length ?? 0;
    cost += (promql.shown.length + 100 + 1000 * patterns) * (problems.length > 0 ? 10 : 1);
    if (cost > maxCost) {
      const advice = problems.length > 0 ? "mend those before, then they are" : "divide the file";
      const message = `the PromQL that follows is not looked at, there is too much of it: ${advice}`;
      return [...findings, { path: promql.path, message, ofKey: false }];
    }
  }
  return findings;
}

/** The expressions of values, each with its path from the root. */
function expressionsOf(values: unknown, seen: SeenSections): { path: Promql["path"]; expression: Expression }[] {
  const isMap = typeof values === "object" && values !== null && !Array.isArray(values);
  if (!isMap) return find(values).map((expression) => ({ path: expression.promql.path, expression }));
  return Object.entries(values).flatMap(([key, section]: [string, unknown]) => {
    const isObject = typeof section === "object" && section !== null;
    const expressions = (isObject ? seen.get(section) : undefined) ?? find(section);
    if (isObject) seen.set(section, expressions);
    return expressions.map((expression) => ({ path: [key, ...expression.promql.path], expression }));
  });
}

function find(section: unknown): Expression[] {
  return findPromql(section).map((promql) => ({ promql }));
}

/** One problem, which an expression may have at several places: the first is shown. */
function toFinding({ path, shown, where }: Promql, places: Problem[]): Finding {
  const { at, what, hint } = places[0] as Problem;
  const before = shown.slice(0, at).split("\n");
  const column = (before.at(-1)?.length ?? 0) + 1;
  const more = places.length > 1 ? ` and ${count(places.length - 1, "more place")}` : "";
  const place = `at ${before.length}:${column}${more}${where ? ` in ${where}` : ""}`;
  const onOneLine = `${what} ${place}${hint}`.replaceAll("\n", "\\n");
  return { path, message: `${onOneLine}\n${excerpt(shown, before.length, column)}`, ofKey: false };
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
  if (shown.length > maxLength) {
    const hint = `, more than ${maxLength}: record parts of it with rules of their own`;
    return [{ at: 0, what: `an expression of ${shown.length} characters`, hint }];
  }
  const bracket = findDeepBracket(parsed);
  const root = parsePromql(bracket === undefined ? parsed : "");
  const deep = bracket ?? findDeep(root, maxDepth)?.from;
  if (deep !== undefined) {
    return [
      { at: deep, what: "an expression that nests too deep", hint: ": record parts of it with rules of their own" },
    ];
  }
  const nodes = descendantsOf(root);
  const problems = syntaxProblems(nodes, shown);
  // From a syntax error on the tree is guesswork: only selectors before it are looked at then.
  const end = problems[0]?.at ?? Number.POSITIVE_INFINITY;
  if (problems.length === 0) {
    problems.push(...rangeProblems(nodes, parsed), ...groupingProblems(root, parsed, known, label));
  }
  for (const node of nodes.filter(({ name }) => name === "VectorSelector")) {
    if (problems.length > maxProblems) break;
    if (node.to <= end && descendantsOf(node).every(isSound)) problems.push(...selectorProblems(node, parsed, known));
  }
  return problems.sort((one, other) => one.at - other.at);
}

/** Where more than a hundred brackets are open: what is wrong behind that takes the parser long to find. */
function findDeepBracket(text: string): number | undefined {
  let open = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|[([{]|[)\]}]/g)) {
    if ("([{".includes(token)) open++;
    else if (")]}".includes(token)) open--;
    if (open > 100) return index;
  }
  return undefined;
}
