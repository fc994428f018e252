import type { KubernetesObject } from "./objects.ts";

/** How much a reviewer should mind: data, access or the release is hurt; users or neighbours may notice; good to know. */
export type Danger = "danger" | "caution" | "note";

/** What a change does to a cluster or its users. */
export interface Effect {
  danger: Danger;
  /** For programs and for the team's rules: `restart`, `rollout`, `immutable`, … */
  kind: string;
  text: string;
}

/** `Deployment web`. */
export function titleOf({ kind, metadata }: KubernetesObject): string {
  return `${kind} ${metadata.name}`;
}

/** The first of them, and how many more there are. */
export function listed(all: string[], most = 6): string {
  const more = all.length > most ? ` and ${all.length - most} more` : "";
  return `${all.slice(0, most).join(", ")}${more}`;
}
