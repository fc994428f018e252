import {
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { parse, parseAllDocuments, stringify } from "yaml";
import { trackingId } from "../operations/handover/app-objects.ts";
import type { Application } from "../operations/handover/argocd-application.ts";
import { outputOfSync } from "./processes.ts";
import { fake, kubeconfig, uid } from "./stand-ins.ts";
import { deployment, replicaSet, rollout } from "./workloads.ts";

/** An object of the cluster. */
export interface Stored {
  apiVersion?: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    resourceVersion?: string;
    creationTimestamp?: string;
    [field: string]: unknown;
  };
  // biome-ignore lint/suspicious/noExplicitAny: fields of any kind
  [field: string]: any;
}

interface Answer {
  code: number;
  stdout?: string;
  stderr?: string;
}

/** Thrown where the stand-in kills whoever called it. */
class Killed extends Error {}
/** An answer of the API server that is an error. */
class Refused extends Error {}

/**
 * A cluster that remembers: a kubectl, a helm and a helmfile, whose calls this process answers, with an Argo CD that acts on
 * Applications at once. It runs one app, canary, from the shared chart. Whoever calls can be killed after any change, also in
 * the midst of a call that makes several, such as Helm's, which first writes a record of the revision.
 */
export class ClusterStandIn {
  /** Folder for PATH. */
  readonly directory = mkdtempSync(path.join(tmpdir(), "rollouts-cluster-"));
  readonly app: string;
  readonly env: string;
  /** The repository that Argo CD reads, at its HEAD unless another commit was pushed. */
  readonly root: string;
  /** The commit that somebody else has pushed. */
  pushed: string | undefined;
  /** Changes so far, in words. */
  changes: string[] = [];
  /** Kills whoever makes the change of that number, the first being 1, after it is made. */
  killAt: number | undefined;
  /** What the chart runs the app by. */
  workload: "Rollout" | "Deployment" = "Rollout";
  /** What the chart renders of the app beside its own objects. */
  more: Stored[] = [];
  /** Milliseconds by which the API server's clock is ahead. */
  ahead = 0;
  /** Sees each call before it is answered, and may change the cluster; a call for which it gives text fails with that. */
  meddle: (call: string) => string | undefined | Promise<string | undefined> = () => undefined;
  #objects = new Map<string, Stored>();
  #version = 0;
  #syncs = 0;
  #killed = new Set<number>();
  #requests: Socket;

