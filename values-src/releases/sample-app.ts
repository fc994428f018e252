import type { Strategy, Values } from "../charts/sample-app.ts";
import type { Environment, IngressController, Owner, StrategyName } from "../environment.ts";
import { alerts } from "../observability/alerts.ts";
import { analysis } from "../observability/analysis.ts";
import { infoMetric, scrapeIntervals } from "../observability/metrics.ts";
import { objectiveRules } from "../observability/objectives.ts";
import { recordingRules } from "../observability/recording-rules.ts";
import { platform } from "../platform.ts";
import { allot } from "../sizes.ts";
import { sloOf } from "../slo.ts";
import { blueGreen } from "../strategies/blue-green.ts";
import { canary } from "../strategies/canary.ts";
import { rolling } from "../strategies/rolling.ts";

const strategies: Record<StrategyName, (env: Environment) => Strategy> = { rolling, blueGreen, canary };

/** As in `releases/`; a test holds them equal. */
const ingressNamespaces: Record<IngressController, string> = { nginx: "ingress-nginx", traefik: "traefik" };

/** What Prometheus calls the app: the namespace and the name of its release. */
const app = { namespace: "sample-app", job: "sample-app" };

export function owner(env: Environment): Owner {
  return env.app.owner;
}

/** The app at `app.<domain>`. */
export function values(env: Environment): Values {
  const { replicas, pdb, resources } = allot(env.size, "app");
  const slo = sloOf(env);
  const strategy = strategies[env.strategy](env);
  return {
    image: { repository: platform.imageRepository, tag: env.imageTag },
    environment: env.name,
    logLevel: "info",
    replicaCount: replicas,
    ...(env.size === "large" && {
      autoscaling: { minReplicas: replicas, maxReplicas: replicas * 4, targetCPUUtilizationPercentage: 70 },
    }),
    strategy,
    progressDeadlineSeconds: { steady: 600, fast: 60 }[env.pace],
    ports: { http: 8080, metrics: 9090 },
    ingress: { className: "nginx", host: `app.${env.domain}`, tls: env.ingress.tls },
    metrics: { scrapeInterval: scrapeIntervals[env.pace], infoMetric },
    networkPolicy: {
      enabled: true,
      ingressNamespace: ingressNamespaces[env.ingress.controller],
      prometheusNamespace: "monitoring",
    },
    ...(env.strategy !== "rolling" && { analysis: analysis(env, app, slo) }),
    rules: [
      ...recordingRules(app, slo),
      ...objectiveRules(app, slo, canaryWeights(strategy)),
      ...alerts(env, app, slo),
    ],
    podDisruptionBudget: { enabled: pdb },
    resources,
  };
}

/** Percent of the requests that each step of a canary gives to the new version. */
function canaryWeights(strategy: Strategy): number[] {
  return strategy.type === "canary" ? strategy.steps.flatMap(({ setWeight }) => setWeight ?? []) : [];
}
