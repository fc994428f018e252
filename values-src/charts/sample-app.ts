/**
 * Values of `service/chart`. All are required unless marked: the chart has no defaults of its own.
 * `npm run gen` derives the chart's values.schema.json from this file.
 */
export interface Values {
  image: {
    /**
     * Without the tag.
     * @pattern ^[^:@]+(:[0-9]+/[^:@]+)?$
     */
    repository: string;
    /**
     * Also the label app.kubernetes.io/version, hence no longer than a label's value.
     * @pattern ^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$
     */
    tag: string;
  };
  /**
   * Pods of the version that serves; a rollout runs more beside them.
   * @asType integer
   * @minimum 1
   */
  replicaCount: number;
  strategy: Strategy;
  /**
   * Seconds for a new version to get its pods ready; a Rollout that needs longer goes back by itself.
   * @asType integer
   * @minimum 1
   */
  progressDeadlineSeconds: number;
  /** Ports that the container listens on. */
  ports: { http: Port; metrics: Port };
  ingress: {
    className: string;
    host: Host;
    /** HTTPS with the certificate in the Secret `<release>-tls`. */
    tls: boolean;
  };
  metrics: { scrapeInterval: Duration };
  /** Lets at most one pod be evicted at a time. */
  podDisruptionBudget: { enabled: boolean };
  resources: {
    requests: { cpu: Quantity; memory: Quantity };
    limits: { memory: Quantity };
  };
}

/**
 * How a new version takes over.
 * @discriminator type
 */
export type Strategy = Rolling | BlueGreen | Canary;

/** A Deployment that replaces pods one by one. */
export interface Rolling {
  type: "rolling";
  /**
   * @asType integer
   * @minimum 1
   */
  maxSurge: number;
  /**
   * @asType integer
   * @minimum 0
   */
  maxUnavailable: number;
}

/** A Rollout that brings up the whole new version and then switches all traffic to it. */
export interface BlueGreen {
  type: "blueGreen";
  /** Where the new version can be looked at before the switch. */
  previewHost?: Host;
  /**
   * Seconds between the new version's readiness and the switch. Without it, somebody has to promote.
   * @asType integer
   * @minimum 1
   */
  autoPromotionSeconds?: number;
  /**
   * Seconds that the old version stays up after the switch, ready to be switched back to.
   * @asType integer
   * @minimum 30
   */
  scaleDownDelaySeconds: number;
}

/** A Rollout that gives the new version a growing share of the traffic. */
export interface Canary {
  type: "canary";
  /** @minItems 1 */
  steps: CanaryStep[];
}

/**
 * Exactly one of these.
 * @minProperties 1
 * @maxProperties 1
 */
export interface CanaryStep {
  /**
   * Percent of the requests that go to the new version.
   * @asType integer
   * @minimum 0
   * @maximum 100
   */
  setWeight?: number;
  /** Without a duration it lasts until somebody promotes. */
  pause?: { duration?: Duration };
}

/**
 * @asType integer
 * @minimum 1024
 * @maximum 65535
 */
type Port = number;

/** @pattern ^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$ */
type Host = string;

/** @pattern ^[1-9][0-9]*(s|m|h)$ */
type Duration = string;

/** @pattern ^[0-9]+(\.[0-9]+)?(m|k|M|G|Ki|Mi|Gi)?$ */
type Quantity = string;
