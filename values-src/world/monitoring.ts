import type { App } from "../app.ts";
import type { Values as Monitoring } from "../charts/kube-prometheus-stack.ts";
import { toSeconds } from "../duration.ts";
import { prometheusOf } from "../observability/prometheus.ts";
import { looserThan } from "../slo.ts";
import {
  type Contradiction,
  type HttpService,
  httpServices,
  listed,
  objectsAt,
  platformReleases,
  releaseNamed,
  type World,
} from "./contradiction.ts";

const stack = "kube-prometheus-stack";

/** What is measured is there to be asked for. */
export function monitoring(world: World): Contradiction[] {
  return [
    ...httpServices(world).flatMap((service) => [
      ...analysisOf(world, service),
      ...scrapingOf(world, service),
      ...missingLabels(world, service.app.name, service.values.metrics.labels, service.app.name),
    ]),
    ...platformReleases(world).flatMap(({ name, values }) =>
      objectsAt("serviceMonitor", values)
        .filter(({ enabled }) => enabled === true)
        .flatMap(({ additionalLabels }) => missingLabels(world, name, additionalLabels)),
    ),
    ...selectors(world),
    ...world.apps.flatMap((app) => [...windowOf(world, app), ...looserSlo(app), ...watchOf(app)]),
  ];
}

/** Whether an analysis, where there is one, sees enough of a version, and can fail. */
function watchOf({ name, strategy, pace, facts }: App): Contradiction[] {
  const { scrapeInterval, analysisRange, analysisDelay, analysisCount, analysisFailureLimit } = pace;
  const analysed = strategy !== "rolling" && !facts.chart;
  const wrong: [setting: string, message: string | false][] = [
    // The recorded rates of versions take a minute, and the dashboards' graphs four scrapes.
    [
      "scrapeInterval",
      toSeconds(scrapeInterval) > 15 &&
        `is scraped every ${scrapeInterval} (pace.scrapeInterval), and rates of versions are recorded over a minute: scrape every 15s at least`,
    ],
    [
      "analysisRange",
      analysed &&
        toSeconds(analysisRange) < 4 * toSeconds(scrapeInterval) &&
        `has an analysis of rates over ${analysisRange} (pace.analysisRange), and is scraped every ${scrapeInterval} (pace.scrapeInterval): make the range four scrapes long at least`,
    ],
    [
      "analysisDelay",
      analysed &&
        toSeconds(analysisDelay) < toSeconds(analysisRange) &&
        `has its traffic measured after ${analysisDelay} (pace.analysisDelay), over ${analysisRange} (pace.analysisRange): wait for a whole range at least`,
    ],
    [
      "analysisCount",
      analysed &&
        analysisCount <= analysisFailureLimit &&
        `is measured ${analysisCount} times (pace.analysisCount), and ${analysisFailureLimit} failures are tolerated (pace.analysisFailureLimit), so no version is ever aborted: measure more often, or tolerate fewer`,
    ],
  ];
  return wrong.flatMap(([setting, message]) => {
    return message === false ? [] : [{ app: name, fact: ["pace", setting], message: `${name} ${message}` }];
  });
}

/** Namespace of the Prometheus: of ours, where `releases/kube-prometheus-stack.yaml` puts it. */
function namespaceOf(world: World): string {
  const release = world.env.monitoring.prometheus === "ours" ? releaseNamed(world, stack) : undefined;
  return release?.namespace ?? prometheusOf(world.env).namespace;
}

function analysisOf(world: World, { app: { name }, values: { analysis } }: HttpService): Contradiction[] {
  if (!analysis) return [];
  const { env } = world;
  const asked = analysis.prometheusAddress;
  const { address } = prometheusOf(env);
  const ours = env.monitoring.prometheus === "ours";
  const found = (message: string) => [{ app: name, message: `the analysis of ${name} asks ${message}` }];
  if (ours && !releaseNamed(world, stack)) {
    return found(
      `the Prometheus of ${stack}, and ${env.name} does not have that release: ` +
        "enable it, or name an existing Prometheus in the environment's monitoring",
    );
  }
  if (asked !== address) {
    return found(`${asked}, and the Prometheus of ${env.name} is ${address}: take the address from prometheusOf(env)`);
  }
  const namespace = namespaceOf(world);
  if (ours && !asked.includes(`.${namespace}.`)) {
    return found(
      `${asked}, and ${stack} is in the namespace ${namespace}: correct the address in observability/prometheus.ts`,
    );
  }
  return [];
}

