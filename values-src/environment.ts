/** The facts of an environment. What follows from them is decided in `releases/` and `strategies/`. */
export interface EnvironmentFacts {
  /** DNS domain under which the environment's hosts live: `argocd.<domain>`, `<host of an app>.<domain>`. */
  domain: Domain;
  /** Capacity: `small` has one replica of everything, `medium` survives the loss of a node, `large` takes real traffic. */
  size: Size;
  /** How a new version of an app reaches its users, unless the app departs from it. */
  strategy: StrategyName;
  /** Weights of a canary, times of its analysis, and the scrape interval: `paces.ts`. Apps may depart from it. */
  pace: Pace;
  /** Who releases the apps, unless they depart from it: Helmfile, or Argo CD after the handover. */
  owner: Owner;
  /**
   * Argo CD takes its apps to every cluster that is registered with all of these labels (on its Secret), to its own
   * cluster only if that is too. Left out: to its own cluster alone. Not for apps that Helmfile releases.
   * @minProperties 1
   */
  clusterLabels?: Record<string, string>;
  /** Whether the release argo-cd is there. Without it, Helmfile releases every app. */
  argoCd: boolean;
  /** Whether the release argo-rollouts is there. Without it, every app is a Deployment, and its strategy `rolling`. */
  argoRollouts: boolean;
  ingress: Ingress;
  monitoring: Monitoring;
  git: {
    /** Repository that Argo CD reads: a clone of this one. */
    url: string;
    /** Branch, tag or commit that Argo CD follows. */
    revision: string;
  };
}

export type Size = "small" | "medium" | "large";
export type StrategyName = "rolling" | "blueGreen" | "canary";
export type Pace = "steady" | "fast";
export type Owner = "helmfile" | "argocd";

/** @pattern ^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$ */
export type Domain = string;

/** @pattern ^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$ */
export type Name = string;

/**
 * The ingress controller that serves the apps; two of them during a move from one to the other, which
 * `docs/deployment-guide.md` describes.
 * @discriminator controller
 */
export type Ingress = Traefik | Nginx | Gateway | OtherIngress;

interface AnyIngress {
  /**
   * Whether apps are served over HTTPS, which also redirects plain HTTP. The certificate of an Ingress is read from the
   * Secret `<app>-tls`; until somebody (cert-manager, say) puts one there, the controller answers with its own. A Gateway
   * has one certificate for all hosts, in the Secret `gateway-tls` of its namespace, and no HTTPS without it.
   */
  tls: boolean;
  /** For a Gateway: where Argo Rollouts gets its plugin from. Left out: from GitHub, for nodes with amd64. */
  gatewayPlugin?: GatewayPlugin;
}

/** The program by which Argo Rollouts divides the requests of HTTPRoutes. Its pods fetch it when they start. */
export interface GatewayPlugin {
  /**
   * An address that the cluster reaches, such as a mirror's.
   * @pattern ^https?://
   */
  location: string;
  /** @pattern ^[0-9a-f]{64}$ */
  sha256: string;
}

/** During a move, the Gateway answers beside an Ingress. Two controllers of Ingresses would share one IngressClass. */
interface IngressController extends AnyIngress {
  /** During a move: the controller that answers beside it. */
  alsoBy?: "gateway";
}

/** The release traefik, which serves Ingresses as ingress-nginx does. */
export interface Traefik extends IngressController {
  controller: "traefik";
}

/** The release ingress-nginx. It ended upstream in March 2026; Kubernetes 1.35 is the last that it supports. */
export interface Nginx extends IngressController {
  controller: "nginx";
}

/** The release traefik, which serves HTTPRoutes of the Gateway API. */
export interface Gateway extends AnyIngress {
  controller: "gateway";
  /** During a move: the controller that answers beside it. */
  alsoBy?: "traefik" | "nginx";
}

/** A controller that is in the cluster already. */
export interface OtherIngress extends IngressController {
  controller: "mine";
  className: Name;
  /** Where its pods are: the apps let in requests from there alone. */
  namespace: Name;
  /** Whether it obeys ingress-nginx's canary annotations, as canaries need it. */
  canaryAnnotations: boolean;
}

/**
 * Prometheus: the release kube-prometheus-stack, or one that is in the cluster already.
 * @discriminator prometheus
 */
export type Monitoring = OwnMonitoring | ExistingMonitoring;

interface AnyMonitoring {
  /** Whether there is a Grafana, which takes dashboards from ConfigMaps labelled `grafana_dashboard`. */
  grafana: boolean;
  /** The exporter beside Argo CD's Redis. */
  redisExporter: boolean;
}

/** What of kube-prometheus-stack runs beside Prometheus and its operator. */
export interface OwnMonitoring extends AnyMonitoring {
  prometheus: "ours";
  alertmanager: boolean;
  kubeStateMetrics: boolean;
  nodeExporter: boolean;
  /** The operator's webhooks that validate PrometheusRules. */
  admissionWebhooks: boolean;
}

/** A Prometheus Operator with a Prometheus. */
export interface ExistingMonitoring extends AnyMonitoring {
  prometheus: "existing";
  /**
   * As seen from Argo Rollouts.
   * @pattern ^https?://
   */
  address: string;
  /** Where its pods are: the apps let it scrape from there alone. */
  namespace: Name;
  /** Labels that its selectors want on ServiceMonitors and PrometheusRules. */
  labels: Record<string, string>;
  /**
   * Days that it keeps metrics.
   * @asType integer
   * @minimum 1
   */
  retentionDays: number;
}

/** An environment as value modules see it: its facts, and its name. */
export interface Environment extends EnvironmentFacts {
  /** Name of the file under `environments/`, and what `helmfile -e` takes. */
  name: string;
}
