import { app, environment } from "../../testing/facts.ts";
import type { SeriesValues } from "./series.ts";

/** A moment in the life of an app, and whether an alert fires then. */
export interface AlertCase {
  alert: string;
  /** What goes on. */
  when: string;
  /** Whose rules are tested: `fast` unless another is named. */
  env?: keyof typeof tested;
  /** Time between two samples, a minute by default. */
  interval?: string;
  /** Time between two evaluations, the rules' own by default; longer where a case spans days. */
  every?: string;
  series: SeriesValues;
  at: string;
  /** As they reach Alertmanager; without the name and the link to the runbook, which follow from it. */
  fires?: { labels: Record<string, string>; summary: string; description: string };
}

/** The apps whose rules are tested, by the name of their environment. */
export const tested = {
  fast: app(environment({ name: "fast" })),
  strict: app(environment({ name: "strict", pace: "steady" }), {
    environments: { strict: { slo: { availability: 0.999, latency: { percentile: 0.95, seconds: 0.25 } } } },
  }),
  blueGreen: app(
    environment({
      name: "blueGreen",
      pace: "steady",
      strategy: "blueGreen",
      ingress: { controller: "nginx", tls: true },
    }),
  ),
};

/** Labels of the app's alerts. */
export const ofApp = { namespace: "shop", app: "shop", team: "checkout" };

/** What the burn-rate alerts of a severity say: how many times the allowed share of requests fails, or is slow. */
export function burning(severity: "critical" | "warning") {
  const labels = { ...ofApp, job: "shop", severity };
  const says = (times: string, allowed: string, bad: string) => ({
    labels,
    summary: `shop burns its error budget ${times} times too fast.`,
    description: `${times} times the allowed ${allowed} of requests ${bad}: at this rate the budget of 28d lasts for 28d / ${times}.`,
  });
  return {
    failing: (times: string, share = "1 %") => says(times, share, "fail"),
    slow: (times: string, bound = "0.5 s") => says(times, "5 %", `take longer than ${bound}`),
  };
}
