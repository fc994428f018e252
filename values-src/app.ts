import type { MetricContract } from "../service/src/metrics-contract.ts";
import type { Environment, Name, Owner, Pace, Size, StrategyName } from "./environment.ts";
import { type PaceSettings, paces } from "./paces.ts";
import type { Slo } from "./slo.ts";

/**
 * The facts of an app: `apps/<app>.ts`. Its file's name is its name: of its release, of its objects, and what
 * `--app` takes. Beside it, `apps/<app>.tags.json` has a line for each environment: the image's tag.
 */
export interface AppFacts {
  /**
   * Image without its tag.
   * @pattern ^[^:@]+(:[0-9]+/[^:@]+)?$
   */
  image: string;
  /**
   * Folder of this repository with the image's Dockerfile: `npm run up` builds it for a cluster on this machine. Left out:
   * the cluster pulls the image.
   * @pattern ^\./.+
   */
  build?: string;
  /** Who is told of its alerts: a label of theirs. */
  team: Name;
  /** Left out: the app's name. */
  namespace?: Name;
  /**
   * The label `app.kubernetes.io/name` of its pods, for an app that ran with another one before: selectors hold it and
   * cannot be changed. Left out: the app's name.
   */
  nameLabel?: Name;
  /**
   * Its host below the environment's domain, `shop` for `shop.<domain>`. Left out: the app's name.
   * @pattern ^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$
   */
  host?: string;
  /** What users may expect of it. */
  slo: Slo;
  /** Left out: the environment's. */
  size?: Size;
  /**
   * The most that one of its pods may have to carry while a canary is rolled out, as a multiple of its normal load. Left
   * out: until it uses all of the CPU that it requests, 1.43 times the autoscaler's target of 70 %; 1 without an
   * autoscaler. What it comes to at each weight: `strategies/pod-load.ts`.
   * @minimum 1
   */
  maxPodLoad?: number;
  /** Plain environment variables. */
  env?: Variables;
  /** Names of Secrets whose keys the app gets as environment variables. Values never hold a secret itself. */
  secrets?: Name[];
  /** Ports that the container listens on. Left out: 8080 and 9090. */
  ports?: { http: Port; metrics: Port };
  /** Paths that answer 200 while the process lives, and while it takes traffic. Left out: /health/live, /health/ready. */
  probes?: { live: UrlPath; ready: UrlPath };
  /**
   * What a new version must answer before users meet it, under the strategies that can hold it back (blueGreen, canary).
   * Left out: 200 on the path of the readiness probe.
   */
  tests?: Test[];
  /** What it may connect to, beside DNS. Everything else is blocked. */
  egress?: Egress[];
  /** Metrics that it exports beside those of every app (`service/src/metrics-contract.ts`); they get a dashboard. */
  metrics?: Record<string, MetricContract>;
  /** A chart of its own, and then `values(app)` beside the facts. Left out: `service/chart`. */
  chart?: Chart;
  /** Where it departs from an environment's defaults, by the environment's name; `false`: it is not there. */
  environments?: Record<string, Departure | false>;
}

/** Where an app departs from an environment's defaults, or from its own. */
export interface Departure {
  strategy?: StrategyName;
  owner?: Owner;
  /** Another pace, or single settings of the environment's. */
  pace?: Pace | Partial<PaceSettings>;
  /** A stricter SLO than the app's own. */
  slo?: Partial<Slo>;
  size?: Size;
  /**
   * Pods of the version that serves.
   * @asType integer
   * @minimum 1
   */
  replicas?: number;
  /**
   * Pods that the autoscaler may bring it to; `replicas` is then what it starts from, and the least. Left out: four times
   * as many.
   * @asType integer
   * @minimum 1
   */
  maxReplicas?: number;
  /**
   * Of a canary, instead of the pace's weights.
   * @minItems 1
   */
  steps?: Step[];
  env?: Variables;
}

/** A step of a canary: a share of the requests, then its analysis, then a pause. */
export interface Step {
  /**
   * Percent of the requests that go to the new version.
   * @asType integer
   * @minimum 0
   * @maximum 100
   */
  weight: number;
  /** `false`: nobody judges the version at this weight. */
  analysis?: false;
  /**
   * `30s`, `5m` or `1h`; `promotion`: until somebody promotes.
   * @pattern ^([1-9][0-9]*(s|m|h)|promotion)$
   */
  pause?: string;
}

/** A request to a new version alone, and the answer that it must give; each is tried three times. */
export interface Test {
  name: Name;
  /** Left out: GET. */
  method?: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  /**
   * Path, with a query if there is one.
   * @pattern ^/\S*$
   */
  path: string;
  headers?: { [name: string]: string };
  body?: string;
  /**
   * Status of the answer; a redirect is not followed. Left out: 200.
   * @asType integer
   * @minimum 100
   * @maximum 599
   */
  status?: number;
  /** Text that the body contains; `{version}` stands for the new version's tag. */
  contains?: string;
  /**
   * Within which the whole answer must be there. Left out: 5.
   * @exclusiveMinimum 0
   * @maximum 60
   */
  seconds?: number;
}

