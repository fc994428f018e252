import { describe, expect, test } from "vitest";
import type { Step } from "../app.ts";
import type { StrategyName } from "../environment.ts";
import type { PaceSettings } from "../paces.ts";
import { values } from "../releases/http-service.ts";
import type { Slo } from "../slo.ts";
import { app, appFacts, environment, fastPace } from "../testing/facts.ts";
import { rolloutTimeline } from "./timeline.ts";
import { type Judge, judgeOf, requestsNeeded, worstCase } from "./worst-case.ts";

/** Of the test's own: those of `paces.ts` are their users' to change. */
const steady: Partial<PaceSettings> = {
  scrapeInterval: "15s",
  weights: [5, 20, 50],
  analysisRange: "1m",
  analysisInterval: "30s",
  analysisDelay: "90s",
  analysisCount: 10,
  analysisFailureLimit: 1,
  autoPromotionSeconds: 300,
  scaleDownDelaySeconds: 600,
};

const many = 1e9;

interface Facts {
  pace?: Partial<PaceSettings>;
  strategy?: StrategyName;
  steps?: Step[];
  slo?: Partial<Slo>;
  replicas?: number;
}

/** The app with an SLO of 99 % in 28 days, 50 requests and at most 5 % failures for a verdict. */
function appOf({ pace = fastPace, strategy = "canary", slo, ...departure }: Facts) {
  const own = { ...appFacts().slo, ...slo };
  return app(environment({ strategy }), { slo: own, environments: { test: { pace, replicas: 1, ...departure } } });
}

function judgeIn(facts: Facts): Judge {
  const judge = judgeOf(values(appOf(facts)));
  if (!judge) throw new Error("the values do not say how a version is judged");
  return judge;
}

function caseOf(facts: Facts, failing: number, traffic: number) {
  return worstCase(rolloutTimeline(values(appOf(facts))), judgeIn(facts), failing, traffic);
}

/** Percent of the users' requests at the end, and seconds until then. */
function endOf(...of: Parameters<typeof caseOf>) {
  const { outcome, share, seconds } = caseOf(...of);
  return [outcome, share, seconds];
}

/** Seconds of the budget of 28 days of 1 %. */
const budget = 0.01 * 28 * 86_400;

test("is what was measured on a cluster: half of 200 requests/s, 10.5 % failed for 14.8 s in the worst of three times", () => {
  const { outcome, failed, seconds, budgetUsed } = caseOf({}, 0.5, 200);
  expect([outcome, failed, seconds]).toEqual(["sentBack", 0.1, 15]);
  const requests = budgetUsed * budget * 200;
  const seen = 0.105 * 14.8 * 200;
  expect(Math.abs(requests - seen) / seen).toBeLessThan(0.2);
});

describe("a canary is sent back", () => {
  test("at its first weight, at the first measurement after two scrapes of pods that Prometheus had to find", () => {
    const found = { outcome: "sentBack", share: 20, failed: 0.2, seconds: 15, waits: 0 };
    expect(caseOf({}, 1, many)).toEqual({ ...found, budgetUsed: expect.closeTo((0.2 * 15) / budget, 12) });
  });

  test("one measurement later for each that is tolerated", () => {
    expect(endOf({ pace: steady }, 1, many)).toEqual(["sentBack", 5, 90]);
    expect(endOf({ pace: { ...steady, analysisFailureLimit: 3 } }, 1, many)).toEqual(["sentBack", 5, 150]);
  });

  test("later the fewer requests there are, until a whole range of them is just enough", () => {
    expect(endOf({}, 1, 20)).toEqual(["sentBack", 20, 15]);
    expect(endOf({}, 1, 12.5)).toEqual(["sentBack", 20, 20]);
    const least = requestsNeeded(judgeIn({ pace: steady }), 5);
    expect(least).toBeCloseTo(16.67, 2);
    expect(endOf({ pace: steady }, 1, least)).toEqual(["sentBack", 5, 90]);
  });

  test("with just the requests that it needs, at every weight", () => {
    const judge = judgeIn({});
    const [judged] = rolloutTimeline(values(appOf({}))).filter(({ kind }) => kind === "judged");
    const ends = Array.from({ length: 99 }, (_, n) => {
      const share = n + 1;
      const stages = judged ? [{ ...judged, share }] : [];
      return worstCase(stages, judge, 1, requestsNeeded(judge, share)).seconds;
    });
    expect(new Set(ends)).toEqual(new Set([20]));
  });

  test("at a later weight where the first one has too few measurements, with all of its time", () => {
    // Bad at 15 s alone, which is tolerated; the traffic is measured after 25 s. At the next weight, bad at once.
    const pace = { ...fastPace, analysisCount: 4, analysisFailureLimit: 2 };
    expect(caseOf({ pace }, 1, many)).toMatchObject({ outcome: "sentBack", share: 50, seconds: 25 + 10 });
    expect(caseOf({ pace }, 1, many).budgetUsed).toBeCloseTo((0.2 * 25 + 0.5 * 10) / budget, 12);
  });

  test("after weights and pauses that nobody judges, and at once where enough requests went before", () => {
    const steps: Step[] = [{ weight: 5, analysis: false, pause: "1m" }, { weight: 20 }];
    expect(endOf({ steps }, 1, many)).toEqual(["sentBack", 20, 60]);
    // A range at 5 % has 40 of the 50 requests, and 15 s of it with 5 s at 20 % have 30 and 40.
    expect(endOf({ steps }, 1, 40)).toEqual(["sentBack", 20, 65]);
  });

  test("after a wait for people or pods, which is no time that anybody knows", () => {
    const steps: Step[] = [{ weight: 10, analysis: false, pause: "promotion" }, { weight: 50 }];
    expect(caseOf({ steps, replicas: 4 }, 1, many)).toMatchObject({ share: 50, seconds: 15, waits: 2 });
  });
});

