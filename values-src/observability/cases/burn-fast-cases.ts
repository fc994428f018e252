import { type AlertCase, burning } from "./alert-case.ts";
import { type Phase, traffic, up } from "./series.ts";

const healthy: Phase = { minutes: 60, ok: 60 };
const { failing, slow } = burning("critical");

/** What is seen of 20 % of the requests for some minutes. */
const canary = (phase: Phase) => ({
  ...traffic([
    { minutes: 60, ok: 60 },
    { minutes: 10, ok: 48 },
  ]),
  ...traffic([{ minutes: 60, gone: true }, phase], { pod: "b", hash: "two", version: "2.0.0" }),
});

const availability: Omit<AlertCase, "alert">[] = [
  { when: "half of all fail", series: traffic([{ minutes: 10, ok: 30, failed: 30 }]), at: "10m", fires: failing("50") },
  {
    when: "2 % fail for an hour in prod, which promises 99.9 %",
    env: "strict",
    series: traffic([{ minutes: 60, ok: 98, failed: 2 }]),
    at: "1h",
    fires: failing("20", "0.1 %"),
  },
  {
    when: "8 % fail for hours",
    every: "5m",
    series: traffic([{ minutes: 360, ok: 92, failed: 8 }]),
    at: "6h",
    fires: failing("8"),
  },
  {
    when: "it crashes every three minutes and fails half of all in between",
    series: traffic(Array.from({ length: 5 }, () => ({ minutes: 3, ok: 30, failed: 30, restarted: true }))),
    at: "15m",
    fires: failing("50"),
  },
  {
    when: "a bad canary is left alone",
    series: canary({ minutes: 60, failed: 60 }),
    at: "1h40m",
    fires: failing("55"),
  },
  { when: "it is up and nobody asks it anything", series: { ...up("1x60"), ...traffic([{ minutes: 60 }]) }, at: "1h" },
  { when: "there is no series at all", series: {}, at: "1h" },
  { when: "one request of three fails", series: traffic([{ minutes: 1, ok: 2, failed: 1 }, { minutes: 9 }]), at: "8m" },
  { when: "nothing has failed yet", series: traffic([healthy]), at: "1h" },
  {
    when: "it restarts and its counters start again",
    series: traffic([healthy, { minutes: 20, ok: 60, restarted: true }]),
    at: "1h10m",
  },
  {
    when: "a canary fails half of its requests for two minutes and is sent back",
    series: canary({ minutes: 2, ok: 6, failed: 6 }),
    at: "1h3m",
  },
  {
    when: "all failed for five minutes, an hour ago",
    series: traffic([healthy, { minutes: 5, failed: 60 }, { minutes: 60, ok: 60 }]),
    at: "2h5m",
  },
  { when: "requests are slow and none fails", series: traffic([{ minutes: 60, slow: 60 }]), at: "1h" },
];

const latency: Omit<AlertCase, "alert">[] = [
  { when: "all are slow", series: traffic([{ minutes: 15, slow: 60 }]), at: "15m", fires: slow("20") },
  {
    when: "40 % are slow for hours, by the bound of prod",
    env: "strict",
    every: "5m",
    series: traffic([{ minutes: 360, ok: 60, slow: 40 }], { seconds: 0.25 }),
    at: "6h",
    fires: slow("8", "0.25 s"),
  },
  {
    when: "a slow canary serves everybody in the end",
    series: traffic([
      { minutes: 60, ok: 60 },
      { minutes: 80, slow: 60, restarted: true },
    ]),
    at: "2h20m",
    fires: slow("20"),
  },
  { when: "it is up and nobody asks it anything", series: { ...up("1x60"), ...traffic([{ minutes: 60 }]) }, at: "1h" },
  {
    when: "two requests of three are slow",
    series: traffic([{ minutes: 1, ok: 1, slow: 2 }, { minutes: 9 }]),
    at: "8m",
  },
  { when: "all fail quickly", series: traffic([{ minutes: 60, failed: 60 }]), at: "1h" },
  { when: "4 % are slow, as they may be", series: traffic([{ minutes: 60, ok: 96, slow: 4 }]), at: "1h" },
  {
    when: "all were slow for five minutes, an hour ago",
    series: traffic([healthy, { minutes: 5, slow: 60 }, { minutes: 60, ok: 60 }]),
    at: "2h5m",
  },
];

/** When the budget would be gone within days. */
export const burnFastCases: AlertCase[] = [
  ...availability.map((one) => ({ alert: "AvailabilityBurnFast", ...one })),
  ...latency.map((one) => ({ alert: "LatencyBurnFast", ...one })),
];
