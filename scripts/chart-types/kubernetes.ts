import { type CustomResources, typeOfScalar } from "./custom-resources.ts";
import { isMap } from "./defaults.ts";
import { named, type Type, unionOf } from "./type-model.ts";

const own = (name: string): Type => named(name, "./kubernetes.ts");
const core = (name: string): Type => named(name, "kubernetes-types/core/v1");
const listOf = (items: Type): Type => ({ kind: "list", items });

/** Type of what stands under a key of a manifest, whatever kind of object the manifest is. */
const types: Record<string, Type> = {
  "alertmanager.yaml": named("AlertmanagerConfig", "./alertmanager.ts"),
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
  tolerations: listOf(own("Toleration")),
  topologySpreadConstraints: listOf(own("TopologySpread")),
  volumeMounts: listOf(core("VolumeMount")),
  volumes: listOf(own("VolumeDefinition")),
};

/**
 * The Kubernetes type of a value that templates render whole.
 * @param under Keys of the manifest that hold it, innermost first, for each place where it is rendered.
 * @param value The chart's default.
 * @returns undefined where the places disagree, or nothing is known of one of them.
 */
export function kubernetesType(
  under: Iterable<string>,
  value: unknown,
  customResources: CustomResources,
): Type | undefined {
  const typeAt = (place: string) => typeUnder(place) ?? customResources.typeAt(place, value);
  return agreed(
    [...under].map((place) => {
      if (!place.endsWith("=") || !isMap(value)) return typeAt(place.replace(/=$/, ""));
      const around = typeAt(placeOfMap(place));
      return around?.kind === "list" ? around.items : around;
    }),
  );
}

/** The place of a map: a map that stands in a key's own column is not below that key. */
export function placeOfMap(place: string): string {
  return place.endsWith("=") ? place.slice(0, -1).replace(/^[^/@]+\/?/, "") : place;
}

/** The type that all have; undefined where they disagree, or there are none. */
function agreed(types: (Type | undefined)[]): Type | undefined {
  return new Set(types.map((type) => JSON.stringify(type))).size === 1 ? types[0] : undefined;
}

/**
 * The type of a text, number or boolean that templates print as a field of a manifest, if that says more than its default:
 * words of which one must be given, a duration or an amount.
 */
export function fieldType(under: Iterable<string>, customResources: CustomResources): Type | undefined {
  const fields = [...under].map((place) => {
    const [path = "", kind = ""] = place.split("@");
    const [key = ""] = path.split("/");
    const choice = words[path === `${key}/spec` ? `${key}@${kind}` : key] ?? words[key];
    if (choice) return unionOf(["", ...choice].map((word) => named(JSON.stringify(word))));
    const field = customResources.fieldAt(place);
    return field && typeOfScalar(field, key);
  });
  const type = agreed(fields);
  const isPlain = type === undefined || ["string", "number", "boolean"].includes(type.kind === "name" ? type.name : "");
  return isPlain ? undefined : type;
}

/** The words that a field takes, by its key; of those below a `spec` that not all have alike, with the kind. */
const words: Record<string, string[]> = {
  concurrencyPolicy: ["Allow", "Forbid", "Replace"],
  externalTrafficPolicy: ["Cluster", "Local"],
  failurePolicy: ["Fail", "Ignore"],
  imagePullPolicy: ["Always", "IfNotPresent", "Never"],
  internalTrafficPolicy: ["Cluster", "Local"],
  ipFamilyPolicy: ["SingleStack", "PreferDualStack", "RequireDualStack"],
  podManagementPolicy: ["OrderedReady", "Parallel"],
  sessionAffinity: ["ClientIP", "None"],
  "type@Service": ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"],
  unhealthyPodEvictionPolicy: ["AlwaysAllow", "IfHealthyBudget"],
};

function typeUnder(under: string): Type | undefined {
  const [path = "", kind = ""] = under.split("@");
  const [key = "", parent = ""] = path.split("/");
  const name = key.replaceAll('"', "");
  if (name === "securityContext") return /^(\[\]|(init)?containers)$/i.test(parent) ? containerSecurity : podSecurity;
  if (kind === "PrometheusRule" && name === "groups") return listOf(own("RuleGroup"));
  if (kind === "PrometheusRule" && name === "rules") return listOf(own("Rule"));
  if (name === "spec" && kind === "PodDisruptionBudget") return own("DisruptionBudget");
  if (name === "strategy" || name === "updateStrategy") return workloads.has(kind) ? updateStrategy : undefined;
  return Object.hasOwn(types, name) ? types[name] : undefined;
}

const workloads = new Set(["Deployment", "StatefulSet", "DaemonSet"]);
const updateStrategy = own("UpdateStrategy");
const podSecurity = own("PodSecurity");
const containerSecurity = own("ContainerSecurity");
