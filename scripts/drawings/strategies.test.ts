import { describe, expect, test } from "vitest";
import type { Departure } from "../../values-src/app.ts";
import type { Values } from "../../values-src/charts/http-service.ts";
import { values } from "../../values-src/releases/http-service.ts";
import { rolloutTimeline } from "../../values-src/strategies/timeline.ts";
import { app, environment } from "../../values-src/testing/facts.ts";
import { pictureFiles, strategiesPicture } from "./strategies.ts";
import type { LaneSource } from "./strategies-scale.ts";

const environments = [
  environment({ name: "ci", pace: "fast" }),
  environment({ name: "dev", pace: "steady", strategy: "rolling" }),
  environment({ name: "prod", pace: "steady", size: "large" }),
  environment({ name: "staging", pace: "steady", strategy: "blueGreen", size: "medium" }),
];

/** Of the test's own: those of `paces.ts` and `sizes.ts` are their users' to change. */
const analysis = { analysisInterval: "30s", analysisDelay: "90s", analysisCount: 10 };
const quick = { analysisInterval: "5s", analysisDelay: "25s", analysisCount: 6 };
const environmentsOfApp: Record<string, Departure> = {
  ci: { replicas: 1, pace: { ...quick, weights: [20, 50] } },
  dev: { replicas: 1, pace: { progressDeadlineSeconds: 600 } },
  prod: { replicas: 4, pace: { ...analysis, weights: [5, 20, 50] } },
  staging: { replicas: 2, pace: { ...analysis, autoPromotionSeconds: 300, scaleDownDelaySeconds: 600 } },
};

/** All environments with their app's values, one of which may be changed. */
function sources(changed?: string, change?: (values: Values) => void): LaneSource[] {
  return environments.map((env) => {
    const own = structuredClone(values(app(env, { environments: environmentsOfApp, maxPodLoad: 2 })));
    if (env.name === changed) change?.(own);
    return { env, apps: [], values: own };
  });
}

function strategyOf<Type extends Values["strategy"]["type"]>({ strategy }: Values, type: Type) {
  if (strategy.type !== type) throw new Error(`the strategy is ${strategy.type}`);
  return strategy as Extract<Values["strategy"], { type: Type }>;
}

/** What is written in a picture. */
function texts(picture: string): string[] {
  return [...picture.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text = ""]) => text);
}

/** Title -> whose value is changed, how, and what the picture says then and did not before. */
const changes: Record<string, [env: string, change: (values: Values) => void, says: string[]]> = {
  "a weight": ["prod", (v) => Object.assign(strategyOf(v, "canary").steps[2] ?? {}, { setWeight: 35 }), ["35 %"]],
  "the seconds before the switch": [
    "staging",
    (v) => Object.assign(strategyOf(v, "blueGreen"), { autoPromotionSeconds: 77 }),
    ["1 min 17 s: switched"],
  ],
  "how long the old version is kept": [
    "staging",
    (v) => Object.assign(strategyOf(v, "blueGreen"), { scaleDownDelaySeconds: 1230 }),
    ["30 min: old pods end"],
  ],
  "the interval of an analysis": [
    "ci",
    (v) => v.analysis?.metrics.map((metric) => Object.assign(metric, { interval: "7s" })),
    ["judged 6 times, every 7 s", "35 s: found good"],
  ],
  "the count of an analysis": [
    "ci",
    (v) => v.analysis?.metrics.slice(0, 3).map((metric) => Object.assign(metric, { count: 8 })),
    ["judged 8 times, every 5 s", "1 min 10 s: found good"],
  ],
  "the delay of a metric": [
    "prod",
    (v) => v.analysis?.metrics.slice(3).map((metric) => Object.assign(metric, { initialDelay: "301s" })),
    ["5 min 1 s: found good"],
  ],
  "a metric's name": [
    "prod",
    (v) => Object.assign(v.analysis?.metrics[3] ?? {}, { name: "busy" }),
    [": traffic, busy"],
  ],
  "the time for pods to get ready": [
    "dev",
    (v) => Object.assign(v, { progressDeadlineSeconds: 45 }),
    ["new pods have 45 s to get ready"],
  ],
  "the number of pods": ["staging", (v) => Object.assign(v, { replicaCount: 5 }), ["5 pods, at most twice as many"]],
  "a pause for somebody to decide": [
    "ci",
    (v) => strategyOf(v, "canary").steps.push({ pause: {} }),
    ["promoted by hand"],
  ],
};

