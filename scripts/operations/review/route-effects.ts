/** Where a release is reached: its hosts, and the ingress controllers that lead to them. */
import type { Values } from "../../../values-src/charts/http-service.ts";
import { appValues } from "./app-values.ts";
import type { ReleaseChange } from "./changes.ts";
import { type Effect, listed } from "./effect.ts";
import type { KubernetesObject } from "./objects.ts";

export function routeEffects(change: ReleaseChange): Effect[] {
  const values = appValues(change);
  return [...hosts(change), ...(values ? ways(change.name, values.old, values.fresh) : [])];
}

/** Hosts that one side alone answers, whatever object names them. */
function hosts({ routes }: ReleaseChange): Effect[] {
  const before = new Set(routes.before.flatMap(hostsOf));
  const after = new Set(routes.after.flatMap(hostsOf));
  const gone = [...before.difference(after)];
  const fresh = [...after.difference(before)];
  return [
    ...(gone.length > 0
      ? [{ danger: "danger", kind: "host", text: `no longer answered: ${listed(gone)}` } as const]
      : []),
    ...(fresh.length > 0
      ? [{ danger: "note", kind: "host", text: `answered as well: ${listed(fresh)}` } as const]
      : []),
  ];
}

function hostsOf({ kind, spec }: KubernetesObject): string[] {
  if (kind === "HTTPRoute") return (spec?.hostnames ?? []) as string[];
  return ((spec?.rules ?? []) as { host?: string }[]).flatMap(({ host }) => host ?? []);
}

/** Its pods let in requests of these controllers alone, so that a way that goes is closed at once. */
function ways(name: string, old: Values, fresh: Values): Effect[] {
  const before = new Set(waysTo(old));
  const after = new Set(waysTo(fresh));
  const gone = [...before.difference(after)].join(" and ");
  const come = [...after.difference(before)].join(" and ");
  if (gone === "")
    return come === "" ? [] : [{ danger: "note", kind: "ingress", text: `${name} is reached by ${come} as well` }];
  const now = `${name} is reached by ${[...after].join(" and ")} alone, no longer by ${gone}`;
  if (before.intersection(after).size > 0) {
    return [{ danger: "caution", kind: "ingress", text: `${now}: no request may come that way any more` }];
  }
  const text = `${now}: requests fail until DNS leads there; the way that loses none: docs/deployment-guide.md, 10`;
  return [{ danger: "danger", kind: "ingress", text }];
}

/** The controllers that lead to an app. Traefik has its Ingresses and its Gateway in one namespace. */
function waysTo({ ingress, networkPolicy }: Values): string[] {
  const { className, gateway } = ingress;
  const namespaces = networkPolicy.ingressNamespaces;
  const others = namespaces.filter((namespace) => namespace !== gateway?.namespace);
  const from = (others.length > 0 ? others : namespaces).join(", ");
  return [
    ...(className ? [`Ingresses of class ${className} from ${from}`] : []),
    ...(gateway ? [`the Gateway ${gateway.namespace}/${gateway.name}`] : []),
  ];
}
