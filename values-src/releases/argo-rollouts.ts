import type { Values } from "../charts/argo-rollouts.ts";
import type { Environment } from "../environment.ts";
import { serviceMonitor } from "../observability/prometheus.ts";
import { allot } from "../sizes.ts";

export function enabled(env: Environment): boolean {
  return env.argoRollouts;
}

/** The controller alone; its dashboard has no login, and `kubectl argo rollouts dashboard` shows the same locally. */
export function values(env: Environment): Values {
  const { replicas, pdb, resources } = allot(env.size, "rolloutsController");
  return {
    controller: {
      replicas,
      pdb: { enabled: pdb, maxUnavailable: 1 },
      resources,
      logging: { format: "json" },
      metrics: { enabled: true, serviceMonitor: serviceMonitor(env) },
    },
    // The nginx router works on Ingresses, which the controller may edit anyway: no rights for the other routers.
    providerRBAC: { enabled: false },
    dashboard: { enabled: false },
  };
}