describe("is never sent back", () => {
  test("a version that fails no more than the analysis allows: it stays, and uses up the budget", () => {
    expect(caseOf({}, 0.05, many)).toMatchObject({
      outcome: "stays",
      share: 100,
      failed: 0.05,
      seconds: 50,
      budgetGoneAfter: expect.closeTo(budget / 0.05),
    });
    expect(caseOf({}, 0.05001, many).outcome).toBe("sentBack");
    // A loose SLO allows half of the requests to fail.
    const slo = { availability: 0.9 };
    expect([0.5, 0.501].map((failing) => caseOf({ slo }, failing, many).outcome)).toEqual(["stays", "sentBack"]);
  });

  test("a version that is judged nowhere, or never often enough", () => {
    const steps: Step[] = [{ weight: 20, analysis: false, pause: "30s" }];
    expect(endOf({ steps }, 1, many)).toEqual(["stays", 100, 30]);
    const pace = { ...fastPace, weights: [20], analysisCount: 2 };
    expect(endOf({ pace, slo: { onNoData: "pass" } }, 1, many)).toEqual(["stays", 100, 5]);
  });

  test("under rolling: readiness alone decides, and the budget is gone some hours later", () => {
    const { outcome, failed, seconds, waits, budgetGoneAfter } = caseOf(
      { strategy: "rolling", replicas: 4 },
      0.5,
      many,
    );
    expect({ outcome, failed, seconds, waits }).toEqual({ outcome: "stays", failed: 0.5, seconds: 0, waits: 3 });
    expect(budgetGoneAfter).toBe(48_384);
  });
});

test("a blue/green version reaches everybody, from the switch until it is sent back", () => {
  expect(caseOf({ strategy: "blueGreen" }, 1, many)).toMatchObject({ share: 100, failed: 1, seconds: 10, waits: 0 });
  expect(endOf({ strategy: "blueGreen", pace: steady }, 1, many)).toEqual(["sentBack", 100, 60]);
  expect(endOf({ strategy: "blueGreen", pace: steady }, 1, 50 / 60)).toEqual(["sentBack", 100, 90]);
  expect(caseOf({ strategy: "blueGreen", pace: steady }, 0.5, many).budgetUsed).toBeCloseTo(30 / budget, 12);
});

describe("with too few requests to judge it", () => {
  const tooFew = 12.4;

  test("it waits at its weight, is sent back, or goes on, as onNoData says", () => {
    expect(endOf({}, 1, tooFew)).toEqual(["paused", 20, 25]);
    expect(endOf({ slo: { onNoData: "fail" } }, 1, tooFew)).toEqual(["sentBack", 20, 25]);
    // Enough at 50 %, after 5 s, with those at 20 % before.
    expect(endOf({ slo: { onNoData: "pass" } }, 1, tooFew)).toEqual(["sentBack", 50, 30]);
    expect(endOf({ slo: { onNoData: "pass" } }, 1, 1)).toEqual(["stays", 100, 50]);
  });

  test("a good version fares no better", () => {
    expect(endOf({}, 0, tooFew)).toEqual(["paused", 20, 25]);
  });

  test("a tight SLO asks for more than minRequests: for as many as let one failure pass", () => {
    const slo = { availability: 0.999 };
    expect(requestsNeeded(judgeIn({ slo }), 20)).toBe((100 * 201) / (20 * 20));
    expect(endOf({ slo }, 1, 50)).toEqual(["paused", 20, 25]);
    expect(endOf({ slo }, 1, 50.25)).toEqual(["sentBack", 20, 20]);
  });
});
