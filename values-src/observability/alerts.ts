import type { App } from "../app.ts";
import type { Rule, RuleGroup } from "../charts/http-service.ts";
import { toSeconds } from "../duration.ts";
import type { Environment } from "../environment.ts";
import { hasController } from "../ingress/ingress.ts";
import type { PaceSettings } from "../paces.ts";
import { platform } from "../platform.ts";
import type { Slo } from "../slo.ts";
import { type BurnWindow, type LabelOf, runsOf } from "./metrics.ts";
import { matches, Query, select, sum } from "./promql.ts";
import { type AppMatch, budget, evaluationSeconds } from "./recording-rules.ts";

/** `critical` pages at any hour, `warning` waits for working hours. */
type Severity = "critical" | "warning";

interface Alert {
  name: string;
  severity: Severity;
  expr: Query | string;
  for?: string;
  /** One sentence that fits a notification's first line. */
  summary: string;
  /** What was measured, and what it means. */
  description: string;
}

/** Alerts of an app: its SLO's budget, its targets, and how its rollouts end. */
export function alerts({ env, slo, pace, facts }: App, app: AppMatch): RuleGroup[] {
  const ofRollouts = env.argoRollouts ? rolloutAlerts(pace, app) : [];
  const labels = { namespace: app.namespace, app: app.job, team: facts.team };
  const rules = [appDown(app), ...burnAlerts(app, slo), ...ofRollouts].map((alert) => toRule(alert, labels));
  return [{ name: "app-alerts", interval: `${evaluationSeconds}s`, rules }];
}

/** No pod can be scraped: the app is down, or its SLO cannot be measured. */
function appDown(app: AppMatch): Alert {
  return {
    name: "AppDown",
    severity: "critical",
    expr: new Query(`(${sum(select("up", { ...app }))} or vector(0)) == 0`),
    for: "1m",
    summary: `No pod of ${app.job} can be scraped.`,
    description: `Prometheus reaches {{ $value }} pods of ${app.job}: it is down, or its metrics cannot be reached.`,
  };
}

/** Two windows per alert: the long one shows that the loss is significant, the short one that it still goes on. */
export interface Burn {
  /** Share of the window's error budget that is gone when the long window is over. */
  spent: number;
  long: BurnWindow;
  short: BurnWindow;
}

/** https://sre.google/workbook/alerting-on-slos/ (6: multiwindow, multi-burn-rate alerts) */
export const burns: Record<"Fast" | "Slow", { severity: Severity; pairs: Burn[] }> = {
  Fast: {
    severity: "critical",
    pairs: [
      { spent: 0.02, long: "1h", short: "5m" },
      { spent: 0.05, long: "6h", short: "30m" },
    ],
  },
  Slow: {
    severity: "warning",
    pairs: [
      { spent: 0.1, long: "1d", short: "2h" },
      { spent: 0.1, long: "3d", short: "6h" },
    ],
  },
};

/** AvailabilityBurnFast, AvailabilityBurnSlow, LatencyBurnFast and LatencyBurnSlow. */
function burnAlerts(app: AppMatch, slo: Slo): Alert[] {
  const slis = [
    { sli: "Availability", kind: "errors", objective: slo.availability, bad: "fail" },
    {
      sli: "Latency",
      kind: "slow",
      objective: slo.latency.percentile,
      bad: `take longer than ${slo.latency.seconds} s`,
    },
  ] as const;
  return slis.flatMap(({ sli, kind, objective, bad }) =>
    Object.entries(burns).map(([speed, { severity, pairs }]): Alert => {
      const terms = pairs.map((pair) => `(${burning(app, kind, budget(objective), slo, pair)})`);
      return {
        name: `${sli}Burn${speed}`,
        severity,
        expr: terms.join("\nor\n"),
        summary: `{{ $labels.job }} burns its error budget {{ $value | humanize }} times too fast.`,
        description:
          `{{ $value | humanize }} times the allowed ${percent(budget(objective))} % of requests ${bad}: ` +
          `at this rate the budget of ${slo.window} lasts for ${slo.window} / {{ $value | humanize }}.`,
      };
    }),
  );
}

/** The burn rate, wherever it is above the limit in both windows and there were enough requests to judge. */
function burning(app: AppMatch, kind: "errors" | "slow", allowed: number, slo: Slo, pair: Burn): Query {
  const { long, short } = pair;
  const limit = burnFactor(slo, pair, allowed);
  const over = (window: BurnWindow) => `${select(`app:http_request_${kind}:ratio_rate${window}`, app)} / ${allowed}`;
  const requests = `sum_over_time(${select("app:http_requests:rate5m", app)}[${long}]) * ${evaluationSeconds}`;
  // The smallest sample in which one failed request stays within the limit.
  const enough = Math.max(slo.minRequests, Math.floor(1 / (limit * allowed)) + 1);
  return new Query(`${over(long)} > ${limit} and ${over(short)} > ${limit} and ${requests} >= ${enough}`);
}

