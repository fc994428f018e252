import type { SeriesValues } from "./series.ts";

/** A moment in the life of an app, and whether an alert fires then. */
export interface AlertCase {
  alert: string;
  /** What goes on. */
  when: string;
  /** Environment whose rules are tested, `ci` by default. */
  env?: string;
  /** Time between two samples, a minute by default. */
  interval?: string;
  /** Time between two evaluations, the rules' own by default; longer where a case spans days. */
  every?: string;
  series: SeriesValues;
  at: string;
  /** As they reach Alertmanager; without the name and the link to the runbook, which follow from it. */
  fires?: { labels: Record<string, string>; summary: string; description: string };
}

/** Labels of the sample app's alerts. */
export const ofApp = { namespace: "sample-app", app: "sample-app" };
