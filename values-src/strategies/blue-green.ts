import type { App } from "../app.ts";
import type { BlueGreen } from "../charts/http-service.ts";

/** Promotes automatically, after a wait for checks against the preview host. */
export function blueGreen({ host, pace: { autoPromotionSeconds, scaleDownDelaySeconds } }: App): BlueGreen {
  return { type: "blueGreen", previewHost: `preview.${host}`, autoPromotionSeconds, scaleDownDelaySeconds };
}
