import { type AlertCase, burning } from "./alert-case.ts";
import { traffic, up } from "./series.ts";

const { failing, slow } = burning("warning");
const day = 24 * 60;
const threeDays = 3 * day;

const availability: Omit<AlertCase, "alert">[] = [
  { when: "4 % fail for a day", series: traffic([{ minutes: day, ok: 96, failed: 4 }]), at: "1d", fires: failing("4") },
  {
    when: "1.5 % fail for days",
    series: traffic([{ minutes: threeDays, ok: 197, failed: 3 }]),
    at: "3d",
    fires: failing("1.5"),
  },
  {
    when: "0.3 % fail for a day in prod, which promises 99.9 %",
    env: "strict",
    series: traffic([{ minutes: day, ok: 997, failed: 3 }]),
    at: "1d",
    fires: failing("3", "0.1 %"),
  },
  {
    when: "nobody asks it anything for days",
    series: { ...up(`1x${day}`), ...traffic([{ minutes: day }]) },
    at: "1d",
  },
  { when: "there is no series at all", series: {}, at: "1d" },
  {
    when: "0.95 % fail for days, for which the budget lasts",
    series: traffic([{ minutes: threeDays, ok: 1981, failed: 19 }]),
    at: "3d",
  },
  {
    // One failed request, which is 1.4 %. Evaluated as often as the real rules, so that requests are counted alike.
    when: "one of seventy requests fails",
    every: "30s",
    series: traffic([
      { minutes: 1, failed: 1 },
      ...Array.from({ length: 69 }, () => ({ minutes: 1, ok: 1 })),
      { minutes: 10 },
    ]),
    at: "1h15m",
  },
  {
    when: "all failed for an hour, a day ago",
    series: traffic([
      { minutes: day, ok: 60 },
      { minutes: 60, failed: 60 },
      { minutes: day, ok: 60 },
    ]),
    at: "2d1h",
  },
];

const latency: Omit<AlertCase, "alert">[] = [
  {
    when: "20 % are slow for a day",
    series: traffic([{ minutes: day, ok: 80, slow: 20 }]),
    at: "1d",
    fires: slow("4"),
  },
  {
    when: "6 % are slow for days",
    series: traffic([{ minutes: threeDays, ok: 94, slow: 6 }]),
    at: "3d",
    fires: slow("1.2"),
  },
  { when: "nobody asks it anything for days", series: traffic([{ minutes: day }]), at: "1d" },
  { when: "4.8 % are slow for days", series: traffic([{ minutes: threeDays, ok: 952, slow: 48 }]), at: "3d" },
  { when: "2 % fail, quickly", series: traffic([{ minutes: day, ok: 98, failed: 2 }]), at: "1d" },
  {
    when: "it restarts every hour, in time with every answer",
    series: traffic(Array.from({ length: 24 }, () => ({ minutes: 60, ok: 60, restarted: true }))),
    at: "1d",
  },
];

/** The budget is spent too fast; it can wait until morning. Evaluated less often, since the windows are days long. */
export const burnSlowCases: AlertCase[] = [
  ...availability.map((one) => ({ alert: "AvailabilityBurnSlow", every: "10m", ...one })),
  ...latency.map((one) => ({ alert: "LatencyBurnSlow", every: "10m", ...one })),
];
