import type { Place } from "../positions/places.ts";
import type { Finding } from "../problems/issue.ts";

/** A place in facts: of the value at the path, or of its key. */
type Wanted = Pick<Finding, "path" | "ofKey">;

/**
 * Where each of these is written, in the module whose facts they are or in one that it imports; of what is not there, the
 * nearest thing around it. Empty where that is not known.
 */
export async function placesOfFacts(file: string, wanted: Wanted[]): Promise<Partial<Place>[]> {
  try {
    // The compiler is a quarter of a second to load, so only problems pay for it.
    const { InstrumentedModules } = await import("../positions/import-instrumented.ts");
    const { findPlace } = await import("../positions/places.ts");
    const module = await new InstrumentedModules().import<{ default?: unknown; platform?: unknown }>(file);
    return wanted.map(({ path, ofKey }) => findPlace(module.default ?? module.platform, path, ofKey) ?? {});
  } catch {
    // A problem without its line is of more use than none.
    return wanted.map(() => ({}));
  }
}

/** Where a key of facts is written. Empty where that is not known. */
export async function placeOfKey(file: string, ...path: string[]): Promise<Partial<Place>> {
  const [place = {}] = await placesOfFacts(file, [{ path, ofKey: true }]);
  return place;
}
