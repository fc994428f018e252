import type { Values } from "../charts/traefik.ts";
import type { Environment } from "../environment.ts";
import { gatewayClass, gatewayObject } from "../ingress/gateway.ts";
import { controllersOf, hasController } from "../ingress/ingress.ts";
import { serviceMonitor } from "../observability/prometheus.ts";
import { allot } from "../sizes.ts";

export function enabled(env: Environment): boolean {
  return hasController(env, "traefik");
}

/**
 * Traefik as a stand-in for ingress-nginx, which serves the class `nginx` and obeys the same annotations; or as a Gateway;
 * as both during a move from one to the other.
 */
export function values(env: Environment): Values {
  const { replicas, pdb, resources } = allot(env.size, "ingress");
  // None where it serves the Gateway alone, be it beside another controller's class.
  const className = controllersOf(env).find((one) => one.release === "traefik" && one.className)?.className;
  const gateway = gatewayObject(env);
  // A load balancer notices an ending pod late: it goes on accepting connections until then. Each connection is asked to close
  // before it ends: a request on one that Traefik closes by itself is lost.
  const transport = { lifeCycle: { requestAcceptGraceTimeout: 20 }, keepAliveMaxTime: "15s" };
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
    ingressClass: className ? { enabled: true, isDefaultClass: false, name: className } : { enabled: false },
    providers: {
      ...(className && {
        kubernetesIngressNGINX: {
          enabled: true,
          ingressClass: className,
          ingressClassByName: true,
          // Writes the Service's address into the Ingresses: until it is there, Argo CD waits for them to get healthy.
          publishService: { enabled: true },
        },
      }),
      ...(gateway && { kubernetesGateway: { enabled: true } }),
      // Would serve the same Ingresses a second time.
      kubernetesIngress: { enabled: false },
      kubernetesCRD: { enabled: false },
    },
    ...(gateway && {
      gatewayClass: { enabled: true, name: gatewayClass },
      gateway: { enabled: false },
      extraObjects: [gateway],
    }),
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
