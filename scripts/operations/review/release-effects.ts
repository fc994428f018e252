/** Whole releases and environments that come, go or move. */
import type { ReleaseChange } from "./changes.ts";
import { type Effect, listed } from "./effect.ts";
import { workloadEffects } from "./workload-effects.ts";

/** Of a release that is there on one side alone, or in another namespace; undefined of any other. */
export function releaseEffects(change: ReleaseChange): Effect[] | undefined {
  const { name, before, after } = change;
  if (!before)
    return [{ danger: "note", kind: "release-new", text: `the release ${name} is new` }, ...brings([change])];
  if (!after) {
    // Helmfile skips what it does not know or what is not enabled, and Argo CD's Applications have no finalizer.
    const how = before.app ? `npm run down -- ENV --app ${name}` : `helm -n ${before.namespace} uninstall ${name}`;
    const text = `the release ${name} is removed: what runs of it stays, and nobody updates it; ${how} takes it away`;
    return [{ danger: "danger", kind: "release-removed", text }];
  }
  if (before.namespace === after.namespace) return undefined;
  // To Helm and Argo CD it is a release that goes, and another one of the same name.
  const [from, to] = [before.namespace, after.namespace];
  const text = `${name} moves from the namespace ${from} to ${to}: everything of it is made anew, and what is in ${from} stays`;
  return [{ danger: "danger", kind: "namespace", text }];
}

/** Of an environment that is there on one side alone, with all of its releases. */
export function environmentEffects(does: "new" | "gone", changes: ReleaseChange[]): Effect[] {
  if (does === "new") {
    const names = changes.map(({ name }) => name);
    const text = `the environment is new, with ${listed(names, 20)}`;
    return [{ danger: "note", kind: "environment-new", text }, ...brings(changes)];
  }
  const text =
    "the environment is removed: what runs there stays, and no command knows it any more; npm run down -- ENV before this is merged takes it away";
  return [{ danger: "danger", kind: "environment-removed", text }];
}

/** What is new costs something and runs images; its rights and kinds are there to read, and nothing to compare them with. */
function brings(changes: ReleaseChange[]): Effect[] {
  return workloadEffects(changes.flatMap(({ objects }) => objects));
}
