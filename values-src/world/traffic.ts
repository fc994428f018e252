import type { App, Egress } from "../app.ts";
import type { Values as Nginx } from "../charts/ingress-nginx.ts";
import type { Values as Traefik } from "../charts/traefik.ts";
import { ingressOf } from "../ingress/ingress.ts";
import { probeRoutes } from "../observability/sli.ts";
import {
  type Contradiction,
  type HttpService,
  httpServices,
  objectsAt,
  platformReleases,
  releaseNamed,
  type World,
} from "./contradiction.ts";

/** Requests get to the apps, and the apps may reach what they say. */
export function traffic(world: World): Contradiction[] {
  return [
    ...servedClass(world),
    ...platformClasses(world),
    ...httpServices(world).flatMap((service) => [
      ...appIngress(world, service),
      ...probes(service),
      ...ownVariables(service),
    ]),
    ...world.apps.flatMap((app) => [...variableNames(app), ...ports(app), ...egress(app)]),
  ];
}

/** The controller is there, and serves the class that everybody asks for. */
function servedClass(world: World): Contradiction[] {
  const { env } = world;
  const { className, release: name } = ingressOf(env);
  if (name === undefined) return [];
  const release = releaseNamed(world, name);
  if (!release) {
    const message =
      `${env.name} has the ingress class ${className}, and not the release ${name}, which serves it: ` +
      `enable ${name}, or name another controller in the environment's ingress`;
    return [{ message }];
  }
  return classesServedBy(name, release.values)
    .filter(([, served]) => served !== className)
    .map(([key, served]) => ({
      message: `${name} serves the ingress class ${served} (${key}), and ${env.name} asks for ${className}: make them the same`,
    }));
}

/** Where the values of our controllers say their class. */
function classesServedBy(release: string, values: unknown): [key: string, className: string][] {
  if (release === "traefik") {
    const { ingressClass, providers } = values as Traefik;
    return [
      ["ingressClass.name", ingressClass?.name || "traefik"],
      ["providers.kubernetesIngressNGINX.ingressClass", providers?.kubernetesIngressNGINX?.ingressClass || "nginx"],
    ];
  }
  const { controller } = values as Nginx;
  return [["controller.ingressClassResource.name", String(controller?.ingressClassResource?.name || "nginx")]];
}

/** The ingresses of platform releases, such as Argo CD's. */
function platformClasses(world: World): Contradiction[] {
  const { className } = ingressOf(world.env);
  return platformReleases(world).flatMap(({ name, values }) =>
    objectsAt("ingress", values)
      .filter(({ enabled, ingressClassName }) => enabled === true && (ingressClassName ?? className) !== className)
      .map(({ ingressClassName }) => ({ message: otherClass(world, name, String(ingressClassName)) })),
  );
}

function otherClass({ env }: World, name: string, asked: string): string {
  const { className, release } = ingressOf(env);
  const server = release ?? "the controller that is there";
  return (
    `${name} asks for the ingress class ${asked}, and ${server} serves ${className} in ${env.name}: ` +
    "take the class from ingressOf(env)"
  );
}

function appIngress(world: World, { app: { name }, values }: HttpService): Contradiction[] {
  const { ingress, networkPolicy } = values;
  const controller = ingressOf(world.env);
  const found: Contradiction[] = [];
  if (ingress.className !== controller.className) {
    found.push({ app: name, message: otherClass(world, name, ingress.className) });
  }
  const release = controller.release === undefined ? undefined : releaseNamed(world, controller.release);
  const namespace = release?.namespace ?? controller.namespace;
  if (networkPolicy.enabled && networkPolicy.ingressNamespace !== namespace) {
    const message =
      `${name} lets in requests from the namespace ${networkPolicy.ingressNamespace}, and the ingress controller ` +
      `${controller.release ?? "that is there"} is in ${namespace}: make networkPolicy.ingressNamespace the same`;
    found.push({ app: name, message });
  }
  return found;
}

/** A probe that counts as a user's request makes an app without users look fast and free of errors. */
function probes({ app: { name }, values }: HttpService): Contradiction[] {
  const excluded = new RegExp(`^(?:${probeRoutes})$`);
  return Object.values(values.probes)
    .filter((path) => !excluded.test(path))
    .map((path) => {
      const message =
        `${name} is probed at ${path}, and its SLO counts that route as users' requests (not ${probeRoutes}): ` +
        "probe another path, or widen probeRoutes in observability/sli.ts";
      return { app: name, message };
    });
}

/** Variables that `service/chart` sets itself, with what decides on them. */
const chartVariables: Record<string, string> = {
  PORT: "ports.http",
  METRICS_PORT: "ports.metrics",
  APP_VERSION: "the image tag",
  APP_ENVIRONMENT: "the environment's name",
  POD_NAME: "the pod's name",
};

function ownVariables({ app: { name }, values }: HttpService): Contradiction[] {
  return Object.keys(values.env)
    .filter((variable) => Object.hasOwn(chartVariables, variable))
    .map((variable) => {
      const message = `${name} sets ${variable}, and its chart sets it to ${chartVariables[variable]}: remove it from env`;
      return { app: name, message };
    });
}

function variableNames({ name, variables }: App): Contradiction[] {
  return Object.keys(variables)
    .filter((variable) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(variable))
    .map((variable) => {
      const message = `${name} sets "${variable}", and a shell takes only letters, digits and _, with no digit first: rename it in env`;
      return { app: name, message };
    });
}

function ports({ name, facts }: App): Contradiction[] {
  if (!facts.ports || facts.ports.http !== facts.ports.metrics) return [];
  const message = `${name} has the port ${facts.ports.http} both for http and for metrics: give one of them another port`;
  return [{ app: name, message }];
}

function egress({ name, facts }: App): Contradiction[] {
  return (facts.egress ?? []).flatMap(({ namespace, cidr, ports }: Egress) => {
    if ((namespace === undefined) !== (cidr === undefined)) return [];
    const where =
      namespace === undefined
        ? "neither a namespace nor a cidr"
        : `both the namespace ${namespace} and the cidr ${cidr}`;
    const message = `the egress of ${name} to port ${ports.join(", ")} has ${where}: give it one of the two`;
    return [{ app: name, message }];
  });
}
