import { expect, test } from "vitest";
import type { Second } from "../operations/load.ts";
import { deviation, mostMet, timesMet } from "./against-plan.ts";

/** A second of 100 requests, so many of them to the new version, which fails half. */
function second(at: number, fresh: number): Second {
  const of = (requests: number, failed = 0) => ({ requests, failed, slowestMs: 1 });
  const versions = { "1.0.0": of(100 - fresh), ...(fresh > 0 && { "2.0.0": of(fresh, fresh / 2) }) };
  return { at, versions, failures: fresh > 0 ? { "HTTP 500": fresh / 2 } : {} };
}

const load = (...fresh: number[]) => fresh.map((requests, at) => second(at, requests));

test("a version that answers from the middle of a second to that of another", () => {
  expect(timesMet(load(0, 10, 20, 20, 20, 10, 0), "2.0.0")).toEqual([{ failed: 0.1, seconds: 4 }]);
});

test("a version that comes twice is met twice, and the most of both counts", () => {
  const times = timesMet(load(20, 20, 20, 0, 40, 40, 40, 20, 0), "2.0.0");
  expect(times).toEqual([
    { failed: 0.1, seconds: 3 },
    { failed: 0.2, seconds: 3.5 },
  ]);
  expect(mostMet(times)).toEqual({ failed: 0.2, seconds: 3.5 });
});

test("a moment in which users met it says nothing", () => {
  expect(timesMet(load(0, 20, 10, 0), "2.0.0")).toEqual([]);
});

test("a plan of 10 where 8 was seen is off by a quarter", () => {
  expect(deviation(10, 8)).toBe(0.25);
});
