import { expect, test } from "vitest";
import { defaultsInUse } from "../../chart-types/defaults.ts";
import type { ChartFiles } from "../../chart-types/files.ts";
import { defaultChanges } from "./default-changes.ts";
import { foldPlaces } from "./fold-places.ts";

function chartOf(values: Record<string, unknown>, subcharts: ChartFiles["subcharts"] = []): ChartFiles {
  const about = {
    name: "web",
    version: "1.0.0",
    appVersion: "",
    directory: "",
    schema: undefined,
    choices: new Map(),
    templates: [],
  };
  return { ...about, values, subcharts };
}

test("what our values set, or delete, is no default of ours", () => {
  const ours = { a: 1, b: null, c: { d: 1 } };
  const changes = defaultChanges({ a: 1, b: 1, c: { d: 1, e: 1 } }, { a: 2, b: 2, c: { d: 2, e: 2 } }, ours);
  expect(changes).toEqual([{ place: ["c", "e"], kind: "changed", before: 1, after: 2 }]);
});

test("what is empty in both ways is no change", () => {
  expect(defaultChanges({ a: "", b: {}, c: [] }, { a: null, c: {}, d: { e: "" } }, {})).toEqual([]);
});

test("defaults of a subchart count only where it is switched on", () => {
  const agent = chartOf({ level: "info", enabled: true });
  const chart = chartOf({ agent: { enabled: false } }, [{ key: "agent", condition: "agent.enabled", chart: agent }]);
  expect(defaultsInUse(chart, {})).toEqual({ agent: { enabled: false } });
  expect(defaultsInUse(chart, { agent: { enabled: true } })).toEqual({ agent: { enabled: false, level: "info" } });
});

test("a long list is put together from its depth, and stays as it is where it is short", () => {
  const items = ["a.b.c", "a.b.d", "a.e", "f"].map((place) => ({ place: place.split(".") }));
  const places = (limit: number) => foldPlaces(items, limit).map(({ place, items }) => [place.join("."), items.length]);
  expect(places(4)).toEqual([
    ["a.b.c", 1],
    ["a.b.d", 1],
    ["a.e", 1],
    ["f", 1],
  ]);
  expect(places(3)).toEqual([
    ["a.b", 2],
    ["a.e", 1],
    ["f", 1],
  ]);
  expect(places(1)).toEqual([
    ["a", 3],
    ["f", 1],
  ]);
});
