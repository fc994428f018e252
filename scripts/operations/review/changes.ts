import { compareValues, type Difference } from "./compare.ts";
import { type ChangedObjects, changedObjects } from "./objects.ts";
import type { Released, Releases } from "./released.ts";

/** A release of an environment that differs between two trees. */
export interface ReleaseChange {
  env: string;
  /** Whether the environment is there on one side alone. */
  environment: "new" | "gone" | "stays";
  name: string;
  before?: Released;
  after?: Released;
  /** Its values, of each side that there is. */
  sides: { before?: unknown; after?: unknown };
  /** Differences of its values. */
  values: Difference[];
  /** Of its objects; none where they could not be had. */
  objects: ChangedObjects["objects"];
  routes: ChangedObjects["routes"];
  /** Why its objects could not be had. */
  notRendered?: string;
}

/** Renderings at a time: each is a process that takes a core. */
const atOnce = 2;

/** Releases that differ, of every environment or of those that are named; charts are rendered only for these. */
export async function findChanges(
  before: Releases,
  after: Releases,
  only: { env?: string; app?: string },
): Promise<ReleaseChange[]> {
  const environments = [...new Set([...before.keys(), ...after.keys()])].sort();
  const pairs = environments
    .filter((env) => only.env === undefined || env === only.env)
    .flatMap((env) => {
      const old = before.get(env);
      const fresh = after.get(env);
      const environment = old ? (fresh ? ("stays" as const) : ("gone" as const)) : ("new" as const);
      const names = [...new Set([...(old?.keys() ?? []), ...(fresh?.keys() ?? [])])];
      return names.map((name) => ({ env, environment, name, before: old?.get(name), after: fresh?.get(name) }));
    })
    .filter(({ name, before, after }) => (only.app === undefined || name === only.app) && differ(before, after));
  const changes: ReleaseChange[] = [];
  const queue = [...pairs.entries()];
  const work = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [index, pair] = next;
      changes[index] = await changeOf(pair);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return changes;
}

interface Pair extends Pick<ReleaseChange, "env" | "environment" | "name"> {
  before: Released | undefined;
  after: Released | undefined;
}

function differ(before: Released | undefined, after: Released | undefined): boolean {
  if (!before || !after) return before !== after;
  const facts = ({ namespace, owner, chart, values }: Released) => [namespace, owner, chart.id, values].join("\0");
  return facts(before) !== facts(after);
}

const unknown: ChangedObjects = { objects: [], routes: { before: [], after: [] } };

async function changeOf({ env, environment, name, before, after }: Pair): Promise<ReleaseChange> {
  const sides = { ...(before && { before: before.parseValues() }), ...(after && { after: after.parseValues() }) };
  const values = compareValues(sides.before, sides.after);
  const found = await changedObjects(before, after);
  const rendered = "reason" in found ? { ...unknown, notRendered: found.reason } : found;
  return { env, environment, name, ...(before && { before }), ...(after && { after }), sides, values, ...rendered };
}
