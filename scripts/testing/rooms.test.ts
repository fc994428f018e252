import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

const root = path.resolve(import.meta.dirname, "../..");
const isProduct = (file: string) => !file.endsWith(".test.ts") && !file.startsWith("scripts/testing/");
const files = globSync("{scripts,values-src,service/src}/**/*.ts", { cwd: root })
  .filter((file) => !file.includes("/fixtures/"))
  .filter(isProduct);

/** Files that a module imports, types included, relative to the repository. */
function importsOf(file: string): string[] {
  const text = readFileSync(path.join(root, file), "utf8");
  const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map(([, specifier = ""]) => specifier);
  return specifiers.map((specifier) => path.normalize(path.join(path.dirname(file), specifier)));
}

test.for([
  ["folders", path.dirname],
  ["files", (file: string) => file],
] as const)("no circle of imports runs through the %s, types included", ([, placeOf]) => {
  const places = new Map<string, Set<string>>();
  for (const file of files) {
    const from = placeOf(file);
    const to = importsOf(file).map(placeOf);
    places.set(from, new Set([...(places.get(from) ?? []), ...to.filter((place) => place !== from)]));
  }
  const reaches = (from: string, seen = new Set<string>()): Set<string> => {
    for (const place of places.get(from) ?? []) {
      if (!seen.has(place)) reaches(place, seen.add(place));
    }
    return seen;
  };
  expect([...places.keys()].filter((place) => reaches(place).has(place))).toEqual([]);
});

test("product code imports nothing of testing/, and values nothing of scripts/", () => {
  const wrong = files.flatMap((file) => {
    const imported = importsOf(file);
    const bad = imported.filter((to) => to.startsWith("scripts/testing/") || to.endsWith(".test.ts"));
    const impure = file.startsWith("scripts/") ? [] : imported.filter((to) => to.startsWith("scripts/"));
    return [...bad, ...impure].map((to) => `${file} -> ${to}`);
  });
  expect(wrong).toEqual([]);
});

test("processes are started by one file of the product, and by three of its tests and benchmarks", () => {
  const every = globSync("{scripts,values-src,service}/**/*.ts", { cwd: root }).filter(
    (file) => !file.includes("node_modules"),
  );
  const starting = every.filter((file) =>
    /^import .*"node:child_process";$/m.test(readFileSync(path.join(root, file), "utf8")),
  );
  expect(starting.sort()).toEqual([
    "scripts/outside/run.ts",
    "scripts/testing/processes.ts",
    "service/test/bench.ts",
    "service/test/running-service.ts",
  ]);
});
