import { expect, test } from "vitest";
import type { Step } from "../../../values-src/app.ts";
import type { Values } from "../../../values-src/charts/http-service.ts";
import type { StrategyName } from "../../../values-src/environment.ts";
import type { PaceSettings } from "../../../values-src/paces.ts";
import { values } from "../../../values-src/releases/http-service.ts";
import type { Slo } from "../../../values-src/slo.ts";
import { app, appFacts, environment, fastPace } from "../../../values-src/testing/facts.ts";
import { planEffects } from "./plan-effects.ts";

interface Facts {
  strategy?: StrategyName;
  steps?: Step[];
  pace?: Partial<PaceSettings>;
  slo?: Partial<Slo>;
}

/** A canary by way of 20 and 50 % with an SLO of 99 % in 28 days, where the facts say nothing else. */
function valuesOf({ strategy = "canary", slo, steps, ...other }: Facts): Values {
  const departure = { replicas: 1, ...(steps && { steps }), pace: { ...fastPace, ...other.pace } };
  const facts = { slo: { ...appFacts().slo, ...slo }, environments: { test: departure } };
  return values(app(environment({ strategy }), facts));
}

function effects(before: Facts, after: Facts): string[] {
  return planEffects("shop", valuesOf(before), valuesOf(after)).map(({ danger, kind, text }) => {
    return `${danger} ${kind}: ${text}`;
  });
}

const harm = "caution worst-case: a bad version of shop can do more harm";
const requests = "caution requests-needed: new versions of shop are judged only with more requests";
const longer = "note rollout-time: a rollout of shop takes longer";

/** What a change and its way back make worse. */
const cases: Record<string, [before: Facts, after: Facts, there: string[], back: string[]]> = {
  "a larger first weight": [
    {},
    { steps: [{ weight: 40 }, { weight: 50 }] },
    [`${harm}: requests that fail 20 % -> 40 %`],
    [`${requests}: per second 6.3 -> 12.5`],
  ],
  "one weight more at the end": [
    {},
    { steps: [{ weight: 20 }, { weight: 50 }, { weight: 80 }] },
    [`${longer}: beside waits for pods 50 s -> 1 min 15 s`],
    [],
  ],
  "no analysis": [
    {},
    { strategy: "rolling" },
    [
      `${harm}: requests that fail 20 % -> 100 %, sent back after 20 s -> never by itself, error budget gone 0.0165 % -> 100 %`,
    ],
    [`${requests}: per second 0 -> 12.5`, `${longer}: beside waits for pods 0 s -> 50 s`],
  ],
  "a failure that is tolerated": [
    {},
    { pace: { analysisFailureLimit: 1 } },
    [`${harm}: sent back after 20 s -> 25 s`],
    [],
  ],
  "a person who decides": [
    { steps: [{ weight: 20 }] },
    { steps: [{ weight: 20, pause: "promotion" }] },
    [`${longer}: decisions by a person 0 -> 1`],
    [],
  ],
  "a stricter SLO, which so few requests cannot prove": [
    {},
    { slo: { availability: 0.999 } },
    [`${requests}: per second 12.5 -> 50.3`],
    [],
  ],
  "a budget of which one bad version takes a good part": [
    { strategy: "blueGreen", slo: { availability: 0.999, window: "28d" } },
    { strategy: "blueGreen", slo: { availability: 0.9999, window: "7d" } },
    [`${harm}: error budget gone 0.827 % -> 33.1 %`, `${requests}: per second 10.1 -> 101`],
    [],
  ],
  "a share that is one point larger": [
    { steps: [{ weight: 5 }] },
    { steps: [{ weight: 6 }] },
    [],
    [`${requests}: per second 41.7 -> 50`],
  ],
  "a share that is less than a tenth larger": [{ steps: [{ weight: 40 }] }, { steps: [{ weight: 43 }] }, [], []],
  "a tag": [{}, {}, [], []],
};

test.for(Object.entries(cases))("%s: what gets worse, and nothing else", ([, [before, after, there, back]]) => {
  expect(effects(before, after)).toEqual(there);
  expect(effects(after, before)).toEqual(back);
});

test("values that do not say how a version is judged, as of an older commit, are not compared", () => {
  const { rules: _, ...older } = valuesOf({});
  expect(planEffects("shop", older, valuesOf({ strategy: "rolling" }))).toEqual([]);
});
