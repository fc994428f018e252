import type { Rolling } from "../charts/http-service.ts";

/** Never fewer pods than asked for: a new one is ready before an old one ends. */
export function rolling(): Rolling {
  return { type: "rolling", maxSurge: 1, maxUnavailable: 0 };
}
