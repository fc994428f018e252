import type { Pace } from "./environment.ts";

/** How fast a new version is rolled out and judged. An app may set each of these for itself in an environment. */
export interface PaceSettings {
  /** Short enough for an analysis at each weight of a canary. */
  scrapeInterval: Duration;
  /**
   * Seconds within which a new version's pods must be ready; a Rollout that needs longer is aborted.
   * @asType integer
   * @minimum 1
   */
  progressDeadlineSeconds: number;
  /**
   * Percent of the requests that a canary gets, step by step; each weight is followed by an analysis.
   * @minItems 1
   */
  weights: Weight[];
  /** Range of every rate of the analysis: four scrapes. */
  analysisRange: Duration;
  /** Time between two measurements. */
  analysisInterval: Duration;
  /** Wait for the measurement of the traffic: until the new version has had some for a whole range. */
  analysisDelay: Duration;
  /**
   * Measurements at each weight of a canary, and after the switch of a blue/green version while the old one is up.
   * @asType integer
   * @minimum 1
   */
  analysisCount: number;
  /**
   * Failed measurements that are tolerated, since they may be chance.
   * @asType integer
   * @minimum 0
   */
  analysisFailureLimit: number;
  /**
   * Seconds between a blue/green version's readiness and the switch, for checks against the preview host.
   * @asType integer
   * @minimum 1
   */
  autoPromotionSeconds: number;
  /**
   * Seconds that the old version stays up after the switch. Proxies need up to 30 s to stop sending requests to it.
   * @asType integer
   * @minimum 30
   */
  scaleDownDelaySeconds: number;
  /** Time after which a rollout that is still under way fires the alert RolloutStuck. */
  stuckAfter: Duration;
}

/** @pattern ^[1-9][0-9]*(s|m|h)$ */
type Duration = string;

/**
 * @asType integer
 * @minimum 0
 * @maximum 100
 */
type Weight = number;

export const paces: Record<Pace, PaceSettings> = {
  /** For users. Small weights first: most bad versions show at any weight. Then larger: some show only under load. */
  steady: {
    scrapeInterval: "15s",
    progressDeadlineSeconds: 600,
    weights: [5, 20, 50],
    analysisRange: "1m",
    analysisInterval: "30s",
    analysisDelay: "90s",
    analysisCount: 10,
    analysisFailureLimit: 1,
    autoPromotionSeconds: 300,
    scaleDownDelaySeconds: 600,
    stuckAfter: "1h",
  },
  /** For test runs. */
  fast: {
    scrapeInterval: "5s",
    progressDeadlineSeconds: 60,
    weights: [20, 50],
    analysisRange: "20s",
    analysisInterval: "5s",
    analysisDelay: "25s",
    analysisCount: 6,
    analysisFailureLimit: 0,
    autoPromotionSeconds: 5,
    scaleDownDelaySeconds: 30,
    stuckAfter: "10m",
  },
};
