import { describe, expect, test } from "vitest";
import { describeLeftovers } from "../../commands/down.ts";
import { addressOf, type Cluster } from "../../outside/cluster.ts";
import { loadCommand } from "../../outside/docker.ts";
import { explainKubectl } from "../../outside/kubectl.ts";
import { kubeconfig } from "../../testing/stand-ins.ts";
import { asIngress, describePlaces } from "./places.ts";
import { stuckNamespaces, stuckReleases } from "./stuck.ts";

function address(server: string, context = "test") {
  return addressOf(JSON.parse(kubeconfig(server, context)));
}

function cluster(server: string, context?: string): Cluster {
  return { ...address(server, context), local: true };
}

describe("a kubeconfig", () => {
  test.for([
    ["kind-rollouts", "kind"],
    ["k3d-rollouts", "k3d"],
    ["minikube", "minikube"],
    ["docker-desktop", "docker-desktop"],
    ["mankind-prod", undefined],
  ] as const)("with context %s is of a cluster run by %s", ([context, runtime]) => {
    expect(address("https://10.0.0.1:6443", context).runtime).toBe(runtime);
  });

  test("of minikube is known whatever its profile is called", () => {
    const config = JSON.parse(kubeconfig("https://192.168.49.2:8443", "my-profile"));
    config.clusters[0].cluster.extensions = [{ name: "x", extension: { provider: "minikube.sigs.k8s.io" } }];
    const found = addressOf(config);
    expect(found.runtime).toBe("minikube");
    expect(loadCommand({ ...found, local: true }, "app:1")).toEqual(
      "minikube image load app:1 --profile my-profile".split(" "),
    );
  });

  test("with a proxy does not lead straight to the server", () => {
    const config = JSON.parse(kubeconfig("https://127.0.0.1:6443"));
    expect(addressOf(config).direct).toBe(true);
    config.clusters[0].cluster["proxy-url"] = "http://127.0.0.1:3128";
    expect(addressOf(config).direct).toBe(false);
  });
});

test("kind's clusters get images under their own name", () => {
  const load = loadCommand(cluster("https://127.0.0.1:1", "kind-a-b"), "app:1");
  expect(load).toEqual("kind load docker-image app:1 --name a-b".split(" "));
});

describe("kubectl's words", () => {
  test.for([
    ["The connection to the server 127.0.0.1:9 was refused - did you specify the right host or port?", "unreachable"],
    ["Unable to connect to the server: dial tcp: lookup no-such-host.invalid: no such host", "unreachable"],
    ["Unable to connect to the server: net/http: TLS handshake timeout", "unreachable"],
    ["error: You must be logged in to the server (Unauthorized)", "credentials"],
    [
      "Unable to connect to the server: getting credentials: exec: executable aws failed with exit code 255",
      "credentials",
    ],
    [
      "Unable to connect to the server: tls: failed to verify certificate: x509: certificate signed by unknown authority",
      "credentials",
    ],
    [
      'Error from server (Forbidden): rollouts.argoproj.io is forbidden: User "bob" cannot list resource "rollouts"',
      "forbidden",
    ],
    ["error: current-context must exist in order to minify", "context"],
    ["error: cannot locate context nope", "context"],
    ['error: error loading config file "k": yaml: line 1: did not find expected node content', "context"],
    [`error: the server doesn't have a resource type "rollouts"`, "no-such-kind"],
    ["something else", "other"],
  ] as const)("%s", ([said, failure]) => {
    const log = 'E1123 11:37:23.239418 869 memcache.go:265] "Unhandled Error" err="dial tcp: connection refused"\n';
    const explained = explainKubectl(`${log}${log}${said}\n`, "staging");
    expect(explained.failure).toBe(failure);
    expect(explained.message.split("\n")[0]).toBe(said);
  });
});

describe("what is in the way", () => {
  test("of a namespace that does not end is told with what holds it", () => {
    const message = "Some content in the namespace has finalizers remaining: example.com/held in 1 resource instances";
    const conditions = [{ type: "NamespaceFinalizersRemaining", status: "True", message }];
    const going = { metadata: { name: "monitoring" }, status: { phase: "Terminating", conditions } };
    const other = { metadata: { name: "elsewhere" }, status: { phase: "Terminating" } };
    const [issue, ...more] = stuckNamespaces(
      [going, other, { metadata: { name: "argocd" } }],
      ["monitoring", "argocd"],
    );
    expect(more).toEqual([]);
    expect(issue?.message).toContain(message);
    expect(issue?.message).toContain("kubectl wait --for=delete namespace/monitoring");
  });

  test("of a release left half-way is told with the way out", () => {
    const release = { name: "traefik", namespace: "edge", revision: "1", status: "pending-install" };
    const upgrade = { ...release, revision: "4", status: "pending-upgrade" };
    const found = (one: typeof release) =>
      stuckReleases([one], ["traefik"])
        .map(({ message }) => message)
        .join();
    expect(found(release)).toContain("helm uninstall traefik --namespace edge");
    expect(found(upgrade)).toContain("helm rollback traefik --namespace edge");
    expect(found({ ...release, status: "deployed" })).toBe("");
    expect(stuckReleases([release], ["argo-cd"])).toEqual([]);
  });
});

describe("where things are", () => {
  const ingress = {
    metadata: { name: "web", namespace: "web" },
    spec: { rules: [{ host: "web.dev.example.com" }] },
  };
  const entrance = { metadata: { name: "traefik", namespace: "traefik" }, spec: { type: "LoadBalancer" } };
  const here = cluster("https://127.0.0.1:1");

  test("with an address", () => {
    const status = { loadBalancer: { ingress: [{ ip: "198.18.1.1" }] } };
    const text = describePlaces({ ingresses: [ingress, ingress], services: [{ ...entrance, status }] }, here, ["web"]);
    expect(text.match(/^ {2}http:\/\/web\.dev\.example\.com\/$/gm)).toHaveLength(1);
    expect(text).toContain("curl --resolve web.dev.example.com:80:198.18.1.1 http://web.dev.example.com/\n");
    expect(text).toContain("Grafana: this environment has none");
  });

  test("behind a Gateway", () => {
    const route = (name: string, sectionName: string, rule: object) => ({
      metadata: { name, namespace: "web" },
      spec: { hostnames: ["web.dev.example.com"], parentRefs: [{ sectionName }], rules: [rule] },
    });
    const routes = [route("web", "https", { backendRefs: [{}] }), route("web-redirect", "http", { filters: [{}] })];
    const text = describePlaces({ ingresses: routes.flatMap(asIngress), services: [entrance] }, here, ["web"]);
    expect(text).toMatch(/^ {2}https:\/\/web\.dev\.example\.com\/$/m);
    expect(text).not.toMatch(/^ {2}http:/m);
  });

  test("without one", () => {
    const text = describePlaces({ ingresses: [ingress], services: [entrance] }, { ...here, runtime: "minikube" }, []);
    expect(text).toContain("minikube tunnel");
    expect(text).toContain("kubectl -n traefik port-forward service/traefik 8080:80\n");
  });
});

test("leftovers are told by group, and nothing that is somebody else's", () => {
  const text = describeLeftovers(["argocd"], ["rollouts.argoproj.io", "certificates.cert-manager.io"]);
  expect(text).toContain("kubectl delete namespace argocd\n");
  expect(text).toContain("1 kind of argoproj.io");
  expect(text).not.toContain("cert-manager");
  expect(describeLeftovers([], ["certificates.cert-manager.io"])).toBe("Nothing is left.");
});