/**
 * Burn rate from which an alert fires, at least 1 (the budget lasts exactly its window). A generous budget caps the burn
 * rate: with `allowed` = 0.1 even an outage burns at only 10. There, the alert fires when nine of ten requests are bad.
 */
export function burnFactor({ window }: Slo, { spent, long }: Burn, allowed: number): number {
  const rate = Math.min((spent * toSeconds(window)) / toSeconds(long), 0.9 / allowed);
  return Math.max(1, Number(rate.toPrecision(4)));
}

function percent(share: number): number {
  return Number((100 * share).toPrecision(6));
}

function rolloutAlerts({ stuckAfter }: PaceSettings, { namespace, job }: AppMatch): Alert[] {
  const rollout = { exported_namespace: namespace, name: job };
  const runs = select("analysis_run_info", {
    exported_namespace: namespace,
    name: matches(runsOf(job)),
    phase: "Error",
  });
  const by = ["exported_namespace", "name"] as const;
  const underWay = sum(select("rollout_info", { ...rollout, phase: ["Progressing", "Paused"] }), by);
  return [
    {
      name: "RolloutDegraded",
      severity: "warning",
      expr: sum(select("rollout_info", { ...rollout, phase: "Degraded" }), by).above(0),
      for: "1m",
      summary: `The rollout of ${job} was stopped; the stable version serves users.`,
      description: "The new version failed its analysis, did not get ready in time, or was aborted by hand.",
    },
    {
      name: "RolloutStuck",
      severity: "warning",
      expr: underWay.above(0),
      for: stuckAfter,
      summary: `The rollout of ${job} has been under way for more than ${stuckAfter}.`,
      description: "It is paused until it is promoted or aborted, or its pods keep restarting.",
    },
    {
      name: "AnalysisErrored",
      severity: "warning",
      // A finished run is still reported for a while: count only new ones, from whichever pod of the controller. The
      // range is longer than a restart of the controller.
      expr: `${sum(runs, by)} unless ${sum(new Query<LabelOf<"analysis_run_info">>(`last_over_time(${runs}[10m] offset 15m)`), by)}`,
      summary: `The analysis {{ $labels.name }} ended with an error.`,
      description: `Argo Rollouts got no answer from Prometheus, or one that it could not read; the rollout was stopped.`,
    },
  ];
}

/** Alerts of the platform itself, beside those that come with kube-prometheus-stack. */
export function platformAlerts(env: Environment): RuleGroup[] {
  const apps = (match: Parameters<typeof select<"argocd_app_info">>[1]) =>
    sum(select("argocd_app_info", match), ["name", "dest_namespace"]).above(0);
  const rules: Alert[] = [
    {
      name: "ArgoAppOutOfSync",
      severity: "warning",
      expr: apps({ sync_status: { op: "!=", value: "Synced" } }),
      for: "30m",
      summary: "The app {{ $labels.name }} has differed from Git for half an hour.",
      description: "Argo CD cannot sync it, or was told not to.",
    },
    {
      name: "ArgoAppUnhealthy",
      severity: "warning",
      // Suspended: a rollout that waits, which RolloutStuck looks after.
      expr: apps({ health_status: { op: "!~", value: "Healthy|Progressing|Suspended" } }),
      for: "15m",
      summary: "The app {{ $labels.name }} has been unhealthy for a quarter of an hour.",
      description: "One of its objects is degraded or missing; Argo CD shows which.",
    },
    ...certificateAlerts(env),
  ];
  return [{ name: "platform-alerts", rules: rules.map((alert) => toRule(alert)) }];
}

/** Nothing is known of the metrics of a controller that is not ours. */
function certificateAlerts(env: Environment): Alert[] {
  const ends = [
    { release: "traefik", expiry: select("traefik_tls_certs_not_after"), of: "{{ $labels.cn }} {{ $labels.sans }}" },
    {
      release: "ingress-nginx",
      expiry: select("nginx_ingress_controller_ssl_expire_time_seconds"),
      of: "{{ $labels.host }}",
    },
  ];
  return ends
    .filter(({ release }) => hasController(env, release))
    .map(({ expiry, of }) => ({
      name: "CertificateExpiresSoon",
      severity: "warning",
      expr: `${expiry} - time() < 14 * 86400`,
      for: "1h",
      summary: `The certificate of ${of} {{ if gt $value 0.0 }}ends in {{ $value | humanizeDuration }}{{ else }}has ended{{ end }}.`,
      description: "Whatever should renew it has not; when it has ended, browsers refuse the host.",
    }));
}

function toRule(
  { name, severity, expr, for: duration, summary, description }: Alert,
  labels: Record<string, string> = {},
): Rule {
  return {
    alert: name,
    expr: String(expr),
    ...(duration && { for: duration }),
    labels: { severity, ...labels },
    annotations: { summary, description, runbook_url: `${platform.runbooksUrl}#${name.toLowerCase()}` },
  };
}
