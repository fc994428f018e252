import { parser } from "@prometheus-io/lezer-promql";

/** A node of the syntax tree. It knows its place in the text, and not the text. */
export type Node = ReturnType<typeof parser.parse>["topNode"];

/** What is wrong at an offset of an expression. */
export interface Problem {
  at: number;
  what: string;
  /** What to do about it: goes behind the place. */
  hint: string;
}

/** The root of the syntax tree; where the text is no PromQL, the tree has error nodes. */
export function parsePromql(text: string): Node {
  return parser.parse(text).topNode;
}

/** The node's children without comments. */
export function childrenOf(node: Node): Node[] {
  const children: Node[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) {
    if (child.name !== "LineComment") children.push(child);
  }
  return children;
}

/** The node and all below it, in the order of the text. */
export function descendantsOf(node: Node): Node[] {
  return [node, ...childrenOf(node).flatMap(descendantsOf)];
}

/** What a string literal or quoted name stands for. */
export function unquote(literal: string): string {
  const inner = literal.slice(1, -1);
  return literal.startsWith("`") ? inner : inner.replace(/\\(.)/g, "$1");
}

/** The text of a name, which may be quoted. */
export function nameAt({ name, from, to }: Node, text: string): string {
  const written = text.slice(from, to);
  return name === "LabelName" || name === "Identifier" ? written : unquote(written);
}

/** Names of all functions and aggregations. The grammar has them only as types of nodes, such as `AvgOverTime`. */
export function functionNames(): string[] {
  const names = parser.nodeSet.types.map(({ name }) => name.replace(/\B[A-Z]/g, "_$&").toLowerCase());
  return names.filter((name) => /^[a-z]\w+$/.test(name) && isCall(parsePromql(`${name}(x)`)));
}

function isCall(root: Node): boolean {
  const [call] = childrenOf(root);
  return (call?.name === "FunctionCall" || call?.name === "AggregateExpr") && descendantsOf(root).every(isSound);
}

/** Whether a node is part of the grammar, and not what the parser made of an error. */
export function isSound({ type }: Node): boolean {
  return !type.isError;
}
