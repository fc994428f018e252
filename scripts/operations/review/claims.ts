import { isMap } from "../../chart-types/defaults.ts";
import type { KubernetesObject } from "./objects.ts";

/**
 * Sizes of the claims of disk that an object is or has made for its pods, as they are written: `10Gi`. A StatefulSet has
 * templates of them, and so have the resources from which operators make one. By the template's name, or where it stands.
 */
export function claimsOf(object: KubernetesObject | undefined): Map<string, string> {
  if (!object) return new Map();
  if (object.kind === "PersistentVolumeClaim") return new Map(claim("", object));
  return new Map(templatesIn(object.spec, ""));
}

function templatesIn(value: unknown, path: string): [string, string][] {
  if (Array.isArray(value)) return value.flatMap((item, index) => templatesIn(item, `${path}[${index}]`));
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    // Such a claim ends with its pod, as the pod's own disk does.
    if (key === "ephemeral") return [];
    const at = path === "" ? key : `${path}.${key}`;
    if (key === "volumeClaimTemplate") return claim(path, item);
    if (key === "volumeClaimTemplates" && Array.isArray(item)) {
      return item.flatMap((one, index) => claim(`${path}[${index}]`, one));
    }
    return templatesIn(item, at);
  });
}

function claim(at: string, template: unknown): [string, string][] {
  const { metadata, spec } = template as {
    metadata?: { name?: string };
    spec?: { resources?: { requests?: { storage?: unknown } } };
  };
  const size = spec?.resources?.requests?.storage;
  // The schema of a kind has these keys too, and no size.
  return typeof size === "string" ? [[metadata?.name ?? at, size]] : [];
}