  constructor({ app, env, root }: { app: string; env: string; root: string }) {
    this.app = app;
    this.env = env;
    this.root = root;
    for (const name of ["kubectl", "helm", "helmfile"]) fake(this.directory, name, client(this.directory, name));
    const requests = path.join(this.directory, "requests");
    outputOfSync("mkfifo", [requests]);
    this.#requests = new Socket({ fd: openSync(requests, constants.O_RDWR | constants.O_NONBLOCK) });
    let rest = "";
    this.#requests.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) void this.#answer(line);
    });
  }

  close(): void {
    this.#requests.destroy();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Everything that it remembers, to go back to. */
  save(): unknown {
    return structuredClone({ objects: this.#objects, version: this.#version, syncs: this.#syncs, ahead: this.ahead });
  }

  /** Goes back to what was saved; nobody is killed any more. */
  restore(saved: unknown): void {
    const { objects, version, syncs, ahead } = structuredClone(saved) as {
      objects: Map<string, Stored>;
      version: number;
      syncs: number;
      ahead: number;
    };
    this.#objects = objects;
    this.#version = version;
    this.#syncs = syncs;
    this.ahead = ahead;
    this.changes = [];
    this.killAt = undefined;
    this.pushed = undefined;
    this.workload = "Rollout";
    this.more = [];
    this.meddle = () => undefined;
  }

  /** Puts an object there, without counting it as a change. */
  put(object: Stored): void {
    this.#version++;
    const { metadata } = object;
    const creationTimestamp = metadata.creationTimestamp ?? this.#now();
    this.#objects.set(keyOf(object), {
      ...object,
      metadata: { ...metadata, creationTimestamp, resourceVersion: `${this.#version}` },
    });
  }

  get(kind: string, name: string, namespace = this.app): Stored | undefined {
    return this.#objects.get(`${kind} ${namespace}/${name}`);
  }

  remove(kind: string, name: string, namespace = this.app): void {
    this.#objects.delete(`${kind} ${namespace}/${name}`);
  }

  of(kind: string): Stored[] {
    return [...this.#objects.values()].filter((object) => object.kind === kind);
  }

  application(): Application | undefined {
    return this.get("Application", this.app, "argocd") as Application | undefined;
  }

  /** Status and names of Helm's records of a release. */
  records(release = this.app): string[] {
    return this.of("Secret")
      .filter(({ metadata }) => metadata.labels?.name === release)
      .map(({ metadata }) => metadata.labels?.status ?? "");
  }

  /** Lets Helm release what the tree says, as `helmfile sync` of somebody else would. */
  release(name: string): void {
    const { killAt } = this;
    this.killAt = undefined;
    this.#sync(this.root, name);
    this.killAt = killAt;
  }

  /** Lets Argo CD look at git, as it does by itself every few minutes. */
  reconcile(): void {
    const app = this.application();
    if (app) this.#reconcile(app as unknown as Stored);
  }

  async #answer(line: string): Promise<void> {
    const [pid, parent] = line.split(" ").map(Number) as [number, number];
    const read = (name: string) => readFileSync(path.join(this.directory, `${pid}.${name}`), "utf8");
    const [name = "", cwd = "", ...args] = read("args").split("\0").slice(0, -1);
    try {
      if (this.#killed.has(parent)) throw new Killed();
      const input = read("in");
      const said = await this.meddle(`${name} ${args.join(" ")}`);
      const {
        code,
        stdout = "",
        stderr = "",
      } = said === undefined ? this.#call(name, cwd, args, input) : { code: 1, stderr: `${said}\n` };
      writeFileSync(path.join(this.directory, `${pid}.stdout`), stdout);
      writeFileSync(path.join(this.directory, `${pid}.stderr`), stderr);
      const pipe = openSync(path.join(this.directory, `${pid}.code`), constants.O_WRONLY | constants.O_NONBLOCK);
      writeSync(pipe, `${code}\n`);
      closeSync(pipe);
    } catch (error) {
      // One that was killed by the test has no pipe any more.
      if (!(error instanceof Killed)) return;
      this.#killed.add(parent);
      for (const one of [parent, pid]) kill(one);
    }
  }

  #call(name: string, cwd: string, args: string[], input: string): Answer {
    try {
      const stdout =
        name === "kubectl"
          ? this.#kubectl(args, input)
          : name === "helm"
            ? this.#helm(args)
            : this.#helmfile(cwd, args);
      return { code: 0, stdout };
    } catch (error) {
      if (error instanceof Refused) return { code: 1, stderr: `${error.message}\n` };
      if (error instanceof Killed) throw error;
      return { code: 1, stderr: `the stand-in does not know: ${name} ${args.join(" ")}\n${(error as Error).stack}\n` };
    }
  }

  #changed(what: string): void {
    this.changes.push(what);
    if (this.changes.length === this.killAt) throw new Killed();
  }

  #now(): string {
    return new Date(Date.now() + this.ahead).toISOString().replace(/\.\d+/, "");
  }

  #kubectl(args: string[], input: string): string {
    const { words, options, flags } = parseArgs(args);
    const [verb = "", ...rest] = words;
    if (verb === "config") return kubeconfig("https://127.0.0.1:6443");
    const given = input.trim() ? parseAllDocuments(input).map((one) => one.toJS() as Stored) : [];
    const objects = given.flatMap((one) => (one.kind === "List" ? (one.items as Stored[]) : [one]));
    if (verb === "get") return this.#get(rest, options, objects);
    if (verb === "create" || verb === "replace") {
      const inNamespace = ({ metadata, ...object }: Stored): Stored => {
        const { namespace = metadata.namespace } = options;
        return { ...object, metadata: { ...metadata, ...(namespace && { namespace }) } } as Stored;
      };
      return objects.map((object) => this.#write(verb, inNamespace(object), flags)).join("\n");
    }
    if (verb === "apply") return this.#apply(objects);
    if (verb === "patch")
      return this.#patch(
        options.filename ? objects.map(({ kind, metadata }) => `${kind.toLowerCase()}/${metadata.name}`) : rest,
        options,
      );
    const named = options.filename
      ? objects.map((one) => ({ kind: one.kind, name: one.metadata.name }))
      : targets(rest);
    const pairs = rest.filter((word) => /=|-$/.test(word));
    for (const { kind, name } of named) {
      const found = this.get(kind, name, options.namespace);
      if (!found) {
        if (flags.has("ignore-not-found")) continue;
        throw new Refused(`Error from server (NotFound): ${kind} "${name}" not found`);
      }
      if (verb === "delete") {
        if (found.metadata.finalizers) throw new Error("its finalizer would delete the app");
        this.remove(kind, name, options.namespace);
        this.#changed(`delete ${kind} ${name}`);
      } else if (verb === "annotate" || verb === "label") {
        const field = `${verb}s`.replace("annotates", "annotations") as "annotations" | "labels";
        const marks = { ...found.metadata[field] };
        for (const pair of pairs) {
          const [key = "", ...value] = pair.split("=");
          if (pair.includes("=")) marks[key] = value.join("=");
          else delete marks[key.slice(0, -1)];
        }
        if (isDeepStrictEqual(marks, found.metadata[field] ?? {})) continue;
        this.put({ ...found, metadata: { ...found.metadata, [field]: marks } });
        this.reconcile();
        this.#changed(`${verb} ${kind} ${name} ${pairs.join(" ")}`);
      } else throw new Error(`unknown verb ${verb}`);
    }
    return "";
  }

  #get(words: string[], { namespace, output, selector = "" }: Record<string, string>, objects: Stored[]): string {
    if (objects.length > 0)
      return list(objects.flatMap((one) => this.get(one.kind, one.metadata.name, namespace) ?? []));
    const [kinds = "", name] = words;
    if (kinds === "namespaces") return JSON.stringify({ kind: "Namespace", metadata: { name: "kube-system", uid } });
    if (kinds === "nodes") {
      const bootID = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
      return list([{ kind: "Node", metadata: { name: "node" }, status: { nodeInfo: { bootID } } }]);
    }
    const wanted = kinds.split(",").map(kindOf);
    const labels = selector ? selector.split(",").map((one) => one.split("=") as [string, string]) : [];
    const found = [...this.#objects.values()].filter(({ kind, metadata }) => {
      const fits = labels.every(([key, value]) => metadata.labels?.[key] === value);
      return wanted.includes(kind) && metadata.namespace === namespace && (!name || metadata.name === name) && fits;
    });
    if (output === "name")
      return found.map(({ kind, metadata }) => `${kind.toLowerCase()}/${metadata.name}\n`).join("");
    if (name === undefined) return list(found);
    return found[0] ? JSON.stringify(found[0]) : "";
  }

  #write(verb: string, object: Stored, flags: Set<string>): string {
    const { name, namespace = "", resourceVersion } = object.metadata;
    const before = this.get(object.kind, name, namespace);
    if (flags.has("dry-run"))
      return JSON.stringify({ ...object, metadata: { ...object.metadata, creationTimestamp: this.#now() } });
    if (verb === "create" && before) throw new Refused(`Error from server (AlreadyExists): "${name}" already exists`);
    if (verb === "replace" && !before) throw new Refused(`Error from server (NotFound): "${name}" not found`);
    if (verb === "replace" && before?.metadata.resourceVersion !== resourceVersion)
      throw new Refused(`Error from server (Conflict): the object has been modified`);
    this.put(object);
    // Renewals come by the clock, so they are not counted.
    if (object.kind !== "Lease" || before?.spec?.acquireTime !== object.spec?.acquireTime)
      this.#changed(`${verb} ${object.kind} ${name}`);
    return JSON.stringify(this.get(object.kind, name, namespace));
  }

  #apply(objects: Stored[]): string {
    for (const object of objects) {
      const before = this.get(object.kind, object.metadata.name, object.metadata.namespace);
      this.put({ ...before, ...object, metadata: { ...before?.metadata, ...object.metadata } });
      this.reconcile();
      this.#changed(`apply ${object.kind} ${object.metadata.name}`);
    }
    return "";
  }

  #patch(words: string[], { namespace, patch = "{}" }: Record<string, string>): string {
    for (const { kind, name } of targets(words)) {
      const found = this.get(kind, name, namespace);
      if (!found) throw new Refused(`Error from server (NotFound): ${kind} "${name}" not found`);
      const given = JSON.parse(patch);
      this.put((Array.isArray(given) ? withOperations(found, given) : merge(found, given)) as Stored);
      this.reconcile();
      // Renewals come by the clock, so they are not counted.
      if (kind !== "Lease") this.#changed(`patch ${kind} ${name} ${patch}`);
    }
    return "";
  }

  /** What Argo CD does as soon as an Application changes. */
  #reconcile(application: Stored): void {
    const head = this.pushed ?? outputOfSync("git", ["rev-parse", "HEAD"], { cwd: this.root }).trim();
    const { operation, spec } = application;
    const differing = () => this.#differing(this.#renderCommit(head));
    const acts = spec.syncPolicy?.automated && differing().length > 0;
    if (operation || acts) {
      const revision = operation?.sync.revision ?? head;
      const wanted = this.#renderCommit(revision);
      for (const object of wanted) this.#release(object, { [trackingId]: trackingOf(this.app, object) });
      delete application.operation;
      this.#syncs++;
      application.status = {
        ...application.status,
        operationState: { phase: "Succeeded", startedAt: `${this.#syncs}` },
        history: [...((application.status?.history as object[] | undefined) ?? []), { revision }],
      };
    }
    const status = differing().length === 0 ? "Synced" : "OutOfSync";
    delete application.metadata.annotations?.["argocd.argoproj.io/refresh"];
    application.status = { ...application.status, sync: { status, revision: head }, health: { status: "Healthy" } };
    this.put(application);
  }

  #differing(wanted: Stored[]): Stored[] {
    return wanted.filter((object) => {
      const live = this.get(object.kind, object.metadata.name);
      const tracked = live?.metadata.annotations?.[trackingId] === trackingOf(this.app, object);
      return !tracked || !isDeepStrictEqual(live?.spec, object.spec);
    });
  }

  /** Makes an object as it is wanted; a Rollout with another template gets other pods. */
  #release(object: Stored, annotations: Record<string, string>, labels: Record<string, string> = {}): void {
    const { name } = object.metadata;
    const before = this.get(object.kind, name, object.metadata.namespace);
    const metadata = {
      ...before?.metadata,
      ...object.metadata,
      labels: { ...before?.metadata.labels, ...object.metadata.labels, ...labels },
      annotations: { ...before?.metadata.annotations, ...object.metadata.annotations, ...annotations },
    };
    this.put({ ...before, ...object, metadata });
    if (object.kind !== "Rollout" || isDeepStrictEqual(before?.spec, object.spec)) return;
    const version = versionOf(object);
    const set = replicaSet("Rollout", version, version, this.#version, this.app) as unknown as Stored;
    this.put({ ...set, metadata: { ...set.metadata, labels: { ...set.metadata.labels, ...instanceOf(this.app) } } });
    const live = this.get("Rollout", name) as Stored;
    const status = { observedGeneration: "2", phase: "Healthy", stableRS: version, currentPodHash: version };
    this.put({ ...live, status });
    for (const pod of this.of("Pod")) this.remove("Pod", pod.metadata.name);
    this.put({
      kind: "Pod",
      metadata: { name: `${name}-${version}-${this.#version}`, namespace: this.app, labels: instanceOf(this.app) },
    });
  }

  #helm(args: string[]): string {
    const { words, options } = parseArgs(args);
    if (words[0] === "version") return "v4.3.1";
    if (words[0] === "list") return JSON.stringify(this.#unfinished());
    if (words[0] !== "get") throw new Error("unknown");
    const last = this.#revisions(words[2] ?? "", options.namespace).at(-1);
    if (!last) throw new Refused("Error: release: not found");
    return last.manifest;
  }

  #unfinished(): Record<string, string>[] {
    const all = this.of("Secret").map(({ metadata: { name, labels, namespace = "" } }): Record<string, string> => {
      // Long ago, so that nobody waits for a Helm that may be at work.
      return {
        ...labels,
        namespace,
        revision: /\d+$/.exec(name)?.[0] ?? "",
        updated: "2026-01-01 00:00:00.0 +0000 UTC",
      };
    });
    return all.filter(({ status }) => /^pending-|^uninstalling$/.test(status ?? ""));
  }

  #revisions(release: string, namespace?: string): Stored[] {
    return this.of("Secret").filter(({ metadata }) => {
      return metadata.labels?.name === release && (!namespace || metadata.namespace === namespace);
    });
  }

  #helmfile(cwd: string, args: string[]): string {
    const { words, options, flags } = parseArgs(args);
    if (flags.has("version")) return "1.8.0";
    const release = options.selector?.replace("name=", "") ?? "";
    // The hook of helmfile.yaml runs gen there.
    if (!existsSync(path.join(cwd, "node_modules/yaml"))) throw new Refused("err: hook[npm]: command `npm` failed");
    if (words[0] === "template") return toYaml(this.#render(cwd, release));
    if (words[0] !== "sync") throw new Error("unknown");
    const environment = parse(readFileSync(path.join(cwd, `generated/${this.env}/environment.yaml`), "utf8"));
    const enabled = environment[release]?.enabled || options["state-values-set"] === `${release}.enabled=true`;
    if (!enabled) throw new Refused("err: no releases found that matches specified selector");
    this.#sync(cwd, release);
    return "";
  }

  /** As Helm does it: a record, the objects one by one, the record once more. */
  #sync(root: string, release: string): void {
    const namespace = release === this.app ? this.app : "argocd";
    const revisions = this.#revisions(release);
    if (revisions.some(({ metadata }) => metadata.labels?.status?.startsWith("pending")))
      throw new Refused("Error: another operation (install/upgrade/rollback) is in progress");
    const wanted = this.#render(root, release);
    const deployed = revisions.filter(({ metadata }) => metadata.labels?.status === "deployed").at(-1);
    const released = deployed ? (parseAllDocuments(deployed.manifest).map((one) => one.toJS()) as Stored[]) : [];
    const marks = { "meta.helm.sh/release-name": release, "meta.helm.sh/release-namespace": namespace };
    const foreign = wanted.find((object) => {
      const live = this.get(object.kind, object.metadata.name, object.metadata.namespace);
      const known = released.some((one) => keyOf(one) === keyOf(object));
      return live && !known && live.metadata.annotations?.["meta.helm.sh/release-name"] !== release;
    });
    if (foreign)
      throw new Refused(`Error: ${keyOf(foreign)} exists and cannot be imported: invalid ownership metadata`);
    const record: Stored = {
      kind: "Secret",
      metadata: {
        name: `sh.helm.release.v1.${release}.v${revisions.length + 1}`,
        namespace,
        labels: { owner: "helm", name: release, status: deployed ? "pending-upgrade" : "pending-install" },
      },
      manifest: toYaml(wanted),
    };
    this.put(record);
    this.#changed(`helm ${release}: a record`);
    for (const object of wanted) {
      this.#release(object, marks, { "app.kubernetes.io/managed-by": "Helm" });
      this.reconcile();
      this.#changed(`helm ${release}: ${keyOf(object)}`);
    }
    for (const one of released.filter((old) => !wanted.some((object) => keyOf(object) === keyOf(old)))) {
      if (!this.get(one.kind, one.metadata.name, one.metadata.namespace)) continue;
      this.remove(one.kind, one.metadata.name, one.metadata.namespace);
      this.#changed(`helm ${release}: ${keyOf(one)} goes`);
    }
    const as = (status: string, { metadata, ...rest }: Stored): Stored => {
      return { ...rest, metadata: { ...metadata, labels: { ...metadata.labels, status } } } as Stored;
    };
    this.put(as("deployed", record));
    if (deployed) this.put(as("superseded", deployed));
    this.#changed(`helm ${release}: deployed`);
  }

  #renderCommit(commit: string): Stored[] {
    return this.#renderApp(
      outputOfSync("git", ["show", `${commit}:generated/${this.env}/${this.app}.yaml`], { cwd: this.root }),
    );
  }

  #render(root: string, release: string): Stored[] {
    const text = readFileSync(path.join(root, `generated/${this.env}/${release}.yaml`), "utf8");
    if (release === this.app) return this.#renderApp(text);
    const { projects = {}, applications = {} } = parse(text) as Record<string, Record<string, Stored["metadata"]>>;
    const kinds = { AppProject: projects, Application: applications };
    return Object.entries(kinds).flatMap(([kind, all]) =>
      Object.entries(all).map(([name, { namespace, ...spec }]) => {
        return { apiVersion: "argoproj.io/v1alpha1", kind, metadata: { name, namespace: namespace as string }, spec };
      }),
    );
  }

  #renderApp(values: string): Stored[] {
    const { app } = this;
    const { tag } = parse(values).image;
    const metadata = { name: app, namespace: app };
    const make = this.workload === "Rollout" ? rollout : deployment;
    const { status: _, ...workload } = make({ app, version: tag, environment: this.env }) as unknown as Stored;
    const apiVersion = this.workload === "Rollout" ? "argoproj.io/v1alpha1" : "apps/v1";
    return [
      { apiVersion: "v1", kind: "ServiceAccount", metadata },
      { apiVersion: "v1", kind: "Service", metadata, spec: { ports: [{ port: 80 }] } },
      { ...workload, apiVersion, metadata: { ...workload.metadata, ...metadata } },
      ...this.more,
    ];
  }
}

