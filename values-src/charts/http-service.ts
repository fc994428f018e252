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
    /**
     * Pins the image, whatever the tag comes to mean.
     * @pattern ^sha256:[0-9a-f]{64}$
     */
    digest?: string;
  };
  /** The label app.kubernetes.io/name, which selectors hold; the release's name unless it is another. */
  nameLabel?: Name;
  /** Name of the environment, as the app tells it. */
  environment: string;
  /** Plain environment variables of the app's own. */
  env: { [name: string]: string };
  /** Names of Secrets whose keys the app gets as environment variables. Values never hold a secret itself. */
  secrets?: Name[];
  /**
   * Pods of the version that serves; a rollout runs more beside them. With autoscaling, only what it starts from.
   * @asType integer
   * @minimum 1
   */
  replicaCount: number;
  autoscaling?: Autoscaling;
  strategy: Strategy;
  /**
   * Seconds within which a new version's pods must be ready; a Rollout that needs longer is aborted.
   * @asType integer
   * @minimum 1
   */
  progressDeadlineSeconds: number;
  /** Ports that the container listens on. */
  ports: { http: Port; metrics: Port };
  /** Paths of the liveness and the readiness probe. */
  probes: { live: UrlPath; ready: UrlPath };
  /**
   * How requests get in: by an Ingress (`className`), an HTTPRoute (`gateway`), or both.
   * @minProperties 3
   */
  ingress: {
    /** Class of the Ingress. */
    className?: string;
    /** The Gateway that the HTTPRoute attaches to: its listener `https` with TLS, `http` otherwise. */
    gateway?: { name: Name; namespace: Name };
    host: Host;
    /** HTTPS: of an Ingress with the certificate in the Secret `<release>-tls`, of a Gateway with its own. */
    tls: boolean;
  };
  metrics: {
    scrapeInterval: Duration;
    /**
     * The metric that gets the label `app_role`: the current role of the pod's version (stable, canary, …).
     * @pattern ^[a-zA-Z_:][a-zA-Z0-9_:]*$
     */
    infoMetric: string;
    /** That the selectors of Prometheus want on the ServiceMonitor and the PrometheusRule. */
    labels?: Record<string, string>;
  };
  /** Allows only traffic from the ingress controllers and Prometheus, to DNS, and what `egress` says. */
  networkPolicy: {
    enabled: boolean;
    /**
     * Namespaces of the ingress controllers.
     * @minItems 1
     */
    ingressNamespaces: Name[];
    /** Namespace of Prometheus. */
    prometheusNamespace: Name;
    egress?: Egress[];
  };
  /** Judges a new version during its rollout and aborts a bad one. Without it, only readiness is checked. */
  analysis?: Analysis;
  /** Requests that a new version must answer before users meet it. Not with the strategy `rolling`. */
  tests?: Tests;
  /** Groups of a PrometheusRule: recording rules and alerts. */
  rules?: RuleGroup[];
  /** Lets at most one pod be evicted at a time. */
  podDisruptionBudget: { enabled: boolean };
  resources: Resources;
}

interface Resources {
  requests: { cpu: Quantity; memory: Quantity };
  limits: { memory: Quantity };
}

/**
 * How a new version takes over.
 * @discriminator type
 */
export type Strategy = Rolling | BlueGreen | Canary;

/** Replaces pods a few at a time, as new ones get ready. */
export interface Rolling {
  type: "rolling";
  /**
   * `Rollout` wherever Argo Rollouts is there, as under every other strategy: a change of strategy then replaces no pod.
   */
  workload: "Rollout" | "Deployment";
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
  /** Runs `tests`: a version that fails them is aborted. */
  tests?: true;
  /**
   * Percent of the requests that go to the new version.
   * @asType integer
   * @minimum 0
   * @maximum 100
   */
  setWeight?: number;
  /** Pods of the new version from here on; they are ready before the next step. */
  setCanaryScale?: CanaryScale;
  /** Without a duration it lasts until somebody promotes. */
  pause?: { duration?: Duration };
  /** Runs `analysis`: success goes on, failure aborts, inconclusive pauses until somebody decides. */
  analysis?: true;
}

/**
 * Exactly one of these.
 * @minProperties 1
 * @maxProperties 1
 */
export interface CanaryScale {
  /**
   * Percent of the pods of the version that serves.
   * @asType integer
   * @minimum 0
   * @maximum 100
   */
  weight?: number;
  /**
   * @asType integer
   * @minimum 0
   */
  replicas?: number;
  /** As many as the weight asks for, again. */
  matchTrafficWeight?: true;
}

