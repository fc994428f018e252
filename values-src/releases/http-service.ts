import type { App } from "../app.ts";
import type { Strategy, Values } from "../charts/http-service.ts";
import type { StrategyName } from "../environment.ts";
import { classOf, controllersOf, gatewayOf } from "../ingress/ingress.ts";
import { alerts } from "../observability/alerts.ts";
import { analysis } from "../observability/analysis.ts";
import { infoMetric } from "../observability/metrics.ts";
import { objectiveRules } from "../observability/objectives.ts";
import { prometheusOf } from "../observability/prometheus.ts";
import { recordingRules } from "../observability/recording-rules.ts";
import { allot, podsOf } from "../sizes.ts";
import { blueGreen } from "../strategies/blue-green.ts";
import { canary } from "../strategies/canary.ts";
import { rolling } from "../strategies/rolling.ts";
import { tests } from "../strategies/tests.ts";

const strategies: Record<StrategyName, (app: App) => Strategy> = { rolling, blueGreen, canary };

/** Values of `service/chart` for an app that has no chart of its own. */
export function values(app: App): Values {
  const { env, facts, pace } = app;
  const pods = podsOf(app);
  const prometheus = prometheusOf(env);
  const className = classOf(env);
  const gateway = gatewayOf(env);
  const strategy = strategies[app.strategy](app);
  const probes = facts.probes ?? { live: "/health/live", ready: "/health/ready" };
  const match = { namespace: app.namespace, job: app.name };
  return {
    image: app.image,
    ...(facts.nameLabel && { nameLabel: facts.nameLabel }),
    environment: env.name,
    env: app.variables,
    ...(facts.secrets && { secrets: facts.secrets }),
    ...pods,
    strategy,
    progressDeadlineSeconds: pace.progressDeadlineSeconds,
    ports: facts.ports ?? { http: 8080, metrics: 9090 },
    probes,
    ingress: {
      ...(className && { className }),
      ...(gateway && { gateway }),
      host: app.host,
      tls: env.ingress.tls,
    },
    metrics: {
      scrapeInterval: pace.scrapeInterval,
      infoMetric,
      ...(prometheus.labels && { labels: prometheus.labels }),
    },
    networkPolicy: {
      enabled: true,
      ingressNamespaces: [...new Set(controllersOf(env).map(({ namespace }) => namespace))],
      prometheusNamespace: prometheus.namespace,
      ...(facts.egress && { egress: facts.egress }),
    },
    ...(app.strategy !== "rolling" && { analysis: analysis(app, match), tests: tests(app, probes.ready) }),
    rules: [
      ...recordingRules(match, app.slo),
      ...objectiveRules(match, app.slo, canaryWeights(strategy)),
      ...alerts(app, match),
    ],
    podDisruptionBudget: { enabled: pods.replicaCount > 1 },
    resources: allot(app.size, "app").resources,
  };
}

/** Percent of the requests that each step of a canary gives to the new version. */
function canaryWeights(strategy: Strategy): number[] {
  return strategy.type === "canary" ? strategy.steps.flatMap(({ setWeight }) => setWeight ?? []) : [];
}
