import { type AlertCase, ofApp } from "./alert-case.ts";
import { traffic, up } from "./series.ts";

const alert = "AppDown";
const fires = {
  labels: { ...ofApp, severity: "critical" },
  summary: "No pod of shop can be scraped.",
  description: "Prometheus reaches 0 pods of shop: it is down, or its metrics cannot be reached.",
};

/** No pod of the app can be scraped. */
export const appDownCases: AlertCase[] = [
  { alert, when: "its only pod answers no scrape", series: up("1x10 0x10"), at: "12m30s", fires },
  { alert, when: "its targets are gone", series: up("1x10 stale _x9"), at: "13m", fires },
  { alert, when: "it never had a target", series: {}, at: "5m", fires },
  { alert, when: "both of its pods are down", series: { ...up("0x9"), ...up("0x9", "b") }, at: "5m", fires },
  { alert, when: "one of its two pods is down", series: { ...up("0x9"), ...up("1x9", "b") }, at: "9m" },
  { alert, when: "a scrape fails now and then", interval: "30s", series: up("1x8 0 1x8"), at: "5m" },
  {
    alert,
    when: "it is up and nobody asks it anything",
    series: { ...up("1x60"), ...traffic([{ minutes: 60 }]) },
    at: "1h",
  },
  { alert, when: "a pod replaces the last one", series: { ...up("1x9 stale"), ...up("_x10 1x9", "b") }, at: "15m" },
];
