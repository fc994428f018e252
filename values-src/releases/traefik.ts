import type { Values } from "../charts/traefik.ts";
import type { Environment } from "../environment.ts";
import { ingressOf } from "../ingress/ingress.ts";
import { serviceMonitor } from "../observability/prometheus.ts";
import { allot } from "../sizes.ts";

export function enabled(env: Environment): boolean {
  return env.ingress.controller === "traefik";
}

/** Traefik as a stand-in for ingress-nginx: it serves the class `nginx` and obeys the same annotations. */
export function values(env: Environment): Values {
  const { replicas, pdb, resources } = allot(env.size, "ingress");
  const { className } = ingressOf(env);
  // A load balancer notices an ending pod late: it goes on accepting connections until then.
  const transport = { lifeCycle: { requestAcceptGraceTimeout: 10 } };
  return {
    deployment: { replicas },
    podDisruptionBudget: { enabled: pdb, maxUnavailable: 1 },
    resources,
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: "kubernetes.io/hostname",
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: { "app.kubernetes.io/name": "traefik" } },
      },
    ],
    // The chart makes the class in Traefik's own name, hence by name and not by ingress-nginx's controller class.
    ingressClass: { enabled: true, isDefaultClass: false, name: className },
    providers: {
      kubernetesIngressNGINX: {
        enabled: true,
        ingressClass: className,
        ingressClassByName: true,
        // Writes the Service's address into the Ingresses: until it is there, Argo CD waits for them to get healthy.
        publishService: { enabled: true },
      },
      // Would serve the same Ingresses a second time.
      kubernetesIngress: { enabled: false },
      kubernetesCRD: { enabled: false },
    },
    api: { dashboard: false },
    ports: { web: { transport }, websecure: { transport } },
    metrics: {
      prometheus: {
        addRoutersLabels: true,
        service: { enabled: true },
        serviceMonitor: serviceMonitor(env),
      },
    },
    log: { format: "json" },
    accessLog: { enabled: true, format: "json" },
    global: { checkNewVersion: false, sendAnonymousUsage: false },
  };
}
