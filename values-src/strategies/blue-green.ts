import type { BlueGreen } from "../charts/sample-app.ts";
import type { Environment } from "../environment.ts";

const seconds = {
  steady: { autoPromotionSeconds: 300, scaleDownDelaySeconds: 600 },
  // 30 is what proxies need to forget the old pods.
  fast: { autoPromotionSeconds: 5, scaleDownDelaySeconds: 30 },
};

/** Promotes by itself, after time enough for checks against the preview host. */
export function blueGreen(env: Environment): BlueGreen {
  return { type: "blueGreen", previewHost: `preview.app.${env.domain}`, ...seconds[env.pace] };
}
