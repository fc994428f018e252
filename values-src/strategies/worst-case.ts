import type { Values } from "../charts/http-service.ts";
import { toSeconds } from "../duration.ts";
import { type Limits, limitsOf } from "../observability/analysis.ts";
import { objectivesIn } from "../observability/objectives.ts";
import { budget } from "../observability/recording-rules.ts";
import type { Stage } from "./timeline.ts";

/** What decides how soon the analysis finds a version that fails requests, and what that costs. */
export interface Judge extends Limits {
  /** Seconds between two scrapes. */
  scrape: number;
  /** Window of the SLO in days. */
  days: number;
  /** Seconds after which the error budget of the SLO's window is gone if every request of every user fails. */
  budget: number;
}

/** What a bad version does until it is sent back, as far as it is. */
export interface WorstCase {
  /** `paused`: too few requests to judge it, so it waits at its share for somebody to decide. `stays`: it takes over. */
  outcome: "sentBack" | "paused" | "stays";
  /** Percent of the users' requests that the new version gets at last. */
  share: number;
  /** Largest share of the users' requests that fails: 1 is all. */
  failed: number;
  /** Seconds for which users meet it, until that outcome; `waits` times of unknown length come on top. */
  seconds: number;
  waits: number;
  /** Share of the error budget of the SLO's window that is gone by then, at constant traffic: 1 is all. */
  budgetUsed: number;
  /** Of a version that stays: seconds in which it uses up a whole budget, once it answers all requests. */
  budgetGoneAfter?: number;
}

/** A stage, or what there was of it. */
type Span = Pick<Stage, "share" | "seconds">;

/** Seconds until Prometheus knows a new pod: its discovery hands over what is new every 5 s. */
const discovery = 5;

/** Requests are compared with what is enough: divided and multiplied again, they may be a trifle less. */
const trifle = 1e-9;

/** Without an analysis no failure is too much. */
const nobody: Limits = { range: 0, enough: 0, allowed: 1, tolerated: 0, onNoData: "pass" };

/** From the values alone; undefined where their rules or their analysis are not those of `observability/`. */
export function judgeOf({ metrics, analysis, rules }: Values): Judge | undefined {
  const limits = analysis ? limitsOf(analysis) : nobody;
  const constants = objectivesIn(rules);
  const availability = constants.find(({ record, slo }) => {
    return record === "app:slo_objective:ratio" && slo === "availability";
  });
  const window = constants.find(({ record }) => record === "app:slo_window:days");
  if (!limits || !availability || !window) return undefined;
  const scrape = toSeconds(metrics.scrapeInterval);
  const days = window.value;
  return { ...limits, scrape, days, budget: budget(availability.value) * (days * 86_400) };
}

/** Requests per second of the whole app from which a new version with that percentage of them can be judged. */
export function requestsNeeded({ enough, range }: Judge, share: number): number {
  return (100 * enough) / (range * share);
}

/**
 * What becomes of a new version that fails a share of its requests (1 is all) from its first one on, with so many requests
 * per second to the whole app. A measurement can fail once a rate is known, which takes two scrapes since users came to
 * the version, of pods that Prometheus knows, and once there were enough requests within its range. Waits of unknown length
 * count as no time. What is left out: chance in few requests, failures of the stable version, and how fast the ingress controller follows.
 */
export function worstCase(stages: Stage[], judge: Judge, failing: number, traffic: number): WorstCase {
  const spans: Span[] = [];
  for (const stage of stages) {
    const verdict = verdictOn(stage, spans, judge, failing, traffic);
    spans.push({ share: stage.share, seconds: verdict?.at ?? stage.seconds });
    if (verdict) return sum(verdict.outcome, spans, stage.share, judge, failing);
  }
  return { ...sum("stays", spans, 100, judge, failing), budgetGoneAfter: judge.budget / failing };
}

interface Verdict {
  outcome: "sentBack" | "paused";
  /** Seconds since the stage began. */
  at: number;
}

/** What ends a stage before the next one; undefined if nothing does. */
function verdictOn(
  { share, checks = [] }: Stage,
  before: Span[],
  judge: Judge,
  failing: number,
  traffic: number,
): Verdict | undefined {
  const timesOf = (metric: string) => checks.find(({ name }) => name === metric)?.at ?? [];
  const spansAt = (at: number) => [...before, { share, seconds: at }];
  const isEnough = (at: number) => requestsIn(spansAt(at), judge.range, traffic) >= judge.enough * (1 - trifle);
  const isKnown = (at: number) => {
    const spans = spansAt(at);
    const up = secondsIn(spans);
    const withUsers = secondsIn(spans.filter(({ share }) => share > 0));
    return withUsers >= 2 * judge.scrape && up >= discovery + 2 * judge.scrape;
  };
  const failures = failing > judge.allowed ? timesOf("errors").filter((at) => isKnown(at) && isEnough(at)) : [];
  const back = failures[judge.tolerated];
  const [scarce] = timesOf("traffic").filter((at) => !isEnough(at));
  if (back !== undefined && back <= (scarce ?? back)) return { outcome: "sentBack", at: back };
  if (scarce === undefined) return undefined;
  return { outcome: judge.onNoData === "fail" ? "sentBack" : "paused", at: scarce };
}

/** Requests that the new version got in the last seconds. */
function requestsIn(spans: Span[], range: number, traffic: number): number {
  let left = range;
  let requests = 0;
  for (const { share, seconds = 0 } of spans.toReversed()) {
    const within = Math.min(left, seconds);
    requests += (share / 100) * traffic * within;
    left -= within;
  }
  return requests;
}

function secondsIn(spans: Span[]): number {
  return spans.reduce((sum, { seconds = 0 }) => sum + seconds, 0);
}

function sum(outcome: WorstCase["outcome"], spans: Span[], share: number, judge: Judge, failing: number): WorstCase {
  const failedSeconds = spans.reduce((all, { share, seconds = 0 }) => all + (share / 100) * failing * seconds, 0);
  return {
    outcome,
    share,
    failed: (share / 100) * failing,
    seconds: secondsIn(spans.filter(({ share }) => share > 0)),
    waits: spans.filter(({ share, seconds }) => share > 0 && seconds === undefined).length,
    budgetUsed: failedSeconds / judge.budget,
  };
}
