import {
  currentSetOf,
  type LiveApp,
  type PodTemplate,
  stableSetOf,
  templateOf,
  versionOf,
  type Workload,
} from "./live-app.ts";

/** How many differences are told. */
const most = 8;

/** Where the version that is rolled out differs from the one that serves, if both are the same version: then not the tag does. */
export function differencesOf(live: LiveApp): string[] {
  return live.state === "done" ? [] : differencesBetween(stableSetOf(live), currentSetOf(live));
}

/** Where two ReplicaSets of the same version differ; nothing for two versions. */
export function differencesBetween(before: Workload | undefined, after: Workload | undefined): string[] {
  if (!before || !after || versionOf(before) !== versionOf(after)) return [];
  const all = templateDifferences(templateOf(before), templateOf(after));
  return all.length <= most ? all : [...all.slice(0, most), `and ${all.length - most} more`];
}

/** Where two pod templates differ, each as `path: before -> after`; the entries of a list are compared by their names. */
function templateDifferences(before: PodTemplate, after: PodTemplate): string[] {
  const [one, other] = [flatten(before), flatten(after)];
  return [...new Set([...one.keys(), ...other.keys()])]
    .filter((path) => one.get(path) !== other.get(path))
    .map((path) => `${shorten(path)}: ${one.get(path) ?? "(none)"} -> ${other.get(path) ?? "(none)"}`);
}

function flatten(value: unknown, path = "", found = new Map<string, string>()): Map<string, string> {
  if (typeof value !== "object" || value === null) return found.set(path, String(value));
  for (const [key, inner] of Object.entries(value)) {
    const { name, ...rest } = Array.isArray(value) && typeof inner === "object" ? { ...inner } : { name: undefined };
    const at = name ?? key;
    flatten(name === undefined ? inner : rest, path === "" ? at : `${path}.${at}`, found);
  }
  return found;
}

/** `env LOG_LEVEL` instead of `spec.containers.app.env.LOG_LEVEL.value`. */
function shorten(path: string): string {
  return path.replace(/^spec\.containers\.[^.]+\.env\.(.+?)\.value$/, "env $1").replace(/^spec\./, "");
}