/** The shell script that passes a call on, and waits for the answer. */
function client(directory: string, name: string): string {
  return `printf '%s\\0' ${name} "$PWD" "$@" > "${directory}/$$.args"
cd "${directory}"
mkfifo $$.code; exec 3<>$$.code
cat > $$.in
echo "$$ $PPID" > requests
read -r code <&3
cat $$.stdout; cat $$.stderr >&2; rm -f $$.*
exit $code`;
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

const valued =
  /^(context|kube-context|request-timeout|namespace|selector|output|filename|type|patch|field-selector|field-manager|environment|state-values-set)$/;

function parseArgs(args: string[]) {
  const words: string[] = [];
  const options: Record<string, string> = {};
  const flags = new Set<string>();
  for (let index = 0; index < args.length; index++) {
    const word = args[index] as string;
    if (!word.startsWith("--")) {
      words.push(word);
      continue;
    }
    const [name = "", value] = word.slice(2).split("=", 2);
    if (valued.test(name)) options[name] = word.includes("=") ? word.slice(name.length + 3) : (args[++index] ?? "");
    else flags.add(value === "false" ? `no-${name}` : name);
  }
  return { words, options, flags };
}

/** `KIND NAME` or `KIND/NAME …` */
function targets(words: string[]): { kind: string; name: string }[] {
  const slashed = words.filter((word) => /^[a-z.]+\/[^=]+$/.test(word)).map((word) => word.split("/"));
  const named = slashed.length > 0 ? slashed : [words.slice(0, 2)];
  return named.map(([kind = "", name = ""]) => ({ kind: kindOf(kind), name }));
}

const kinds: Record<string, string> = {
  application: "Application",
  deployment: "Deployment",
  lease: "Lease",
  pod: "Pod",
  replicaset: "ReplicaSet",
  rollout: "Rollout",
  secret: "Secret",
};

function kindOf(word: string): string {
  return kinds[word.split(".")[0]?.replace(/s$/, "") ?? ""] ?? word;
}

function keyOf({ kind, metadata: { name, namespace } }: Stored): string {
  return `${kind} ${namespace}/${name}`;
}

function trackingOf(app: string, { apiVersion = "", kind, metadata: { name } }: Stored): string {
  const group = apiVersion.includes("/") ? apiVersion.split("/")[0] : "";
  return `${app}:${group}/${kind}:${app}/${name}`;
}

function instanceOf(app: string): Record<string, string> {
  return { "app.kubernetes.io/instance": app };
}

function versionOf(object: Stored): string {
  const env = object.spec.template.spec.containers[0].env as { name: string; value: string }[];
  return env.find(({ name }) => name === "APP_VERSION")?.value ?? "";
}

function list(items: unknown[]): string {
  return JSON.stringify({ kind: "List", items });
}

function toYaml(objects: Stored[]): string {
  return objects.map((object) => `---\n${stringify(object)}`).join("");
}

/** As much of https://www.rfc-editor.org/rfc/rfc6902 as is needed: `test` and `replace` of a field. */
function withOperations(target: Stored, operations: { op: string; path: string; value: unknown }[]): Stored {
  const result = structuredClone(target);
  for (const { op, path: pointer, value } of operations) {
    const keys = pointer.slice(1).split("/");
    const last = keys.pop() ?? "";
    // biome-ignore lint/suspicious/noExplicitAny: fields of any kind
    const parent = keys.reduce((object: any, key) => object[key], result);
    if (op === "test" && !isDeepStrictEqual(parent[last], value))
      throw new Refused("The request is invalid: the server rejected our request due to an error in our request");
    if (op === "replace") parent[last] = value;
  }
  return result;
}

/** https://www.rfc-editor.org/rfc/rfc7386 */
function merge(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const result = { ...(typeof target === "object" ? (target as Record<string, unknown>) : {}) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merge(result[key], value);
  }
  return result;
}
