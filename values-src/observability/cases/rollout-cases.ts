import type { LabelOf } from "../metrics.ts";
import { type Match, select } from "../promql.ts";
import { type AlertCase, ofApp } from "./alert-case.ts";

const rollout = { exported_namespace: "shop", name: "shop" };
const info = (phase: string, match: Match<LabelOf<"rollout_info">> = {}) =>
  `${select("rollout_info", { ...rollout, strategy: "canary", phase, ...match })}`;
/** Two pods of the controller tell of an analysis, one after the other. */
const run = (phase: string, pod = "one", name = "shop-6f9d-2") =>
  `analysis_run_info{exported_namespace="shop",name="${name}",phase="${phase}",pod="${pod}"}`;
const labels = { ...ofApp, severity: "warning", exported_namespace: "shop", name: "shop" };

const degraded = {
  labels,
  summary: "The rollout of shop was stopped; the stable version serves users.",
  description: "The new version failed its analysis, did not get ready in time, or was aborted by hand.",
};
const stuck = (duration: string) => ({
  labels,
  summary: `The rollout of shop has been under way for more than ${duration}.`,
  description: "It is paused until it is promoted or aborted, or its pods keep restarting.",
});
const errored = {
  labels: { ...labels, name: "shop-6f9d-2" },
  summary: "The analysis shop-6f9d-2 ended with an error.",
  description: "Argo Rollouts got no answer from Prometheus, or one that it could not read; the rollout was stopped.",
};

/** Rollouts that are aborted, get stuck, or end well. */
export const rolloutCases: AlertCase[] = [
  {
    alert: "RolloutDegraded",
    when: "it was aborted",
    series: { [info("Degraded")]: "1x9" },
    at: "5m",
    fires: degraded,
  },
  {
    alert: "RolloutDegraded",
    when: "an analysis sent a canary back",
    series: { [info("Progressing")]: "1x9 stale", [info("Degraded")]: "_x10 1x9" },
    at: "12m",
    fires: degraded,
  },
  { alert: "RolloutDegraded", when: "there is no rollout yet", series: {}, at: "5m" },
  { alert: "RolloutDegraded", when: "all is well", series: { [info("Healthy")]: "1x9" }, at: "9m" },
  {
    alert: "RolloutDegraded",
    when: "it is promoted at once after it was aborted",
    interval: "30s",
    series: { [info("Degraded")]: "_x10 1 stale", [info("Healthy")]: "1x9 stale 1x9" },
    at: "6m30s",
  },
  {
    alert: "RolloutDegraded",
    when: "another app's was aborted",
    series: {
      [info("Degraded", { exported_namespace: "other" })]: "1x9",
      [info("Degraded", { name: "other" })]: "1x9",
    },
    at: "9m",
  },
  { alert: "RolloutStuck", when: "it waits", series: { [info("Paused")]: "1x20" }, at: "11m", fires: stuck("10m") },
  {
    alert: "RolloutStuck",
    when: "its phases alternate",
    series: { [info("Paused")]: "1x4 stale _x4 1x9", [info("Progressing")]: "_x5 1x4 stale _x8" },
    at: "12m",
    fires: stuck("10m"),
  },
  {
    alert: "RolloutStuck",
    when: "it waits for more than an hour where rollouts take their time",
    env: "blueGreen",
    series: { [info("Paused", { strategy: "blueGreen" })]: "1x70" },
    at: "61m",
    fires: stuck("1h"),
  },
  { alert: "RolloutStuck", when: "there is no rollout yet", series: {}, at: "20m" },
  {
    alert: "RolloutStuck",
    when: "a canary takes a quarter of an hour where rollouts take their time",
    env: "strict",
    series: { [info("Paused")]: "1x15 stale", [info("Healthy")]: "_x16 1x60" },
    at: "15m",
  },
  {
    alert: "RolloutStuck",
    when: "it is over",
    series: { [info("Paused")]: "1x15 stale", [info("Healthy")]: "_x16 1x9" },
    at: "17m",
  },
  {
    alert: "AnalysisErrored",
    when: "one has just ended so",
    series: { [run("Error")]: "_x9 1x20" },
    at: "12m",
    fires: errored,
  },
  {
    alert: "AnalysisErrored",
    when: "one that ran got no more answers",
    series: { [run("Running")]: "1x9 stale", [run("Error")]: "_x10 1x20" },
    at: "20m",
    fires: errored,
  },
  { alert: "AnalysisErrored", when: "one ended so an hour ago", series: { [run("Error")]: "1x60" }, at: "1h" },
  { alert: "AnalysisErrored", when: "one failed, as it should", series: { [run("Failed")]: "1x9" }, at: "5m" },
  {
    alert: "AnalysisErrored",
    when: "the controller is replaced and tells of an old one again",
    series: { [run("Error")]: "1x60 stale", [run("Error", "two")]: "_x63 1x60" },
    at: "1h5m",
  },
  {
    alert: "AnalysisErrored",
    when: "the controller was replaced a quarter of an hour ago",
    series: { [run("Error")]: "1x60 stale", [run("Error", "two")]: "_x63 1x60" },
    at: "1h17m",
  },
  {
    alert: "AnalysisErrored",
    when: "it was of an app whose name begins with this one's",
    series: { [run("Error", "one", "shop-api-6f9d-2")]: "_x9 1x20" },
    at: "12m",
  },
  { alert: "AnalysisErrored", when: "there was none", series: {}, at: "5m" },
];
