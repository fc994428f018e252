import type { Environment } from "../environment.ts";

/** What apps and rollouts need to know of an ingress controller. */
export interface IngressController {
  /** Of the Ingresses that it serves. */
  className: string;
  /** Where its pods are. */
  namespace: string;
  /** The release that brings it; none where it is in the cluster already. */
  release?: string;
  /** Whether it obeys ingress-nginx's canary annotations, by which Argo Rollouts divides the requests. */
  canaryAnnotations: boolean;
}

const nginx: IngressController = {
  className: "nginx",
  namespace: "ingress-nginx",
  release: "ingress-nginx",
  canaryAnnotations: true,
};

/** Traefik stands in for ingress-nginx: it serves the class `nginx` and obeys its annotations. */
const traefik: IngressController = { ...nginx, namespace: "traefik", release: "traefik" };

/** The controller of an environment. */
export function ingressOf({ ingress }: Pick<Environment, "ingress">): IngressController {
  if (ingress.controller === "mine") return ingress;
  return { nginx, traefik }[ingress.controller];
}
