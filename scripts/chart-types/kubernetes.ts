import { named, type Type } from "./type-model.ts";

const own = (name: string): Type => named(name, "./kubernetes.ts");
const core = (name: string): Type => named(name, "kubernetes-types/core/v1");
const listOf = (items: Type): Type => ({ kind: "list", items });

/** Type of what stands under a key of a manifest, whatever kind of object the manifest is. */
const types: Record<string, Type> = {
  affinity: core("Affinity"),
  annotations: own("StringMap"),
  args: listOf(named("string")),
  command: listOf(named("string")),
  containers: listOf(own("ContainerDefinition")),
  dnsConfig: core("PodDNSConfig"),
  env: listOf(core("EnvVar")),
  envFrom: listOf(core("EnvFromSource")),
  hostAliases: listOf(core("HostAlias")),
  imagePullSecrets: listOf(core("LocalObjectReference")),
  initContainers: listOf(own("ContainerDefinition")),
  labels: own("StringMap"),
  lifecycle: core("Lifecycle"),
  livenessProbe: own("ContainerProbe"),
  matchLabels: own("StringMap"),
  nodeSelector: own("StringMap"),
  seccompProfile: core("SeccompProfile"),
  readinessProbe: own("ContainerProbe"),
  resources: own("Resources"),
  startupProbe: own("ContainerProbe"),
  tolerations: listOf(core("Toleration")),
  topologySpreadConstraints: listOf(core("TopologySpreadConstraint")),
  volumeMounts: listOf(core("VolumeMount")),
  volumes: listOf(own("VolumeDefinition")),
};

/**
 * The Kubernetes type of a value that templates render whole.
 * @param under Keys of the manifest that hold it, innermost first, for each place where it is rendered.
 * @returns undefined where the places disagree, or nothing is known of one of them.
 */
export function kubernetesType(under: Iterable<string>): Type | undefined {
  const found = new Set([...under].map(typeUnder));
  return found.size === 1 ? [...found][0] : undefined;
}

function typeUnder(under: string): Type | undefined {
  const [path = "", kind = ""] = under.split("@");
  const [key = "", parent = ""] = path.split("/");
  const name = key.replaceAll('"', "");
  if (name === "securityContext") return /^(\[\]|(init)?containers)$/i.test(parent) ? containerSecurity : podSecurity;
  if (name === "strategy" || name === "updateStrategy") return workloads.has(kind) ? updateStrategy : undefined;
  return Object.hasOwn(types, name) ? types[name] : undefined;
}

const workloads = new Set(["Deployment", "StatefulSet", "DaemonSet"]);
const updateStrategy = own("UpdateStrategy");
const podSecurity = own("PodSecurity");
const containerSecurity = own("ContainerSecurity");
