import type { Environment } from "../environment.ts";

/** What apps and rollouts need to know of an ingress controller: it serves Ingresses, or HTTPRoutes. */
export interface IngressController {
  /** Of the Ingresses that it serves. */
  className?: string;
  /** To which HTTPRoutes attach, where it serves those. */
  gateway?: GatewayName;
  /** Where its pods are. */
  namespace: string;
  /** The release that brings it; none where it is in the cluster already. */
  release?: string;
  /**
   * Whether Argo Rollouts can have it divide the requests: by ingress-nginx's canary annotations, or by the weights of an
   * HTTPRoute.
   */
  dividesRequests: boolean;
}

export interface GatewayName {
  name: string;
  namespace: string;
}

const nginx: IngressController = {
  className: "nginx",
  namespace: "ingress-nginx",
  release: "ingress-nginx",
  dividesRequests: true,
};

/** Traefik stands in for ingress-nginx: it serves the class `nginx` and obeys its annotations. */
const traefik: IngressController = { ...nginx, namespace: "traefik", release: "traefik" };

/** The same Traefik as above: the release has both providers during a move. */
const gateway: IngressController = {
  gateway: { name: "apps", namespace: "traefik" },
  namespace: "traefik",
  release: "traefik",
  dividesRequests: true,
};

const ours = { nginx, traefik, gateway };

type WithIngress = Pick<Environment, "ingress">;

/** The controllers of an environment: one, or two during a move. */
export function controllersOf({ ingress }: WithIngress): IngressController[] {
  const main =
    ingress.controller === "mine"
      ? { className: ingress.className, namespace: ingress.namespace, dividesRequests: ingress.canaryAnnotations }
      : ours[ingress.controller];
  return ingress.alsoBy ? [main, ours[ingress.alsoBy]] : [main];
}

/** The class of Ingresses in an environment; undefined where a Gateway alone serves. */
export function classOf(env: WithIngress): string | undefined {
  return controllersOf(env).find(({ className }) => className !== undefined)?.className;
}

/** The Gateway of an environment that has one. */
export function gatewayOf(env: WithIngress): GatewayName | undefined {
  return controllersOf(env).find(({ gateway }) => gateway)?.gateway;
}

/** Whether the release is one of the environment's controllers. */
export function hasController(env: WithIngress, release: string): boolean {
  return controllersOf(env).some((controller) => controller.release === release);
}
