import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What a pod is in a rollout: of the stable version, or of the new one; nothing where nobody tells it. */
export type Role = "stable" | "new" | "";

/** Values of the pod's label `role`: those of a canary, and those of blue and green. */
const roles = new Map<string, Role>([
  ["stable", "stable"],
  ["active", "stable"],
  ["canary", "new"],
  ["preview", "new"],
]);

/** The kubelet takes up to a minute to pass a change on. */
const fresh = 1000;

/**
 * Says what this pod is, which changes while it runs: Argo Rollouts changes the label, and the kubelet the file. It is read
 * when somebody asks, once a second at most. To wait for it there takes less than to come back to it later: the files of
 * the downward API are in memory. Nothing watches it, since it is a link two folders up that the kubelet replaces.
 */
export function roleFrom(folder: string): () => Role {
  const path = join(folder, "role");
  let role: Role = "";
  let readAt = Number.NEGATIVE_INFINITY;
  return () => {
    const now = performance.now();
    if (now - readAt >= fresh) {
      readAt = now;
      role = read(path);
    }
    return role;
  };
}

function read(path: string): Role {
  try {
    return roles.get(readFileSync(path, "utf8").trim()) ?? "";
  } catch {
    return ""; // a Deployment's pod has no role, nor has a process on somebody's desk
  }
}
