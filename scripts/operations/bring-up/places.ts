import type { Cluster } from "../../outside/cluster.ts";
import { getObjects } from "../../outside/kubectl.ts";
import type { App } from "../app/live-app.ts";

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

/** Reads the ways in. Throws `ClusterError`. */
export async function findPlaces(cluster: Cluster, namespaces: Iterable<string>): Promise<Found> {
  const ours = new Set(namespaces);
  const get = async (kind: string) =>
    (await getObjects<Entrance>(cluster, kind, "--all-namespaces")).filter((object) =>
      ours.has(object.metadata.namespace),
    );
  const [ingresses, services] = await Promise.all([get("ingresses.networking.k8s.io"), get("services")]);
  return { ingresses, services };
}

/** Where things are and how to get in, for people. */
export function describePlaces({ ingresses, services }: Found, cluster: Cluster): string {
  const entrance = services.find(({ spec }) => spec.type === "LoadBalancer");
  const at = entrance?.status?.loadBalancer?.ingress?.[0];
  const address = at?.ip ?? at?.hostname;
  // The Ingress that Argo Rollouts adds for a canary has the same host.
  const hosts = new Map(
    ingresses.map(({ spec }) => [spec.rules?.[0]?.host ?? "*", (spec.tls?.length ?? 0) > 0 ? "https" : "http"]),
  );
  const lines = [...hosts].map(([host, scheme]) => `  ${scheme}://${host}/`);
  return [
    lines.length > 0 ? `Where it is:\n${lines.join("\n")}` : "No Ingress is there yet.",
    ...reach(entrance, address, [...hosts], cluster),
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
  cluster: Cluster,
) {
  const [host, scheme] = hosts.find(([name]) => name.startsWith("app.")) ?? hosts[0] ?? ["app.example.com", "http"];
  const port = scheme === "https" ? 443 : 80;
  const insecure = scheme === "https" ? "-k " : "";
  if (address) {
    return [
      `They lead to ${address}. Without DNS for them:`,
      `  curl ${insecure}--resolve ${host}:${port}:${address} ${scheme}://${host}/`,
      `  or for a browser, in /etc/hosts:  ${address} ${hosts.map(([name]) => name).join(" ")}`,
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

/** What a newcomer can do now. */
export function whatToTry(env: string, owner: string, app: App): string {
  const release = owner === "argocd" ? "commit and push: Argo CD rolls it out" : `npm run up -- ${env}`;
  return `What to try:
  npm run status                          # what runs, and how far a rollout is
  npm run promote -- --tag 0.2.0 ${env.padEnd(9)}# asks for another version; then ${release}
  npm run promote-rollout | abort | undo  # act on the rollout
  kubectl argo rollouts dashboard -n ${app.namespace}
  npm run down -- ${env}`;
}
