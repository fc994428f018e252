import type { Issue } from "../problems/issue.ts";
import { unknownName } from "../problems/suggest.ts";
import { type DeclaredRelease, neededRelease } from "./releases.ts";
import { placeInYaml } from "./yaml-file.ts";

/** Problems of `needs` that hold in every environment: names that do not exist, and cycles. */
export function checkNeeds(releases: DeclaredRelease[]): Issue[] {
  const names = releases.map(({ name }) => name);
  const unknown = releases.flatMap(({ file, needs = [] }) =>
    needs
      .filter((need) => !names.includes(neededRelease(need)))
      .map((need) => ({
        ...placeOf(file, needs, need),
        path: "/needs",
        message: unknownName("release", neededRelease(need), names),
      })),
  );
  return unknown.length > 0 ? unknown : findCycle(releases);
}

/** Needs of releases that are on in an environment but that nothing there meets. */
export function checkNeedsIn(env: string, on: DeclaredRelease[]): Issue[] {
  const names = new Set(on.map(({ name }) => name));
  return on.flatMap(({ name, file, needs = [] }) =>
    needs
      .filter((need) => !need.endsWith("?") && !names.has(need))
      .map((need) => ({
        ...placeOf(file, needs, need),
        environments: [env],
        path: "/needs",
        message: `"${name}" needs "${need}", which Helmfile does not release in that environment: turn it on there, drop the need, or write "${need}?" if it is needed only where it is`,
      })),
  );
}

function placeOf(file: string, needs: string[], need: string): Pick<Issue, "file" | "line" | "column"> {
  return { file, ...placeInYaml(file, ["needs", needs.indexOf(need)]) };
}

function findCycle(releases: DeclaredRelease[]): Issue[] {
  const byName = new Map(releases.map((release) => [release.name, release]));
  const done = new Set<string>();
  const visit = (name: string, trail: string[]): string[] | undefined => {
    if (trail.includes(name)) return [...trail.slice(trail.indexOf(name)), name];
    if (done.has(name)) return undefined;
    done.add(name);
    for (const next of (byName.get(name)?.needs ?? []).map(neededRelease)) {
      const cycle = visit(next, [...trail, name]);
      if (cycle) return cycle;
    }
    return undefined;
  };
  for (const { name, file } of releases) {
    const cycle = visit(name, []);
    if (cycle)
      return [
        {
          file,
          ...placeInYaml(file, ["needs"]),
          path: "/needs",
          message: `needs go in a circle: ${cycle.join(" -> ")}`,
        },
      ];
  }
  return [];
}
