import type { Values } from "../charts/argo-rollouts.ts";
import type { Environment } from "../environment.ts";
import { pluginsOf } from "../ingress/gateway.ts";
import { serviceMonitor } from "../observability/prometheus.ts";
import { allot } from "../sizes.ts";

export function enabled(env: Environment): boolean {
  return env.argoRollouts;
}

const onlyGateway = {
  istio: false,
  smi: false,
  ambassador: false,
  awsLoadBalancerController: false,
  awsAppMesh: false,
  traefik: false,
  apisix: false,
  contour: false,
  glooPlatform: false,
  gatewayAPI: true,
};

/** The controller alone; its dashboard has no login, and `kubectl argo rollouts dashboard` shows the same locally. */
export function values(env: Environment): Values {
  const plugins = pluginsOf(env);
  const component = plugins.length > 0 ? "rolloutsWithPlugin" : "rolloutsController";
  const { replicas, pdb, resources } = allot(env.size, component);
  return {
    controller: {
      replicas,
      pdb: { enabled: pdb, maxUnavailable: 1 },
      resources,
      logging: { format: "json" },
      metrics: { enabled: true, serviceMonitor: serviceMonitor(env) },
      ...(plugins.length > 0 && { trafficRouterPlugins: plugins }),
    },
    // The nginx router works on Ingresses, which the controller may edit anyway: no rights for the other routers, but for
    // the Gateway API's where there is a Gateway.
    providerRBAC: plugins.length > 0 ? { enabled: true, providers: onlyGateway } : { enabled: false },
    dashboard: { enabled: false },
  };
}
