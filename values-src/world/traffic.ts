import type { App, Egress } from "../app.ts";
import type { Values as Nginx } from "../charts/ingress-nginx.ts";
import type { Manifest } from "../charts/kubernetes.ts";
import type { Values as Traefik } from "../charts/traefik.ts";
import { classOf, controllersOf, gatewayOf } from "../ingress/ingress.ts";
import { probeRoutes } from "../observability/sli.ts";
import {
  type Contradiction,
  type HttpService,
  httpServices,
  listed,
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

/** Each controller is there, and serves the class that everybody asks for. */
function servedClass(world: World): Contradiction[] {
  const { env } = world;
  return controllersOf(env).flatMap(({ className, gateway, release: name }) => {
    if (name === undefined) return [];
    const release = releaseNamed(world, name);
    if (!release) {
      const served = className === undefined ? `the Gateway ${gateway?.name}` : `the ingress class ${className}`;
      const message =
        `${env.name} has ${served}, and not the release ${name}, which serves it: ` +
        `enable ${name}, or name another controller in the environment's ingress`;
      return [{ fact: ["ingress", "controller"], message }];
    }
    if (className === undefined) return [];
    return classesServedBy(name, release.values)
      .filter(([, served]) => served !== className)
      .map(([key, served]) => ({
        message: `${name} serves the ingress class ${served} (${key}), and ${env.name} asks for ${className}: make them the same`,
      }));
  });
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
  const className = classOf(world.env);
  return platformReleases(world).flatMap(({ name, values }) =>
    objectsAt("ingress", values)
      .filter(({ enabled, ingressClassName }) => enabled === true && (ingressClassName ?? className) !== className)
      .map(({ ingressClassName }) => ({ message: otherClass(world, name, String(ingressClassName)) })),
  );
}

function otherClass({ env }: World, name: string, asked: string | undefined): string {
  const asks = asked === undefined ? `${name} has no Ingress` : `${name} asks for the ingress class ${asked}`;
  const controller = controllersOf(env).find(({ className }) => className !== undefined);
  if (!controller) return `${asks}, and ${env.name} serves HTTPRoutes alone: take the class from classOf(env)`;
  const server = controller.release ?? "the controller that is there";
  return `${asks}, and ${server} serves ${controller.className} in ${env.name}: take the class from classOf(env)`;
}

function appIngress(world: World, service: HttpService): Contradiction[] {
  const { app, values } = service;
  const className = classOf(world.env);
  const found = [...appNamespaces(world, service), ...appGateway(world, service)];
  if (values.ingress.className === className) return found;
  return [{ app: app.name, message: otherClass(world, app.name, values.ingress.className) }, ...found];
}

/** The app lets in requests of each controller, and of nobody else. */
function appNamespaces(world: World, { app: { name }, values: { networkPolicy } }: HttpService): Contradiction[] {
  const { enabled, ingressNamespaces } = networkPolicy;
  if (!enabled) return [];
  const there = controllersOf(world.env).map(({ release, namespace }) => ({
    server: release ?? "that is there",
    namespace: (release && releaseNamed(world, release)?.namespace) ?? namespace,
  }));
  const letIn = `${name} lets in requests from the namespace ${listed(ingressNamespaces)}`;
  const same = "make networkPolicy.ingressNamespaces the same";
  const kept = there.find(({ namespace }) => !ingressNamespaces.includes(namespace));
  if (kept) {
    const message = `${letIn}, and the ingress controller ${kept.server} is in ${kept.namespace}: ${same}`;
    return [{ app: name, message }];
  }
  const strange = ingressNamespaces.find((one) => !there.some(({ namespace }) => namespace === one));
  return strange === undefined
    ? []
    : [{ app: name, message: `${letIn}, and no ingress controller is in ${strange}: ${same}` }];
}

/** A Gateway among a chart's extra objects. */
interface GatewayObject extends Manifest {
  kind: string;
  metadata: { name: string; namespace: string };
  spec: { listeners: { name: string; hostname?: string }[] };
}

/** The app's HTTPRoutes attach to the environment's Gateway, which has a listener for their hosts. */
function appGateway(world: World, { app, values: { ingress, strategy } }: HttpService): Contradiction[] {
  const { env } = world;
  const gateway = gatewayOf(env);
  const refuse = (message: string) => [{ app: app.name, message }];
  if (ingress.gateway?.name !== gateway?.name || ingress.gateway?.namespace !== gateway?.namespace) {
    const text = (one = gateway) => (one ? `the Gateway ${one.name} in the namespace ${one.namespace}` : "no Gateway");
    const asks = ingress.gateway ? text(ingress.gateway) : "no Gateway";
    return refuse(`${app.name} asks for ${asks}, and ${env.name} has ${text()}: take the Gateway from gatewayOf(env)`);
  }
  const traefik = releaseNamed(world, "traefik");
  if (!gateway || !traefik) return [];
  const objects = ((traefik.values as Traefik).extraObjects ?? []) as GatewayObject[];
  const object = objects.find(({ kind, metadata }) => {
    return kind === "Gateway" && metadata.name === gateway.name && metadata.namespace === gateway.namespace;
  });
  const asked = ingress.tls ? "https" : "http";
  const listeners = object?.spec.listeners.filter(({ name }) => name === asked) ?? [];
  const preview = strategy.type === "blueGreen" ? strategy.previewHost : undefined;
  return [ingress.host, ...(preview ? [preview] : [])]
    .filter((host) => !listeners.some(({ hostname }) => hostname === undefined || covers(hostname, host)))
    .flatMap((host) =>
      refuse(
        `${app.name} has the host ${host}, and the Gateway ${gateway.name} of traefik has no listener ${asked} for it: ` +
          "take the Gateway from gatewayObject(env)",
      ),
    );
}

/** As listeners do: `*.example.com` takes in every host below example.com. */
function covers(hostname: string, host: string): boolean {
  return hostname === host || (hostname.startsWith("*.") && host.endsWith(hostname.slice(1)));
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
      return { app: name, fact: ["probes"], message };
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
      return { app: name, fact: ["env", variable], message };
    });
}

function variableNames({ name, variables }: App): Contradiction[] {
  return Object.keys(variables)
    .filter((variable) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(variable))
    .map((variable) => {
      const message = `${name} sets "${variable}", and a shell takes only letters, digits and _, with no digit first: rename it in env`;
      return { app: name, fact: ["env", variable], message };
    });
}

function ports({ name, facts }: App): Contradiction[] {
  if (!facts.ports || facts.ports.http !== facts.ports.metrics) return [];
  const message = `${name} has the port ${facts.ports.http} both for http and for metrics: give one of them another port`;
  return [{ app: name, fact: ["ports"], message }];
}

function egress({ name, facts }: App): Contradiction[] {
  return (facts.egress ?? []).flatMap(({ namespace, cidr, ports }: Egress, index) => {
    if ((namespace === undefined) !== (cidr === undefined)) return [];
    const where =
      namespace === undefined
        ? "neither a namespace nor a cidr"
        : `both the namespace ${namespace} and the cidr ${cidr}`;
    const message = `the egress of ${name} to port ${ports.join(", ")} has ${where}: give it one of the two`;
    return [{ app: name, fact: ["egress", String(index)], message }];
  });
}
