/** Who may do more than before: rights at the API server, and privileges on a node. */

import { isMap } from "../../chart-types/defaults.ts";
import type { ReleaseChange } from "./changes.ts";
import { type Effect, listed, titleOf } from "./effect.ts";
import type { KubernetesObject, ObjectChange } from "./objects.ts";
import { containersOf, podsOf } from "./pods.ts";

export function accessEffects({ objects }: ReleaseChange): Effect[] {
  return objects.flatMap((change) => [...rights(change), ...subjects(change), ...privileges(change)]);
}

interface Rule {
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
  verbs?: string[];
}

/** Every single thing that a Role allows. */
function allowed(object: KubernetesObject | undefined): Set<string> {
  const rules = (object?.rules ?? []) as Rule[];
  return new Set(
    rules.flatMap(({ apiGroups = [""], resources = [], resourceNames, nonResourceURLs = [], verbs = [] }) => {
      const names = resourceNames ? ` named ${resourceNames.join(", ")}` : "";
      const things = apiGroups.flatMap((group) => resources.map((one) => (group === "" ? one : `${one}.${group}`)));
      return verbs.flatMap((verb) => [...things.map((thing) => `${verb} ${thing}${names}`), ...nonResourceURLs]);
    }),
  );
}

function rights({ before, after }: ObjectChange): Effect[] {
  if (!after || !["Role", "ClusterRole"].includes(after.kind)) return [];
  const more = [...allowed(after).difference(allowed(before))];
  if (more.length === 0) return [];
  return [{ danger: "danger", kind: "rights", text: `${titleOf(after)} also allows: ${listed(more)}` }];
}

function subjects({ before, after }: ObjectChange): Effect[] {
  if (!after || !["RoleBinding", "ClusterRoleBinding"].includes(after.kind)) return [];
  const named = (object?: KubernetesObject) =>
    new Set(((object?.subjects ?? []) as { kind: string; name: string }[]).map(({ kind, name }) => `${kind} ${name}`));
  const more = [...named(after).difference(named(before))];
  if (more.length === 0) return [];
  const role = (after.roleRef as { name?: string } | undefined)?.name;
  return [{ danger: "danger", kind: "rights", text: `${titleOf(after)} gives ${role} to ${listed(more)}` }];
}

/** What a pod has of its node. */
function powers(object: KubernetesObject | undefined): Set<string> {
  const pods = object && podsOf(object);
  if (!pods) return new Set();
  const { spec } = pods;
  const ofPod = ["hostNetwork", "hostPID", "hostIPC"].filter((key) => spec[key] === true);
  const volumes = (Array.isArray(spec.volumes) ? spec.volumes : []).flatMap((volume) =>
    isMap(volume) && isMap(volume.hostPath) ? [`the node's ${volume.hostPath.path}`] : [],
  );
  const ofContainers = containersOf(pods).flatMap(({ name, securityContext = {} }) => {
    const { privileged, allowPrivilegeEscalation, runAsUser, runAsNonRoot, capabilities } = securityContext;
    const added = isMap(capabilities) && Array.isArray(capabilities.add) ? capabilities.add : [];
    return [
      privileged === true && "privileged",
      allowPrivilegeEscalation === true && "allowPrivilegeEscalation",
      (runAsUser === 0 || runAsNonRoot === false) && "root",
      ...added.map((one) => `capability ${one}`),
    ].flatMap((power) => (power ? [`${power} in ${name}`] : []));
  });
  return new Set([...ofPod, ...volumes, ...ofContainers]);
}

function privileges({ before, after }: ObjectChange): Effect[] {
  if (!after) return [];
  const more = [...powers(after).difference(powers(before))];
  if (more.length === 0) return [];
  return [{ danger: "danger", kind: "privilege", text: `pods of ${titleOf(after)} get: ${listed(more)}` }];
}
