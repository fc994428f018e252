/** How an app's next version is rolled out, where that gets worse: longer, harder to judge, or dearer if it is bad. */
import type { Values } from "../../../values-src/charts/http-service.ts";
import { duration } from "../../../values-src/duration.ts";
import { percent, perSecondOf } from "../plan/format-plan.ts";
import { type Plan, type PlannedWorstCase, planOf } from "../plan/plan-of.ts";
import type { Effect } from "./effect.ts";

/** A figure of a plan: the larger, the worse. */
interface Figure {
  says: string;
  of(plan: Plan): number;
  show(value: number): string;
  /** A smaller difference is nothing to anybody; left out: every one counts. */
  least?: number;
}

interface Topic extends Pick<Effect, "kind" | "danger"> {
  begin(name: string): string;
  figures: Figure[];
}

const largest = (plan: Plan, of: (one: PlannedWorstCase) => number) => Math.max(...plan.worst.map(of));

const topics: Topic[] = [
  {
    kind: "worst-case",
    danger: "caution",
    begin: (name) => `a bad version of ${name} can do more harm`,
    figures: [
      { says: "requests that fail", of: (plan) => largest(plan, ({ failed }) => failed), show: percent, least: 0.01 },
      {
        says: "sent back after",
        of: (plan) => largest(plan, ({ outcome, seconds }) => (outcome === "sentBack" ? seconds : Infinity)),
        show: (seconds) => (seconds === Infinity ? "never by itself" : duration(seconds)),
      },
      {
        says: "error budget gone",
        of: (plan) => largest(plan, ({ outcome, budgetUsed }) => (outcome === "stays" ? 1 : budgetUsed)),
        show: percent,
        least: 0.01,
      },
    ],
  },
  {
    kind: "requests-needed",
    danger: "caution",
    begin: (name) => `new versions of ${name} are judged only with more requests`,
    figures: [
      {
        says: "per second",
        of: ({ judged }) => Math.max(0, ...(judged?.needed.map(({ perSecond }) => perSecond) ?? [])),
        show: perSecondOf,
      },
    ],
  },
  {
    kind: "rollout-time",
    danger: "note",
    begin: (name) => `a rollout of ${name} takes longer`,
    figures: [
      { says: "beside waits for pods", of: ({ seconds }) => seconds, show: duration },
      { says: "decisions by a person", of: ({ decisions }) => decisions, show: (count) => `${count}` },
    ],
  },
];

/**
 * Figures of the plan that get worse: by more than a tenth, and shares of requests or of the budget by more than one
 * percentage point. None where either side does not say how versions are judged.
 */
export function planEffects(name: string, old: Values, fresh: Values): Effect[] {
  const before = planOf(old);
  const after = planOf(fresh);
  if (!before || !after) return [];
  return topics.flatMap(({ kind, danger, begin, figures }) => {
    const worse = figures.flatMap(({ says, of, show, least = 0 }) => {
      const from = of(before);
      const to = of(after);
      return to > 1.1 * from && to - from > least ? [`${says} ${show(from)} -> ${show(to)}`] : [];
    });
    return worse.length > 0 ? [{ danger, kind, text: `${begin(name)}: ${worse.join(", ")}` }] : [];
  });
}
