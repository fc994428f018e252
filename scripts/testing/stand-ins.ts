import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

/** A kubeconfig for a server; its user's token is no secret, since nobody knows it. */
export function kubeconfig(server: string, context = "test", cluster: Record<string, string> = {}): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster: { server, ...cluster } }],
    users: [{ name: "u", user: { token: "none" } }],
    contexts: [{ name: context, context: { cluster: "c", user: "u" } }],
    "current-context": context,
  });
}

/** Puts a command into a folder of fakes. */
export function fake(directory: string, name: string, script: string): void {
  const file = path.join(directory, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

/** A kubectl that knows its context, and answers every other call with that text on stderr. */
export function failingKubectl(directory: string, server: string, stderr: string): void {
  const config = kubeconfig(server);
  fake(
    directory,
    "kubectl",
    `case "$*" in config*) echo '${config}';; *) cat >&2 <<'END'\n${stderr}\nEND\nexit 1;; esac`,
  );
}

/** A cluster as a stand-in of kubectl knows it. */
export interface StandIn {
  rollout?: unknown;
  /** Further Rollouts. */
  rollouts?: unknown[];
  /** Deployments and ReplicaSets. */
  others: { kind: string }[];
  /** Applications of Argo CD. */
  applications?: unknown[];
  applicationSets?: unknown[];
  /** Other objects, which are listed for their kind and deleted by it: `Service`. */
  objects?: { kind: string }[];
  /** Further fields of its entry in the kubeconfig. */
  entry?: Record<string, string>;
  context?: string;
  /** UID of kube-system, which is the cluster's identity. */
  uid?: string;
  /** Every namespace that it lists. */
  namespaces?: unknown[];
  /** Whether its node has this machine's kernel; it has on a loopback address unless told. */
  here?: boolean;
}

/** UID of the stand-ins' cluster. */
export const uid = "6c1f0e8e-5d5b-4a53-9e0c-2f1a3b4c5d6e";

/** A kubectl of a cluster that runs the app, which notes its calls; `after.json`, moved over `rollouts.json`, changes it. */
export function runningKubectl(directory: string, server: string, app: StandIn): void {
  const { context, entry, here = server.includes("//127.0.0.1") } = app;
  const bootID = here ? readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim() : "of another machine";
  const node = { kind: "Node", status: { nodeInfo: { bootID } } };
  const system = { kind: "Namespace", metadata: { name: "kube-system", uid: app.uid ?? uid } };
  const list = (items: unknown[]) => JSON.stringify({ kind: "List", items });
  writeFileSync(
    path.join(directory, "rollouts.json"),
    list([...(app.rollout ? [app.rollout] : []), ...(app.rollouts ?? [])]),
  );
  writeFileSync(path.join(directory, "others.json"), list(app.others));
  for (const kind of ["Deployment", "ReplicaSet"])
    writeFileSync(path.join(directory, `${kind}s.json`), list(app.others.filter((other) => other.kind === kind)));
  writeFileSync(path.join(directory, "applications.json"), list(app.applications ?? []));
  writeFileSync(path.join(directory, "application-sets.json"), list(app.applicationSets ?? []));
  const objects = [...Map.groupBy(app.objects ?? [], ({ kind }) => kind)];
  for (const [kind, of] of objects) writeFileSync(path.join(directory, `${kind}-objects.json`), list(of));
  const byKind = objects.map(([kind]) => `*" get "*" ${kind} "*|*" get "*" ${kind}."*) cat ${kind}-objects.json;;`);
  const script = `cd "${directory}"; echo "$*" >> calls
case "$*" in
config*) echo '${kubeconfig(server, context, entry)}';;
*" patch rollouts.argoproj.io "*|*" patch deployments.apps "*)
  [ ! -e after.json ] || mv after.json rollouts.json
  [ ! -e refuse ] || { echo 'The request is invalid: the server rejected our request due to an error in our request' >&2; exit 1; }
  echo '${JSON.stringify(app.rollout ?? app.others[0] ?? {})}';;
*" namespaces kube-system") echo '${JSON.stringify(system)}';;
*" namespaces") echo '${list(app.namespaces ?? [])}';;
*" nodes") echo '${list([node])}';;
*" get "*" rollouts.argoproj.io "*) cat rollouts.json;;
*" deployments.apps,replicasets.apps "*) cat others.json;;
*" deployments.apps "*) cat Deployments.json;;
*" replicasets.apps "*) cat ReplicaSets.json;;
*" get "*" applications.argoproj.io "*) cat applications.json;;
*" get "*" applicationsets.argoproj.io "*) cat application-sets.json;;
*" apply "*"--filename -"*) cat > applied;;
*" delete "*"--filename -"*) cat >> deleted; rm -f *-objects.json; touch ${objects.map(([kind]) => `${kind}-objects.json`).join(" ")};;
${byKind.join("\n")}
*) echo '${list([])}';;
esac`;
  fake(directory, "kubectl", script);
}

/** Makes the controller act on the next patch: after it the app is another, and the cluster says so. */
export function afterPatch(directory: string, after: unknown): void {
  writeFileSync(path.join(directory, "after.json"), JSON.stringify({ kind: "List", items: [after] }));
}

/** Makes the cluster refuse the next patch, since the app has become another since it was read. */
export function refusePatch(directory: string, after: unknown): void {
  afterPatch(directory, after);
  writeFileSync(path.join(directory, "refuse"), "");
}
