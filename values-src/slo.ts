/** What users may expect of an app. Alerts, recording rules, dashboards and the analysis of a rollout follow from it. */
export interface Slo {
  /**
   * Share of the requests that are answered without a server error.
   * @minimum 0.9
   * @maximum 0.9999
   */
  availability: number;
  latency: {
    /**
     * Share of the requests that are answered within `seconds`: 0.95 is a p95.
     * @minimum 0.5
     * @maximum 0.999
     */
    percentile: number;
    /** A bound of the latency histogram's buckets, since only those are counted exactly. */
    seconds: 0.005 | 0.01 | 0.025 | 0.05 | 0.1 | 0.25 | 0.5 | 1 | 2.5 | 5;
  };
  /** Window of the error budget; must not be longer than Prometheus keeps its metrics. */
  window: "7d" | "14d" | "28d" | "30d";
  /**
   * Burn rate, on top of the stable version's, from which a new version is aborted; 1 spends the budget exactly in its
   * window.
   * @minimum 1
   * @maximum 50
   */
  maxBurnRate: number;
  /**
   * Requests below which no rate is judged. More are required where one failed request would exceed the limit.
   * @asType integer
   * @minimum 1
   * @maximum 100000
   */
  minRequests: number;
  /** What the analysis says when a new version gets too few requests: `inconclusive` pauses until somebody decides. */
  onNoData: "fail" | "pass" | "inconclusive";
}

/** Where an SLO would be looser than another, in words. */
export function looserThan(own: Slo, slo: Slo): string[] {
  return [
    own.availability < slo.availability && `availability ${own.availability} is below ${slo.availability}`,
    own.latency.percentile < slo.latency.percentile &&
      `latency.percentile ${own.latency.percentile} is below ${slo.latency.percentile}`,
    own.latency.seconds > slo.latency.seconds &&
      `latency.seconds ${own.latency.seconds} is above ${slo.latency.seconds}`,
    own.maxBurnRate > slo.maxBurnRate && `maxBurnRate ${own.maxBurnRate} is above ${slo.maxBurnRate}`,
  ].filter((reason) => reason !== false);
}