/** Names as a shell takes them. */
export type Variables = { [name: string]: string };

/** Connections to a namespace, or to addresses outside of the cluster. */
export interface Egress {
  namespace?: Name;
  /**
   * Such as 10.0.0.0/8.
   * @pattern ^[0-9a-fA-F.:]+/[0-9]{1,3}$
   */
  cidr?: string;
  /** @minItems 1 */
  ports: AnyPort[];
}

/**
 * @asType integer
 * @minimum 1024
 * @maximum 65535
 */
export type Port = number;

/**
 * @asType integer
 * @minimum 1
 * @maximum 65535
 */
type AnyPort = number;

/** @pattern ^/[^\s?#]*$ */
type UrlPath = string;

/**
 * A chart, the strategies that it can render, and all kinds of its objects. The types of its values are in
 * `charts/<name>.ts`, by hand or imported by `npm run charts`.
 * @discriminator from
 */
export type Chart = ChartHere | ChartInGit | ChartInRepository;

interface AnyChart {
  /** As in its Chart.yaml. */
  name: Name;
  strategies: StrategyName[];
  kinds: { group: string; kind: string }[];
}

/** A folder of this repository. */
export interface ChartHere extends AnyChart {
  from: "here";
  /** @pattern ^\./.+ */
  path: string;
}

/** A folder of another Git repository, such as the app's. */
export interface ChartInGit extends AnyChart {
  from: "git";
  /** @pattern ^(https?|ssh)://.+ */
  url: string;
  /** @pattern ^[^./].* */
  path: string;
  /** Tag or commit. */
  revision: string;
}

/** A chart of a chart repository. */
export interface ChartInRepository extends AnyChart {
  from: "repository";
  /** @pattern ^https://.+ */
  url: string;
  /** @pattern ^\d+\.\d+\.\d+([+-][0-9A-Za-z.+-]+)?$ */
  version: string;
}

/** The chart of every app that has none of its own: an HTTP service that is rolled out. */
export const httpService: ChartHere = {
  from: "here",
  name: "http-service",
  path: "./service/chart",
  strategies: ["rolling", "blueGreen", "canary"],
  kinds: [
    { group: "", kind: "ConfigMap" },
    { group: "", kind: "Service" },
    { group: "", kind: "ServiceAccount" },
    { group: "apps", kind: "Deployment" },
    { group: "argoproj.io", kind: "AnalysisTemplate" },
    { group: "argoproj.io", kind: "Rollout" },
    { group: "autoscaling", kind: "HorizontalPodAutoscaler" },
    { group: "gateway.networking.k8s.io", kind: "HTTPRoute" },
    { group: "monitoring.coreos.com", kind: "PrometheusRule" },
    { group: "monitoring.coreos.com", kind: "ServiceMonitor" },
    { group: "networking.k8s.io", kind: "Ingress" },
    { group: "networking.k8s.io", kind: "NetworkPolicy" },
    { group: "policy", kind: "PodDisruptionBudget" },
  ],
};

/** An app in an environment, as value modules see it: what its facts and the environment's defaults come to. */
export interface App {
  name: string;
  env: Environment;
  facts: AppFacts;
  namespace: string;
  /** The whole host. */
  host: string;
  image: { repository: string; tag: string; digest?: string };
  chart: Chart;
  strategy: StrategyName;
  owner: Owner;
  pace: PaceSettings;
  /** Which of the paces that is, or is based on. */
  paceName: Pace;
  slo: Slo;
  size: Size;
  replicas: number | undefined;
  maxReplicas: number | undefined;
  steps: Step[] | undefined;
  variables: Variables;
}

/**
 * The app in an environment, with an image tag `TAG[@sha256:DIGEST]`; undefined where it is not there.
 */
export function appIn(env: Environment, name: string, facts: AppFacts, imageTag: string): App | undefined {
  const departure = facts.environments?.[env.name] ?? {};
  if (departure === false) return undefined;
  const [tag = "", digest] = imageTag.split("@");
  const paceName = typeof departure.pace === "string" ? departure.pace : env.pace;
  return {
    name,
    env,
    facts,
    namespace: facts.namespace ?? name,
    host: `${facts.host ?? name}.${env.domain}`,
    image: { repository: facts.image, tag, ...(digest !== undefined && { digest }) },
    chart: facts.chart ?? httpService,
    strategy: departure.strategy ?? env.strategy,
    owner: departure.owner ?? env.owner,
    pace: { ...paces[paceName], ...(typeof departure.pace === "object" && departure.pace) },
    paceName,
    slo: { ...facts.slo, ...departure.slo },
    size: departure.size ?? facts.size ?? env.size,
    replicas: departure.replicas,
    maxReplicas: departure.maxReplicas,
    steps: departure.steps,
    variables: { ...facts.env, ...departure.env },
  };
}
