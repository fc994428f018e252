import type { KubernetesObject } from "./objects.ts";

/** How much a reviewer should mind: data, access or the release is hurt; users or neighbours may notice; good to know. */
export const dangers = ["danger", "caution", "note"] as const;
export type Danger = (typeof dangers)[number];

/** What happens, for programs and for the team's rules. */
export const kinds = [
  ...(["alert", "alert-gone", "analysis", "cost", "crd", "data-left", "data-lost", "disk", "host"] as const),
  ...([
    "environment-new",
    "environment-removed",
    "image",
    "image-floats",
    "immutable",
    "ingress",
    "namespace",
  ] as const),
  ...(["owner", "privilege", "release-new", "release-removed", "removed", "requests-needed", "restart"] as const),
  ...(["rights", "rollout", "rollout-time", "scale", "slo", "steps", "strategy", "tests", "worst-case"] as const),
];

/** What a change does to a cluster or its users. */
export interface Effect {
  danger: Danger;
  kind: (typeof kinds)[number];
  text: string;
}

/** `Deployment web`. */
export function titleOf({ kind, metadata }: KubernetesObject): string {
  return `${kind} ${metadata.name}`;
}

/** Whether Helm leaves it when it goes. */
export function isKept({ metadata }: KubernetesObject): boolean {
  return metadata.annotations?.["helm.sh/resource-policy"] === "keep";
}

/** The first of them, and how many more there are. */
export function listed(all: string[], most = 6): string {
  const more = all.length > most ? ` and ${all.length - most} more` : "";
  return `${all.slice(0, most).join(", ")}${more}`;
}
