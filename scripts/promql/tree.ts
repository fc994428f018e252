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

/** The node's first child of a type. That of the parser goes from the root to the node for it. */
export function childOf(node: Node, name: string): Node | null {
  let child = node.firstChild;
  while (child && child.name !== name) child = child.nextSibling;
  return child;
}

/** The node and all below it, in the order of the text. Without recursion: an expression may nest as deep as it likes. */
export function descendantsOf(node: Node): Node[] {
  const found: Node[] = [];
  const waiting = [node];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    found.push(next);
    waiting.push(...childrenOf(next).reverse());
  }
  return found;
}

/** The first node that has more than so many above it. */
export function findDeep(node: Node, depth: number): Node | undefined {
  let level = [node];
  for (let at = 0; at < depth && level.length > 0; at++) level = level.flatMap(childrenOf);
  return level[0];
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

let functions: string[] | undefined;

/** Names of all functions and aggregations. The grammar has them only as types of nodes, such as `AvgOverTime`. */
export function functionNames(): string[] {
  const names = parser.nodeSet.types.map(({ name }) => name.replace(/\B[A-Z]/g, "_$&").toLowerCase());
  functions ??= names.filter((name) => /^[a-z]\w+$/.test(name) && isCall(parsePromql(`${name}(x)`)));
  return functions;
}

function isCall(root: Node): boolean {
  const [call] = childrenOf(root);
  return (call?.name === "FunctionCall" || call?.name === "AggregateExpr") && descendantsOf(root).every(isSound);
}

/** Whether a node is part of the grammar, and not what the parser made of an error. */
export function isSound({ type }: Node): boolean {
  return !type.isError;
}
