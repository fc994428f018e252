import type { Values as ArgoCd } from "../charts/argo-cd.ts";
import type { Values as Dashboards } from "../charts/dashboards.ts";
import type { Values } from "../charts/http-service.ts";
import {
  type Contradiction,
  listed,
  objectsAt,
  platformReleases,
  type World,
  type WorldRelease,
} from "./contradiction.ts";

/** What a release takes for itself, and nothing else may have. */
interface Claim {
  /** Who claims it, in words. */
  by: string;
  app: string | undefined;
  what: string;
  /** The app's fact by which it does. */
  fact?: string[];
}

/** Nothing is claimed twice. */
export function claims(world: World): Contradiction[] {
  const { releases } = world;
  return [
    ...clashes(releases.flatMap(hosts), "give one of them another host"),
    ...clashes(releases.flatMap(names), "rename one of them, or give it another namespace"),
    ...clashes(releases.flatMap(dashboardUids), "give one of them another uid"),
    ...foreignNamespaces(world),
  ];
}

/** The first of those who claim a thing keeps it: the contradiction is the last one's to mend. */
function clashes(all: Claim[], advice: string): Contradiction[] {
  return [...Map.groupBy(all, ({ what }) => what)]
    .filter(([, claims]) => claims.length > 1)
    .map(([what, claims]) => {
      const { app, fact } = claims.findLast((claim) => claim.app) ?? {};
      const verb = claims.length === 2 ? "both claim" : "all claim";
      const message = `${listed(claims.map(({ by }) => by))} ${verb} ${what}: ${advice}`;
      return { ...(app !== undefined && { app }), ...(fact && { fact }), message };
    });
}

function hosts(release: WorldRelease): Claim[] {
  const { name, app, values } = release;
  const claim = (by: string, host: string) => ({ by, app: app?.name, what: `the host ${host}`, fact: ["host"] });
  if (app?.facts.chart) return [claim(name, app.host)];
  if (app) {
    const { ingress, strategy } = values as Values;
    const preview = strategy.type === "blueGreen" ? strategy.previewHost : undefined;
    return [claim(name, ingress.host), ...(preview === undefined ? [] : [claim(`the preview of ${name}`, preview)])];
  }
  const all = [...objectsAt("ingress", values), ...objectsAt("httproute", values)].flatMap(hostsOfIngress);
  return [...new Set([...all, ...argoCdHost(release)])].map((host) => claim(name, host));
}

/** The keys by which charts name the hosts of an Ingress or an HTTPRoute. */
function hostsOfIngress({ enabled, host, hostname, hosts, hostnames }: Record<string, unknown>): string[] {
  if (enabled === false) return [];
  const both = [hosts, hostnames].flatMap((some) => (Array.isArray(some) ? some : []));
  const list = both.map((one) => (one as { host?: unknown } | null)?.host ?? one);
  return [host, hostname, ...list].filter((one) => typeof one === "string" && one !== "") as string[];
}

/** Its ingress has the host `global.domain`, unless told another. */
function argoCdHost({ name, values }: WorldRelease): string[] {
  if (name !== "argo-cd") return [];
  const { global, server } = values as ArgoCd;
  const { enabled, hostname } = server?.ingress ?? {};
  return enabled && !hostname && global?.domain ? [String(global.domain)] : [];
}

/** A release's own name, and the names of what the apps' chart adds to it: Services, HTTPRoutes and the tests. */
function names({ name, namespace, app, values }: WorldRelease): Claim[] {
  const by = app ? `the app ${name}` : `the release ${name}`;
  const suffixes = app && !app.facts.chart ? suffixesOf(values as Values) : [];
  return ["", ...suffixes].map((suffix) => {
    return { by, app: app?.name, what: `the name ${name}${suffix} in the namespace ${namespace}`, fact: ["namespace"] };
  });
}

function suffixesOf({ strategy, ingress, tests }: Values): string[] {
  return [
    "-metrics",
    ...{ rolling: [], blueGreen: ["-preview"], canary: ["-canary"] }[strategy.type],
    ...(tests ? ["-tests"] : []),
    ...(ingress.gateway && ingress.tls ? ["-redirect", "-preview-redirect"] : []),
  ];
}

const claimsOfDashboards = new WeakMap<Dashboards["dashboards"], Claim[]>();

/** Of the release that has the dashboards, which are the same in every environment: file name -> JSON. */
function dashboardUids({ name, values }: WorldRelease): Claim[] {
  if (name !== "dashboards") return [];
  const { dashboards } = values as Dashboards;
  const found =
    claimsOfDashboards.get(dashboards) ??
    Object.entries(dashboards).flatMap(([file, text]) => {
      const uid = uidOf(text);
      return uid === undefined ? [] : [{ by: file, app: undefined, what: `the dashboard uid ${uid}` }];
    });
  claimsOfDashboards.set(dashboards, found);
  return found;
}

function uidOf(text: string): string | undefined {
  try {
    const { uid } = JSON.parse(text) as { uid?: unknown };
    return typeof uid === "string" ? uid : undefined;
  } catch {
    return undefined;
  }
}

/** Network policies, Argo CD's projects and `kubectl delete namespace` tell apps from the platform by namespace. */
function foreignNamespaces(world: World): Contradiction[] {
  const { ingress, monitoring } = world.env;
  const theirs = new Map([
    ["default", "Kubernetes"],
    ...(ingress.controller === "mine" ? [[ingress.namespace, "the ingress controller"] as const] : []),
    ...(monitoring.prometheus === "existing" ? [[monitoring.namespace, "the Prometheus that is there"] as const] : []),
    ...platformReleases(world).map(({ name, namespace }) => [namespace, `the release ${name}`] as const),
  ]);
  return world.apps.flatMap(({ name, namespace }) => {
    const owner = namespace.startsWith("kube-") ? "Kubernetes" : theirs.get(namespace);
    // With the same name, the two claim each other's objects: that is said already.
    if (owner === undefined || owner === `the release ${name}`) return [];
    const message = `${name} and ${owner} are both in the namespace ${namespace}: give the app another one`;
    return [{ app: name, fact: ["namespace"], message }];
  });
}
