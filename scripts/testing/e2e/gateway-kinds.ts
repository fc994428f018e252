import { existsSync } from "node:fs";
import path from "node:path";
import { kubectl, tryKubectl } from "./app.ts";

/**
 * Gives the cluster the kinds of the Gateway API, from the file that `releases/releases.yaml.gotmpl` takes too. Returns why it
 * has not got them, if so.
 */
export async function applyGatewayKinds(): Promise<string | undefined> {
  if ((await tryKubectl("get", "crd", "httproutes.gateway.networking.k8s.io")).code === 0) return undefined;
  const file = path.join(process.env.CHARTS_DIR ?? "", "gateway-api.yaml");
  if (!existsSync(file)) return "CHARTS_DIR has no gateway-api.yaml, the kinds of the Gateway API";
  await kubectl("apply", "--server-side", "--filename", file);
  return undefined;
}
