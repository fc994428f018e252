import type { Slo } from "./slo.ts";

/** The facts of an environment. What follows from them is decided in `releases/` and `strategies/`. */
export interface EnvironmentFacts {
  /**
   * DNS domain under which the environment's hosts live: `argocd.<domain>`, `app.<domain>`.
   * @pattern ^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$
   */
  domain: string;
  /** Capacity: `small` has one replica of everything, `medium` survives the loss of a node, `large` takes real traffic. */
  size: Size;
  /** How a new version of the app reaches its users. */
  strategy: StrategyName;
  /** Weights of a canary, times of its analysis, and the scrape interval. `steady` is for users, `fast` for test runs. */
  pace: Pace;
  ingress: {
    controller: IngressController;
    /**
     * Whether the app is served over HTTPS, which also redirects plain HTTP. The certificate is read from the Secret
     * `sample-app-tls`; until somebody (cert-manager, say) puts one there, the controller answers with its own.
     */
    tls: boolean;
  };
  app: {
    /** Who releases the app's chart: Helmfile, or Argo CD after the handover. */
    owner: Owner;
    /**
     * Argo CD takes the app to every cluster that is registered with all of these labels (on its Secret), to its own
     * cluster only if that is too. Left out: to its own cluster alone. Not for an app that Helmfile releases.
     * @minProperties 1
     */
    clusterLabels?: Record<string, string>;
  };
  /** A stricter SLO than that of `slo.ts`, and what no traffic means here. */
  slo?: Partial<Slo>;
  /** What of kube-prometheus-stack runs beside Prometheus and its operator. */
  monitoring: {
    alertmanager: boolean;
    grafana: boolean;
    kubeStateMetrics: boolean;
    nodeExporter: boolean;
    /** The operator's webhooks that validate PrometheusRules. */
    admissionWebhooks: boolean;
    /** The exporter beside Argo CD's Redis. */
    redisExporter: boolean;
  };
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
export type IngressController = "nginx" | "traefik";
export type Owner = "helmfile" | "argocd";

/** An environment as value modules see it: its facts, its name and the image tag promoted to it. */
export interface Environment extends EnvironmentFacts {
  /** Name of the file under `environments/`, and what `helmfile -e` takes. */
  name: string;
  /** From `environments/image-tags.json`. */
  imageTag: string;
}
