import { describe, expect, test } from "vitest";
import { clusterOf } from "./cluster.ts";
import { kubeconfig } from "./cluster-test.ts";
import { explainKubectl } from "./explain-kubectl.ts";
import { describeLeftovers } from "./leftovers.ts";
import { describePlaces } from "./places.ts";
import { loadCommand } from "./service-image.ts";
import { stuckNamespaces, stuckReleases } from "./stuck.ts";

function cluster(server: string, context = "test") {
  return clusterOf(JSON.parse(kubeconfig(server, context)));
}

describe("a cluster", () => {
  test.for([
    ["https://127.0.0.1:6443", "test"],
    ["https://localhost:6443", "test"],
    ["https://[::1]:6443", "test"],
    ["https://198.18.0.1:6443", "lab"],
    ["https://198.19.255.1:6443", "lab"],
    ["https://10.0.0.1:6443", "kind-rollouts"],
    ["https://10.0.0.1:6443", "k3d-rollouts"],
    ["https://192.168.49.2:8443", "minikube"],
    ["https://kubernetes.docker.internal:6443", "docker-desktop"],
  ] as const)("at %s in context %s is local", ([server, context]) => {
    expect(cluster(server, context).local).toBe(true);
  });

  test.for([
    ["https://198.20.0.1:6443", "test"],
    ["https://127.example.com", "test"],
    ["https://10.0.0.1:6443", "mankind-prod"],
    ["", "test"],
  ] as const)("at %s in context %s is not", ([server, context]) => {
    expect(cluster(server, context).local).toBe(false);
  });

  test("of minikube is known whatever its profile is called", () => {
    const config = JSON.parse(kubeconfig("https://192.168.49.2:8443", "my-profile"));
    config.clusters[0].cluster.extensions = [{ name: "x", extension: { provider: "minikube.sigs.k8s.io" } }];
    expect(clusterOf(config)).toMatchObject({ local: true, runtime: "minikube" });
    expect(loadCommand(clusterOf(config), "app:1")).toEqual(
      "minikube image load app:1 --profile my-profile".split(" "),
    );
  });

  test("of kind gets images under its own name", () => {
    const load = loadCommand(cluster("https://127.0.0.1:1", "kind-a-b"), "app:1");
    expect(load).toEqual("kind load docker-image app:1 --name a-b".split(" "));
  });
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
    metadata: { name: "sample-app", namespace: "sample-app" },
    spec: { rules: [{ host: "app.dev.example.com" }] },
  };
  const entrance = { metadata: { name: "traefik", namespace: "traefik" }, spec: { type: "LoadBalancer" } };
  const here = cluster("https://127.0.0.1:1");

  test("with an address", () => {
    const status = { loadBalancer: { ingress: [{ ip: "198.18.1.1" }] } };
    const text = describePlaces({ ingresses: [ingress, ingress], services: [{ ...entrance, status }] }, here);
    expect(text.match(/^ {2}http:\/\/app\.dev\.example\.com\/$/gm)).toHaveLength(1);
    expect(text).toContain("curl --resolve app.dev.example.com:80:198.18.1.1 http://app.dev.example.com/\n");
    expect(text).toContain("Grafana: this environment has none");
  });

  test("without one", () => {
    const text = describePlaces({ ingresses: [ingress], services: [entrance] }, { ...here, runtime: "minikube" });
    expect(text).toContain("minikube tunnel");
    expect(text).toContain("kubectl -n traefik port-forward service/traefik 8080:80\n");
  });
});

test("leftovers are told by group, and nothing that is somebody else's", () => {
  const text = describeLeftovers(["argocd"], ["rollouts.argoproj.io", "certificates.cert-manager.io"]);
  expect(text).toContain("kubectl delete namespace argocd\n");
  expect(text).toContain("1 kind of argoproj.io");
  expect(text).not.toContain("cert-manager");
  expect(describeLeftovers([], ["certificates.cert-manager.io"])).toBe("\nNothing is left.\n");
});
