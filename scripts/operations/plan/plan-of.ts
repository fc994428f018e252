import type { TestRequest, Values } from "../../../values-src/charts/http-service.ts";
import type { StrategyName } from "../../../values-src/environment.ts";
import type { Slo } from "../../../values-src/slo.ts";
import { rolloutTimeline, type Stage, secondsUnderWay } from "../../../values-src/strategies/timeline.ts";
import {
  type Judge,
  judgeOf,
  requestsNeeded,
  type WorstCase,
  worstCase,
} from "../../../values-src/strategies/worst-case.ts";

/** The rollout of an app's next version, before it happens, as plain data. */
export interface Plan {
  strategy: StrategyName;
  stages: PlannedStage[];
  /** Seconds until a good version has all requests and is found good; waits for pods and decisions come on top. */
  seconds: number;
  waits: number;
  /** How often somebody has to promote. */
  decisions: number;
  /** What a new version is asked before users meet it. */
  tests: TestRequest[];
  /** Missing where no analysis judges a version that users meet. */
  judged?: Judged;
  /** Window of the SLO, whose error budget it is. */
  window: string;
  worst: PlannedWorstCase[];
}

/** A stage of the rollout: see `Stage`. */
export interface PlannedStage extends Pick<Stage, "kind" | "share" | "seconds"> {
  /** Seconds since the rollout began, without times of unknown length. */
  at: number;
  /** Of `judged`: measurements of the metric that is measured most often. */
  measurements?: number;
}

export interface Judged {
  /** Requests to the new version within `range` seconds from which it is judged. */
  enough: number;
  range: number;
  /** Share of its requests that a new version may fail: 1 is all. */
  allowed: number;
  /** Seconds after which the error budget is gone if every request of every user fails. */
  budget: number;
  onNoData: Slo["onNoData"];
  /** Requests per second of the whole app that are enough, at each percentage at which it is judged. */
  needed: { share: number; perSecond: number }[];
  /** What becomes of every version without any request. */
  below: WorstCase;
}

export interface PlannedWorstCase extends WorstCase {
  /** Share of its requests that the new version fails: 1 is all. */
  failing: number;
  /** Requests per second of the whole app: the least that the analysis needs, or more than it could need. */
  traffic: number | "many";
}

/** So many requests per second that there are always enough to judge. */
const many = 1e9;

/** What follows from values of `service/chart`, of any commit; undefined where they do not say how versions are judged. */
export function planOf(values: Values): Plan | undefined {
  const judge = judgeOf(values);
  if (!judge) return undefined;
  const stages = rolloutTimeline(values);
  const judged = judgedOf(stages, judge);
  const { strategy } = values;
  const isTested = strategy.type === "blueGreen" || (strategy.type === "canary" && strategy.steps.some((s) => s.tests));
  return {
    strategy: strategy.type,
    stages: planned(stages),
    seconds: secondsUnderWay(values),
    waits: stages.filter(({ kind }) => kind === "ready").length,
    decisions: stages.filter(({ kind }) => kind === "decision").length,
    tests: isTested ? (values.tests?.requests ?? []) : [],
    ...(judged && { judged }),
    window: `${judge.days}d`,
    worst: worstOf(stages, judge, judged),
  };
}

function planned(stages: Stage[]): PlannedStage[] {
  let at = 0;
  return stages.map(({ kind, share, seconds, checks = [] }) => {
    const stage = {
      at,
      kind,
      share,
      ...(seconds !== undefined && { seconds }),
      ...(kind === "judged" && { measurements: Math.max(...checks.map(({ at }) => at.length)) }),
    };
    at += seconds ?? 0;
    return stage;
  });
}

function judgedOf(stages: Stage[], judge: Judge): Judged | undefined {
  const shares = stages.filter(({ kind, share }) => kind === "judged" && share > 0).map(({ share }) => share);
  if (shares.length === 0) return undefined;
  const { enough, range, allowed, budget, onNoData } = judge;
  const needed = shares.map((share) => ({ share, perSecond: requestsNeeded(judge, share) }));
  return { enough, range, allowed, budget, onNoData, needed, below: worstCase(stages, judge, 1, 0) };
}

/** Versions that fail all of their requests, half of them, and just more than the analysis allows. */
function worstOf(stages: Stage[], judge: Judge, judged?: Judged): PlannedWorstCase[] {
  const shares = judged ? [1, 0.5, judge.allowed * 1.001] : [1, 0.5];
  const least = Math.max(...(judged?.needed.map(({ perSecond }) => perSecond) ?? []));
  const traffics = judged ? [least, "many" as const] : ["many" as const];
  return shares.flatMap((failing) =>
    traffics.map((traffic) => {
      return { failing, traffic, ...worstCase(stages, judge, failing, traffic === "many" ? many : traffic) };
    }),
  );
}
