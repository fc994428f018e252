import type { BlueGreen } from "../charts/sample-app.ts";
import type { Environment } from "../environment.ts";

const seconds = {
  steady: { autoPromotionSeconds: 300, scaleDownDelaySeconds: 600 },
  // Proxies need up to 30 s to stop sending requests to the old pods.
  fast: { autoPromotionSeconds: 5, scaleDownDelaySeconds: 30 },
};

/** Promotes automatically, after a wait for checks against the preview host. */
export function blueGreen(env: Environment): BlueGreen {
  return { type: "blueGreen", previewHost: `preview.app.${env.domain}`, ...seconds[env.pace] };
}