/** Tests of a new version alone, by a Job of Argo Rollouts' analysis. */
export interface Tests {
  /** An image with Node.js, which asks the requests. */
  image: string;
  /** @minItems 1 */
  requests: TestRequest[];
  /**
   * Seconds after which the Job is ended; the version has then failed.
   * @asType integer
   * @minimum 1
   */
  deadlineSeconds: number;
  resources: Resources;
}

/** A request, and the answer that it must get. */
export interface TestRequest {
  name: Name;
  method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  /**
   * Path, with a query if there is one.
   * @pattern ^/\S*$
   */
  path: string;
  headers?: { [name: string]: string };
  body?: string;
  /**
   * Status of the answer. A redirect is not followed.
   * @asType integer
   * @minimum 100
   * @maximum 599
   */
  status: number;
  /** Text that the answer's body contains; `{version}` stands for the new version's tag. */
  contains?: string;
  /**
   * Within which the whole answer must be there.
   * @exclusiveMinimum 0
   */
  seconds: number;
}

/** Pods by their use of the CPU that they request; needs metrics-server. */
export interface Autoscaling {
  /**
   * @asType integer
   * @minimum 1
   */
  minReplicas: number;
  /**
   * @asType integer
   * @minimum 1
   */
  maxReplicas: number;
  /**
   * @asType integer
   * @minimum 1
   * @maximum 100
   */
  targetCPUUtilizationPercentage: number;
}

/** The metrics of an AnalysisTemplate: https://argo-rollouts.readthedocs.io/en/stable/features/analysis/ */
export interface Analysis {
  /**
   * Prometheus, as seen from Argo Rollouts.
   * @pattern ^https?://
   */
  prometheusAddress: string;
  /** @minItems 1 */
  metrics: AnalysisMetric[];
}

/**
 * A query that is measured repeatedly. Without a condition every measurement would count as a success.
 * @if {"required": ["successCondition"]}
 * @else {"required": ["failureCondition"]}
 */
export interface AnalysisMetric {
  name: Name;
  /**
   * PromQL. `{{args.latest}}` and `{{args.stable}}` are the versions' pod hashes.
   * @pattern ^([^\x7b]|\x7b[^\x7b]|\x7b\x7bargs[.](latest|stable)\x7d\x7d)*$
   * @examples ["{{args.latest}}", "{{args.stable}}"]
   */
  query: string;
  interval: Duration;
  /** Time before the first measurement. */
  initialDelay?: Duration;
  /**
   * Number of measurements until the analysis ends; without it, it would never end.
   * @asType integer
   * @minimum 1
   */
  count: number;
  /** Expression on `result`. */
  successCondition?: string;
  /** Expression on `result`. */
  failureCondition?: string;
  /**
   * Failed measurements that are tolerated; one more aborts the rollout.
   * @asType integer
   * @minimum 0
   */
  failureLimit?: number;
  /**
   * Inconclusive measurements that are tolerated; one more pauses the rollout.
   * @asType integer
   * @minimum 0
   */
  inconclusiveLimit?: number;
  /**
   * Errors in a row that are tolerated, such as no answer from Prometheus; one more ends the analysis.
   * @asType integer
   * @minimum 0
   */
  consecutiveErrorLimit?: number;
}

export interface RuleGroup {
  name: string;
  interval?: Duration;
  /** @minItems 1 */
  rules: Rule[];
}

/**
 * A recording rule (`record`) or an alert (`alert`).
 * @if {"required": ["record"]}
 * @else {"required": ["alert"]}
 */
export interface Rule {
  record?: string;
  alert?: string;
  expr: string;
  for?: Duration;
  keep_firing_for?: Duration;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

/**
 * @asType integer
 * @minimum 1024
 * @maximum 65535
 */
type Port = number;

/** Connections to a namespace, or to addresses outside of the cluster. */
interface Egress {
  namespace?: Name;
  /** @pattern ^[0-9a-fA-F.:]+/[0-9]{1,3}$ */
  cidr?: string;
  /** @minItems 1 */
  ports: AnyPort[];
}

/**
 * @asType integer
 * @minimum 1
 * @maximum 65535
 */
type AnyPort = number;

/** @pattern ^/[^\s?#]*$ */
type UrlPath = string;

/** @pattern ^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$ */
type Name = string;

/** @pattern ^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$ */
type Host = string;

/**
 * @pattern ^[1-9][0-9]*(s|m|h)$
 * @examples ["30s", "5m"]
 */
type Duration = string;

/**
 * @pattern ^[0-9]+(\.[0-9]+)?(m|k|M|G|Ki|Mi|Gi)?$
 * @examples ["500m", "2", "1Gi"]
 */
type Quantity = string;
