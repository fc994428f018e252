import type { App } from "../app.ts";
import type { Rolling } from "../charts/http-service.ts";

/** Never fewer pods than asked for: a new one is ready before an old one ends. */
export function rolling({ env }: App): Rolling {
  return { type: "rolling", workload: env.argoRollouts ? "Rollout" : "Deployment", maxSurge: 1, maxUnavailable: 0 };
}
