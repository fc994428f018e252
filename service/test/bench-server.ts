import { createService } from "../src/app.ts";
import { readConfig } from "../src/config.ts";
import { RequestMetrics } from "../src/request-metrics.ts";

/** What this process used since it started. */
export interface Usage {
  cpuMicroseconds: number;
  /** Resident memory in MiB. */
  rss: number;
  /** JavaScript heap in use in MiB. */
  heap: number;
}

// Without metrics: the same service, whose responses nobody counts.
if (process.argv[2] === "without") RequestMetrics.prototype.observe = () => {};
const { app, metrics } = createService(readConfig({ LOG_LEVEL: "error" }));
process.on("message", async (how) => {
  if (how === "collect") globalThis.gc?.();
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  process.send?.({ cpuMicroseconds: user + system, rss: rss / 2 ** 20, heap: heapUsed / 2 ** 20 } satisfies Usage);
  // A scrape is part of the load: that is when the series are made.
  await metrics.inject("/metrics");
});
process.on("disconnect", () => process.exit());
await app.listen({ host: "127.0.0.1", port: 0 });
process.send?.((app.server.address() as { port: number }).port);
