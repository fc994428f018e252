import { type KnownMetrics, labelHint } from "./selector.ts";
import { childrenOf, type Node, nameAt, type Problem } from "./tree.ts";

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
export function requireLabel(flow: Flow, labels: Labels, { name, at }: { name: string; at: number }, what: string) {
  if (labels && !labels.has(name)) flow.problems.push({ at, what, hint: labelHint(name, labels) });
}

/** Names in a list such as `(a, b)`, with their places. */
export function listed(list: Node | null | undefined, { text }: Flow): { name: string; at: number }[] {
  return list ? childrenOf(list).map((node) => ({ name: nameAt(node, text), at: node.from })) : [];
}