function scrapingOf(world: World, { app: { name }, values: { networkPolicy } }: HttpService): Contradiction[] {
  const namespace = namespaceOf(world);
  if (!networkPolicy.enabled || networkPolicy.prometheusNamespace === namespace) return [];
  const message =
    `${name} lets itself be scraped from the namespace ${networkPolicy.prometheusNamespace}, and the Prometheus of ` +
    `${world.env.name} is in ${namespace}: make networkPolicy.prometheusNamespace the same`;
  return [{ app: name, message }];
}

function missingLabels({ env }: World, release: string, labels: unknown, app?: string): Contradiction[] {
  const has = (labels ?? {}) as Record<string, unknown>;
  const missing = Object.entries(prometheusOf(env).labels ?? {}).filter(([label, value]) => has[label] !== value);
  if (missing.length === 0) return [];
  const wanted = listed(missing.map(([label, value]) => `${label}: ${value}`));
  const message =
    `the ServiceMonitor of ${release} lacks ${wanted}, by which the Prometheus of ${env.name} selects: ` +
    "take the labels from prometheusOf(env)";
  return [{ ...(app !== undefined && { app }), message }];
}

/** What our Prometheus selects, by the prefix of the chart's keys for it. */
const selected = {
  serviceMonitor: "ServiceMonitors",
  podMonitor: "PodMonitors",
  rule: "PrometheusRules",
  probe: "Probes",
  scrapeConfig: "ScrapeConfigs",
};

/** Otherwise it takes only the objects that have its own release's label, and silently ignores those of the apps. */
function selectors(world: World): Contradiction[] {
  const release = world.env.monitoring.prometheus === "ours" ? releaseNamed(world, stack) : undefined;
  if (!release) return [];
  const spec = ((release.values as Monitoring).prometheus?.prometheusSpec ?? {}) as Record<string, unknown>;
  return Object.entries(selected)
    .map(([prefix, objects]) => [`${prefix}SelectorNilUsesHelmValues`, objects] as const)
    .filter(([key]) => spec[key] !== false)
    .map(([key, objects]) => ({
      message: `${stack} would take its own ${objects} alone, and not those of the apps: set prometheusSpec.${key} to false`,
    }));
}

/** A window that reaches further back than the metrics shows a budget that is never overspent. */
function windowOf(world: World, { name, slo, env }: App): Contradiction[] {
  const kept = retention(world);
  if (kept === undefined || toSeconds(slo.window) <= toSeconds(kept)) return [];
  const message =
    `the SLO of ${name} has a window of ${slo.window}, and the Prometheus of ${env.name} keeps metrics for ${kept}: ` +
    "shorten the window, or keep them for longer";
  return [{ app: name, fact: ["slo", "window"], message }];
}

/** How long metrics are kept; undefined where nobody says, since the release is not there. */
function retention(world: World): string | undefined {
  const { monitoring } = world.env;
  if (monitoring.prometheus === "existing") return `${monitoring.retentionDays}d`;
  const values = releaseNamed(world, stack)?.values as Monitoring | undefined;
  // The chart's default.
  return values && String(values.prometheus?.prometheusSpec?.retention ?? "10d");
}

function looserSlo({ name, slo, facts, env }: App): Contradiction[] {
  return looserThan(slo, facts.slo).map((reason) => {
    const message = `the SLO of ${name} in ${env.name} is looser than its own (${reason}): an environment may only tighten it`;
    return { app: name, fact: ["slo"], message };
  });
}
