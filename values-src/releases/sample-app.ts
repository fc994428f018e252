import type { Strategy, Values } from "../charts/sample-app.ts";
import type { Environment, IngressController, Owner, StrategyName } from "../environment.ts";
import { platform } from "../platform.ts";
import { allot } from "../sizes.ts";
import { blueGreen } from "../strategies/blue-green.ts";
import { canary } from "../strategies/canary.ts";
import { rolling } from "../strategies/rolling.ts";

const strategies: Record<StrategyName, (env: Environment) => Strategy> = { rolling, blueGreen, canary };

/** As in `releases/`; a test holds them equal. */
const ingressNamespaces: Record<IngressController, string> = { nginx: "ingress-nginx", traefik: "traefik" };

export function owner(env: Environment): Owner {
  return env.app.owner;
}

/** The app at `app.<domain>`. */
export function values(env: Environment): Values {
  const { replicas, pdb, resources } = allot(env.size, "app");
  return {
    image: { repository: platform.imageRepository, tag: env.imageTag },
    environment: env.name,
    logLevel: "info",
    replicaCount: replicas,
    ...(env.size === "large" && {
      autoscaling: { minReplicas: replicas, maxReplicas: replicas * 4, targetCPUUtilizationPercentage: 70 },
    }),
    strategy: strategies[env.strategy](env),
    progressDeadlineSeconds: { steady: 600, fast: 60 }[env.pace],
    ports: { http: 8080, metrics: 9090 },
    ingress: { className: "nginx", host: `app.${env.domain}`, tls: env.ingress.tls },
    // Often enough for an analysis to see something within the shortest pause.
    metrics: { scrapeInterval: { steady: "15s", fast: "5s" }[env.pace] },
    networkPolicy: {
      enabled: true,
      ingressNamespace: ingressNamespaces[env.ingress.controller],
      prometheusNamespace: "monitoring",
    },
    podDisruptionBudget: { enabled: pdb },
    resources,
  };
}
