import { generate } from "../engine/generate.ts";
import { loadPlatform } from "../engine/platform.ts";
import type { EvaluatedRelease } from "../engine/value-modules.ts";
import { loadWorldCheck } from "../engine/world.ts";
import { toPointer } from "../engine/yaml-file.ts";
import { type Kind, mutantsOf, whyFree } from "./mutations.ts";

/** A mistake, and whether it is refused. */
export interface Verdict {
  kind: Kind;
  release: string;
  /** JSON pointer of the place. */
  path: string;
  change: string;
  /** What `check` and `gen` refuse it by; undefined if they do not. */
  refusedBy?: "schema" | "PromQL" | "world";
  /** Why it cannot be told from what is right, if it is not refused. */
  free?: string;
}

/**
 * Makes every mistake once in the values of every release, or of those of one environment, and validates each as `check`
 * does. What is the same in several environments counts once. Throws `IssueError` where the values are not valid to begin with.
 */
export async function judgeMutants(root: string, seed: string, env?: string): Promise<Verdict[]> {
  const { releases } = await generate({ root, env });
  const { schemas, promql } = await loadPlatform(root, { only: env });
  const checkWorld = await loadWorldCheck(root);
  const verdicts = new Map<string, Verdict>();
  for (const release of releases) {
    const { name, chartName, values } = release;
    const world = releases.filter((one) => one.env === release.env);
    const refusal = async (mutated: unknown): Promise<Verdict["refusedBy"]> => {
      if ((await schemas.validate(chartName, mutated)).length > 0) return "schema";
      if ((await promql?.check(mutated))?.length) return "PromQL";
      const others = world.map((one): EvaluatedRelease => (one === release ? { ...one, values: mutated } : one));
      return (await checkWorld(release.env, others)).length > 0 ? "world" : undefined;
    };
    for (const { kind, place, change, values: mutated } of mutantsOf(values, seed)) {
      const path = toPointer(place);
      const key = JSON.stringify([name, kind, path, change]);
      if (verdicts.has(key)) continue;
      const refusedBy = await refusal(mutated);
      const why = refusedBy ? undefined : whyFree({ kind, place });
      verdicts.set(key, {
        kind,
        release: name,
        path,
        change,
        ...(refusedBy && { refusedBy }),
        ...(why && { free: why }),
      });
    }
  }
  return [...verdicts.values()];
}
