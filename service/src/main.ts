import { setTimeout as sleep } from "node:timers/promises";
import { createService } from "./app.ts";
import { ConfigError, readConfig } from "./config.ts";

// Connections that the kernel holds until they are taken. Beyond it, it lets a client try again a second later.
const backlog = 4096;

try {
  const config = readConfig(process.env);
  const service = createService(config);
  const { app, metrics } = service;
  await metrics.listen({ host: config.HOST, port: config.METRICS_PORT });
  await app.listen({ host: config.HOST, port: config.PORT, backlog });

  let ending = false;
  const end = async (signal: string): Promise<void> => {
    if (ending) return;
    ending = true;
    app.log.info({ signal }, "draining");
    service.drain();
    await sleep(config.SHUTDOWN_DELAY_MS);
    const overdue = sleep(config.SHUTDOWN_TIMEOUT_MS, "overdue", { ref: false });
    const result = await Promise.race([app.close(), overdue]);
    app.log.info(result ? "ended with requests under way" : "ended");
    await Promise.race([metrics.close(), sleep(1000, undefined, { ref: false })]);
    process.exit(0);
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
} catch (error) {
  process.stderr.write(`${explain(error as NodeJS.ErrnoException)}\n`);
  process.exit(1);
}

function explain(error: NodeJS.ErrnoException): string {
  if (error instanceof ConfigError) return error.message;
  return error.syscall === "listen" ? `cannot listen: ${error.message}` : String(error.stack);
}