describe("the picture of the strategies follows", () => {
  const before = texts(strategiesPicture(sources())).join("\n");
  for (const [title, [env, change, says]] of Object.entries(changes)) {
    test(title, () => {
      const after = texts(strategiesPicture(sources(env, change))).join("\n");
      for (const words of says) {
        expect(before).not.toContain(words);
        expect(after).toContain(words);
      }
    });
  }
});

describe("the picture of the strategies", () => {
  test("names every environment's weights, and when the switch is", () => {
    const all = sources();
    const drawn = texts(strategiesPicture(all));
    for (const { env, values } of all) {
      expect(drawn).toContain(`${values.strategy.type} in ${env.name}`);
      if (values.strategy.type !== "canary") continue;
      const weights = values.strategy.steps.flatMap(({ setWeight = [] }) => setWeight);
      expect(drawn).toEqual(expect.arrayContaining(weights.map((weight) => `${weight} %`)));
    }
    expect(drawn).toContain("5 min: switched");
  });

  test("is the same whatever the order of the environments", () => {
    expect(strategiesPicture(sources().reverse())).toBe(strategiesPicture(sources()));
  });

  test("loads nothing, runs nothing and has no number that is none", () => {
    const picture = strategiesPicture(sources());
    expect(picture.replace('xmlns="http://www.w3.org/2000/svg"', "")).not.toMatch(
      /<script|href|https?:|@import|\son\w+=/,
    );
    expect(picture).not.toMatch(/NaN|Infinity|undefined/);
  });

  test("has one lane for apps that are rolled out alike, and names those that depart", () => {
    const [ci] = environments;
    const steady = { environments: { ci: { pace: "steady" } } } as const;
    const apps = [app(ci, {}, "one"), app(ci, {}, "two"), app(ci, steady, "three")];
    const picture = (of: typeof apps) => {
      const [text = ""] = pictureFiles(
        "/",
        of.map((each) => ({ app: each, values: values(each) })),
      ).values();
      return texts(text).filter((words) => words.startsWith("canary in"));
    };
    expect(picture(apps.slice(0, 2))).toEqual(["canary in ci"]);
    expect(picture(apps)).toEqual(["canary in ci: three", "canary in ci: one, two"]);
  });

  test("is not drawn where there is no app", () => {
    expect(pictureFiles("/", [])).toEqual(new Map());
  });
});

describe("a rollout's timeline", () => {
  const [, , prodSource] = sources();
  const kinds = (values: Values) => rolloutTimeline(values).map(({ kind, share }) => `${kind} ${share}`);

  test("waits for pods only where a weight needs more of them than there are", () => {
    const { values } = prodSource as LaneSource;
    expect(kinds(values)).toEqual(["ready 0", "judged 5", "judged 20", "ready 20", "judged 50", "ready 50"]);
    const few = { ...values, replicaCount: 1 };
    expect(kinds(few)).toEqual(["ready 0", "judged 5", "judged 20", "judged 50"]);
  });

  test("replaces the pods of a rolling update by as many as may be more or fewer", () => {
    const { values } = prodSource as LaneSource;
    const rolling = {
      ...values,
      strategy: { type: "rolling", workload: "Rollout", maxSurge: 1, maxUnavailable: 1 },
    } as const;
    expect(kinds(rolling)).toEqual(["ready 0", "ready 50"]);
  });
});
