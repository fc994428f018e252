import { expect, test } from "vitest";
import { compareTags } from "./set-image-tag.ts";

/** Each is older than the next. */
const ordered = [
  "0.9.0",
  "v0.10.0",
  "1.0.0-1",
  "1.0.0-2",
  "1.0.0-10",
  "1.0.0-alpha",
  "1.0.0-alpha.1",
  "1.0.0-rc-2",
  "1.0.0",
  "v1.2-rc.1",
  "1.2",
  "1.2.3",
  "1.10.0",
  "10.0.0",
];

test("versions are compared as semver does, also with two parts or a v", () => {
  for (const [i, a] of ordered.entries()) {
    for (const [j, b] of ordered.entries()) {
      expect(Math.sign(compareTags(a, b) ?? Number.NaN), `${a} ${b}`).toBe(Math.sign(i - j));
    }
  }
});

test("what only looks different is neither older nor newer", () => {
  expect(compareTags("v1.2.0", "1.2")).toBe(0);
  expect(compareTags("1.2.3", "v1.2.3")).toBe(0);
});

test.each(["9b4b839", "1234567", "20260131", "latest", "v", "1.2.x", "1..2", "1.2.3.4", "main-1.2.3"])(
  "%s is no version, so it cannot be compared",
  (tag) => {
    expect(compareTags(tag, "1.2.3")).toBeUndefined();
    expect(compareTags("1.2.3", tag)).toBeUndefined();
  },
);
