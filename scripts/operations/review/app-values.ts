import type { Values } from "../../../values-src/charts/http-service.ts";
import type { ReleaseChange } from "./changes.ts";
import type { Released } from "./released.ts";

/** Values of an app with the shared chart on both sides; undefined of any other release, and where a side is missing. */
export function appValues({ before, after, sides }: ReleaseChange): { old: Values; fresh: Values } | undefined {
  const old = valuesOf(before, sides.before);
  const fresh = valuesOf(after, sides.after);
  return old && fresh && { old, fresh };
}

function valuesOf(released: Released | undefined, parsed: unknown): Values | undefined {
  if (!released?.app || !released.chart.name.endsWith("service/chart")) return undefined;
  const values = parsed as Partial<Values> | null;
  return values?.strategy && values.image ? (values as Values) : undefined;
}
