import type { App } from "../../../values-src/app.ts";
import type { Cluster } from "../../outside/cluster.ts";
import { getObjects } from "../../outside/kubectl.ts";
import { npmRun } from "../../problems/suggest.ts";
import { formatTable } from "../text-table.ts";

/** The fields of an Ingress or a Service that are read here. */
export interface Entrance {
  metadata: { name: string; namespace: string };
  spec: { type?: string; rules?: { host?: string }[]; tls?: unknown[] };
  status?: { loadBalancer?: { ingress?: { ip?: string; hostname?: string }[] } };
}

/** The ways into a cluster. */
export interface Found {
  ingresses: Entrance[];
  services: Entrance[];
}

/** Reads the ways into these namespaces. Throws `ClusterError`. */
export async function findPlaces(cluster: Cluster, namespaces: Iterable<string>): Promise<Found> {
  const ours = new Set(namespaces);
  const get = async <T extends Entrance | Route>(kind: string) =>
    (await getObjects<T>(cluster, kind, "--all-namespaces")).filter((object) => ours.has(object.metadata.namespace));
  const [ingresses, routes, services] = await Promise.all([
    get<Entrance>("ingresses.networking.k8s.io"),
    get<Route>("httproutes.gateway.networking.k8s.io"),
    get<Entrance>("services"),
  ]);
  return { ingresses: [...ingresses, ...routes.flatMap(asIngress)], services };
}

/** The fields of an HTTPRoute that are read here. */
export interface Route {
  metadata: { name: string; namespace: string };
  spec: { hostnames?: string[]; parentRefs?: { sectionName?: string }[]; rules?: { backendRefs?: unknown[] }[] };
}

/** An HTTPRoute as an Ingress with its hosts; none of one that only redirects. */
export function asIngress({ metadata, spec }: Route): Entrance[] {
  if (!spec.rules?.some(({ backendRefs = [] }) => backendRefs.length > 0)) return [];
  const tls = spec.parentRefs?.[0]?.sectionName === "https" ? [{}] : [];
  return [{ metadata, spec: { rules: (spec.hostnames ?? []).map((host) => ({ host })), tls } }];
}

/** More addresses than these are only counted. */
const shown = 12;

/** Where things are and how to get in, for people; the example is an address in one of the apps' namespaces. */
export function describePlaces({ ingresses, services }: Found, cluster: Cluster, apps: string[]): string {
  const entrance = services.find(({ spec }) => spec.type === "LoadBalancer");
  const at = entrance?.status?.loadBalancer?.ingress?.[0];
  const address = at?.ip ?? at?.hostname;
  // The Ingress that Argo Rollouts adds for a canary has the same host.
  const hosts = new Map(
    ingresses.map(({ spec }) => [spec.rules?.[0]?.host ?? "*", (spec.tls?.length ?? 0) > 0 ? "https" : "http"]),
  );
  const ofApp = ingresses.find(({ metadata }) => apps.includes(metadata.namespace))?.spec.rules?.[0]?.host;
  const lines = [...hosts].slice(0, shown).map(([host, scheme]) => `  ${scheme}://${host}/`);
  if (hosts.size > shown) lines.push(`  and ${hosts.size - shown} more: kubectl get ingress --all-namespaces`);
  return [
    lines.length > 0 ? `Where it is:\n${lines.join("\n")}` : "No Ingress and no HTTPRoute is there yet.",
    ...reach(entrance, address, [...hosts], ofApp, cluster),
    "",
    ...argoCd(services),
    ...grafana(services),
    ...prometheus(services),
  ].join("\n");
}

function reach(
  entrance: Entrance | undefined,
  address: string | undefined,
  hosts: [string, string][],
  example: string | undefined,
  cluster: Cluster,
) {
  const [host, scheme] = hosts.find(([name]) => name === example) ?? hosts[0] ?? ["HOST", "http"];
  const port = scheme === "https" ? 443 : 80;
  const insecure = scheme === "https" ? "-k " : "";
  if (address) {
    return [
      `They lead to ${address}. Without DNS for them:`,
      `  curl ${insecure}--resolve ${host}:${port}:${address} ${scheme}://${host}/`,
      `  or for a browser, in /etc/hosts:  ${address} ${hosts
        .slice(0, shown)
        .map(([name]) => name)
        .join(" ")}`,
    ];
  }
  if (!entrance) return ["The ingress controller has no Service of type LoadBalancer yet: npm run up again."];
  const local = port + 8000;
  return [
    "The load balancer has no address here. To reach them all the same:",
    ...(cluster.runtime === "minikube" ? ["  minikube tunnel  # gives it one; or:"] : []),
    forward(entrance, `${local}:${port}`),
    `  curl ${insecure}--resolve ${host}:${local}:127.0.0.1 ${scheme}://${host}:${local}/`,
  ];
}

function argoCd(services: Entrance[]): string[] {
  if (!services.some(({ metadata }) => metadata.name === "argo-cd-argocd-server")) return [];
  return [
    "Argo CD: user admin, with the password that Argo CD generated (for the first sign-in; then connect your identity provider):",
    "  kubectl -n argocd get secret argocd-initial-admin-secret -o jsonpath='{.data.password}' | base64 -d",
  ];
}

function grafana(services: Entrance[]): string[] {
  const service = services.find(({ metadata }) => /grafana$/.test(metadata.name));
  if (!service) return ["Grafana: this environment has none."];
  return [
    "Grafana: no sign-in, everybody who reaches it can read; on http://localhost:3000:",
    forward(service, "3000:80"),
  ];
}

function prometheus(services: Entrance[]): string[] {
  const service = services.find(({ metadata }) => /-stack-prometheus$/.test(metadata.name));
  return service ? ["Prometheus, on http://localhost:9090:", forward(service, "9090")] : [];
}

function forward({ metadata: { name, namespace } }: Entrance, ports: string): string {
  return `  kubectl -n ${namespace} port-forward service/${name} ${ports}`;
}

/** What a newcomer can do now: with the only app, or with the first of several. */
export function whatToTry(env: string, apps: App[]): string {
  const [app] = apps;
  if (!app) return `What to try: add an app to values-src/apps/, then npm run up -- ${env}`;
  const named = apps.length > 1 ? app.name : undefined;
  const release = app.owner === "argocd" ? "commit and push: Argo CD rolls it out" : `npm run up -- ${env}`;
  const lines = [
    ["npm run status", "# what runs, and how far a rollout is"],
    [npmRun("promote", ["--tag", "0.2.0", env], named), `# asks for another version; then ${release}`],
    [npmRun("promote-rollout", [], named), "# lets the rollout go on"],
    [npmRun("abort", [], named), "# gives it up"],
    [npmRun("undo", [], named), "# goes back, also after it has ended"],
    [`kubectl argo rollouts dashboard -n ${app.namespace}`],
    [`npm run down -- ${env}`],
  ];
  const others = named === undefined ? "" : `, here with ${named}, one of ${apps.length} apps`;
  return [`What to try${others}:`, ...formatTable(lines).map((line) => `  ${line}`)].join("\n");
}
