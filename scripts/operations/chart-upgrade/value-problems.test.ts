import { expect, test } from "vitest";
import { compileSchema } from "../../engine/validator.ts";
import { SchemaKeys } from "./schema-keys.ts";
import { valueProblems } from "./value-problems.ts";

const map = (properties: object, additionalProperties: boolean | object = false) => ({
  type: "object",
  properties,
  additionalProperties,
});
const text = { type: "string" };

function compare(before: object, after: object, values: unknown) {
  const versionOf = (schema: object) => ({ keys: new SchemaKeys(schema), problems: compileSchema(schema) });
  return valueProblems(values, { before: versionOf(before), after: versionOf(after) });
}

test("a problem that the old version has too is no news", () => {
  expect(compare(map({ a: text }), map({ a: text }), { a: 1, b: 2 })).toEqual([]);
});

test("a key that was named, in a map that takes any key, is told", () => {
  const before = map({ params: map({ insecure: text, log: text }, {}) });
  const after = map({ params: map({ log: text }, {}), "insecure-mode": text });
  expect(compare(before, after, { params: { insecure: "true", log: "info", mine: "x" } })).toEqual([
    { place: ["params", "insecure"], kind: "unnamed" },
  ]);
});

test("a new key beside it that is near in spelling comes before one of the same name elsewhere", () => {
  const before = map({ web: map({ replica: text }), other: map({}) });
  const after = map({ web: map({ replicas: text }), other: map({ replica: text }) });
  expect(compare(before, after, { web: { replica: "2" } })).toEqual([
    { place: ["web", "replica"], kind: "gone", likely: ["web", "replicas"] },
  ]);
});

test("a map that is gone as a whole is one line, unless its keys are elsewhere now", () => {
  const old = map({ tls: map({ cert: text, key: text }) });
  const values = { tls: { cert: "a", key: "b" } };
  expect(compare(old, map({}), values)).toEqual([{ place: ["tls"], kind: "gone" }]);
  expect(compare(old, map({ secret: map({ cert: text }) }), values)).toEqual([
    { place: ["tls", "cert"], kind: "gone", likely: ["secret", "cert"] },
    { place: ["tls", "key"], kind: "gone" },
  ]);
});
