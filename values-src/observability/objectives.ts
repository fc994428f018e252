import type { Rule, RuleGroup } from "../charts/http-service.ts";
import type { Slo } from "../slo.ts";
import { burnFactor, burns } from "./alerts.ts";
import { allowedRatios } from "./analysis.ts";
import type { recordedMetrics } from "./metrics.ts";
import { type AppMatch, budget, evaluationSeconds } from "./recording-rules.ts";

/**
 * The app's SLO, and what follows from it, as series of one constant each: the dashboards draw them, and so fit every app.
 * `weights` are those of a canary's steps in percent; any other rollout has none.
 */
export function objectiveRules({ namespace, job }: AppMatch, slo: Slo, weights: number[]): RuleGroup[] {
  const { availability, latency, window } = slo;
  const limit = allowedRatios(slo);
  const constant: Constant = (record, value, labels = {}) => {
    return { record, expr: `vector(${value})`, labels: { namespace, job, ...labels } };
  };
  const objectives = [
    { name: "availability", objective: availability, limit: limit.errors },
    { name: "latency", objective: latency.percentile, limit: limit.slow },
  ];
  const rules = [
    ...objectives.map(({ name, objective }) => constant("app:slo_objective:ratio", objective, { slo: name })),
    constant("app:slo_latency_threshold:seconds", latency.seconds),
    constant("app:slo_window:days", Number.parseInt(window, 10)),
    ...objectives.map((one) => constant("app:slo_new_version_limit:ratio", one.limit, { slo: one.name })),
    ...objectives.flatMap(({ name, objective }) => burnAlerts(constant, slo, name, objective)),
    ...weights.map((percent, index) => constant("app:canary_weight:ratio", percent / 100, { step: `${index + 1}` })),
  ];
  return [{ name: "app-objectives", interval: `${evaluationSeconds}s`, rules }];
}

/** A series of `objectiveRules`. */
export interface Objective {
  record: string;
  /** Of which objective, where there are several: `availability` or `latency`. */
  slo?: string;
  value: number;
}

/** Reads the series of `objectiveRules` back, so that values of another commit say their SLO too. */
export function objectivesIn(rules: RuleGroup[] = []): Objective[] {
  return rules
    .flatMap((group) => group.rules)
    .flatMap(({ record, expr, labels = {} }) => {
      const value = /^vector\((.*)\)$/.exec(expr)?.[1];
      if (record === undefined || value === undefined) return [];
      return [{ record, value: Number(value), ...(labels.slo !== undefined && { slo: labels.slo }) }];
    });
}

type Constant = (name: keyof typeof recordedMetrics, value: number, labels?: Record<string, string>) => Rule;

/** For each alert and pair of windows, the burn rate from which it fires. */
function burnAlerts(constant: Constant, slo: Slo, name: string, objective: number): Rule[] {
  return Object.values(burns).flatMap(({ pairs }) =>
    pairs.map((pair) => {
      const factor = burnFactor(slo, pair, budget(objective));
      return constant("app:slo_burn_alert:factor", factor, { slo: name, window: pair.long });
    }),
  );
}
