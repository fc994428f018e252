import { didYouMean } from "../problems/suggest.ts";
import { childOf, childrenOf, functionNames, type Node, type Problem } from "./tree.ts";

/** The first syntax error; later ones are mostly its consequences. */
export function syntaxProblems(nodes: Node[], text: string): Problem[] {
  const open = nodes.find(({ name, from, to }) => name === "StringLiteral" && !isClosed(text.slice(from, to)));
  if (open) return [{ at: open.from, what: "a string that does not end", hint: "" }];
  const error = nodes.find(({ type }) => type.isError);
  return error ? [syntaxProblem(error, text)] : [];
}

function syntaxProblem({ from, prevSibling }: Node, text: string): Problem {
  const at = from + (/^\s*/.exec(text.slice(from))?.[0].length ?? 0);
  const [token] = /^(?:[\w:.]+|\$\{?\w+\}?|.)/s.exec(text.slice(at)) ?? [];
  if (token === "(" && prevSibling?.name === "Identifier") {
    const name = text.slice(prevSibling.from, prevSibling.to);
    return { at: prevSibling.from, what: `unknown function "${name}"`, hint: didYouMean(name, functionNames()) };
  }
  return { at, what: token ? `syntax error: unexpected "${token}"` : "syntax error: unexpected end", hint: "" };
}

function isClosed(literal: string): boolean {
  return /^(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)$/s.test(literal);
}

const rangeFunctions =
  /_over_time$|^(rate|irate|increase|delta|idelta|deriv|changes|resets|predict_linear|double_exponential_smoothing)$/;
const wrappers = new Set(["ParenExpr", "OffsetExpr", "StepInvariantExpr", "AnchoredExpr", "SmoothedExpr"]);

/** Ranges where there must be none, and the other way round: the grammar lets them pass, Prometheus does not. */
export function rangeProblems(nodes: Node[], text: string): Problem[] {
  return nodes.flatMap((node): Problem[] => {
    const called = callOf(node, text);
    if (called && !childrenOf(called.body).some(isRange)) {
      return [{ at: node.from, what: `${called.name} needs a range`, hint: `: write ${called.name}(...[5m])` }];
    }
    if (node.name !== "MatrixSelector" && node.name !== "SubqueryExpr") return [];
    let outer = node.parent;
    while (outer && wrappers.has(outer.name)) outer = outer.parent;
    if (outer?.parent && callOf(outer.parent, text)) return [];
    return [{ at: node.from, what: "a range that no function takes", hint: ", such as rate" }];
  });
}

/** Name and arguments of a call of a function that takes a range. */
function callOf(node: Node, text: string): { name: string; body: Node } | undefined {
  const identifier = childOf(node, "FunctionIdentifier");
  const body = childOf(node, "FunctionCallBody");
  const name = identifier ? text.slice(identifier.from, identifier.to) : "";
  return body && rangeFunctions.test(name) ? { name, body } : undefined;
}

function isRange(node: Node): boolean {
  if (wrappers.has(node.name)) return childrenOf(node).some(isRange);
  return node.name === "MatrixSelector" || node.name === "SubqueryExpr";
}
