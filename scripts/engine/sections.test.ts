import fc from "fast-check";
import { expect, test } from "vitest";
import { toYaml } from "./helm-yaml.ts";
import { Sections } from "./sections.ts";

const anyKey = fc.oneof(fc.constantFrom("a", "b", "yes", "0o14", "", "__proto__", "1", "x".repeat(1100)), fc.string());
const { value: anyValue } = fc.letrec((tie) => ({
  value: fc.oneof(
    { arbitrary: fc.oneof(fc.constantFrom("line\nline\n", "on", "a: b", "- a"), fc.string()), weight: 3 },
    fc.constantFrom(null, true, 0, 1.5, -3),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(anyKey, tie("value"), { maxKeys: 3 }),
  ),
}));
const anyRelease = fc.dictionary(anyKey, anyValue, { maxKeys: 4 });

test("the YAML of values by their sections is that of the whole, after others that have sections in common", () => {
  const property = fc.property(fc.array(fc.oneof(anyRelease, anyValue), { minLength: 1, maxLength: 4 }), (all) => {
    const sections = new Sections();
    for (const values of [...all, ...structuredClone(all)]) {
      const shared = sections.share(values);
      expect(shared).toEqual(values);
      expect(sections.yaml(shared)).toBe(toYaml(values));
    }
  });
  fc.assert(property, { numRuns: 1000 });
});

test("values have one digest exactly where their JSON is the same", () => {
  const sections = new Sections();
  const property = fc.property(anyRelease, anyRelease, (one, other) => {
    const areSame = JSON.stringify(one) === JSON.stringify(other);
    expect(sections.digest(one) === sections.digest(other)).toBe(areSame);
    expect(sections.digest(structuredClone(one))).toBe(sections.digest(one));
  });
  fc.assert(property, { numRuns: 1000 });
  const unlike = [undefined, null, {}, [], "", { a: undefined }, { a: {} }];
  expect(new Set(unlike.map((values) => sections.digest(values))).size).toBe(unlike.length);
  expect(sections.digest({ a: { b: 1 } })).not.toBe(sections.digest({ a: {}, b: 1 }));
});

test("a section that values have in common is one object", () => {
  const sections = new Sections();
  const [one, other] = [
    { web: { port: 1 }, name: "a" },
    { web: { port: 1 }, name: "b" },
  ].map((values) => sections.share(values)) as { web: object }[];
  expect(one?.web).toBe(other?.web);
});
