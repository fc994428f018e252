import type { Environment, GatewayPlugin } from "../environment.ts";
import { gatewayOf } from "./ingress.ts";

/** The class of Gateways that Traefik serves. */
export const gatewayClass = "traefik";

/** The port of Traefik, and of the Gateway's listener, for each entrance: Traefik wants them the same. */
const ports = { http: 8000, https: 8443 };

/** By which Rollouts name the plugin: it finds its settings under that name. */
export const pluginName = "argoproj-labs/gatewayAPI";

/**
 * Argo Rollouts' plugin for HTTPRoutes. Older versions take out of an HTTPRoute what others put there: backends before
 * 0.14, rules up to 0.15 (https://github.com/argoproj-labs/rollouts-plugin-trafficrouter-gatewayapi/issues/203 and 217).
 */
const plugin: GatewayPlugin = {
  location:
    "https://github.com/argoproj-labs/rollouts-plugin-trafficrouter-gatewayapi/releases/download/v0.17.0/gatewayapi-plugin-linux-amd64",
  sha256: "1904ca787d33107c140521899d61fff030ee75d99908bd175fca5a4647759061",
};

/** The plugins of Argo Rollouts in an environment: one where it has a Gateway. */
export function pluginsOf(env: Environment) {
  return gatewayOf(env) ? [{ name: pluginName, ...(env.ingress.gatewayPlugin ?? plugin) }] : [];
}

/** The listener at which hosts are served. */
export function listenerOf({ ingress }: Pick<Environment, "ingress">): "http" | "https" {
  return ingress.tls ? "https" : "http";
}

/**
 * The Gateway of an environment that has one, for every host and the HTTPRoutes of every namespace. Written out, since the
 * chart's values know no listener for HTTPS.
 */
export function gatewayObject(env: Environment) {
  const metadata = gatewayOf(env);
  if (!metadata) return undefined;
  const allowedRoutes = { namespaces: { from: "All" } };
  const certificate = { group: "", kind: "Secret", name: "gateway-tls" };
  const tls = { mode: "Terminate", certificateRefs: [certificate] };
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "Gateway",
    metadata,
    spec: {
      gatewayClassName: gatewayClass,
      listeners: [
        { name: "http", protocol: "HTTP", port: ports.http, allowedRoutes },
        ...(env.ingress.tls ? [{ name: "https", protocol: "HTTPS", port: ports.https, tls, allowedRoutes }] : []),
      ],
    },
  };
}
