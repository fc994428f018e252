import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { outputOf } from "./processes.ts";

/** Something that may stand where a values file is expected: the bytes of a file, or what is no file. */
export type Hostile = Buffer | "fifo" | "directory" | "circle" | "device";

/** Words of YAML and PromQL, and what breaks them. */
const words = [
  ..."a: |b: |- |[|]|{|}|,|: |? |: !|!!set |!!str |!<x> |&a |*a |<<: |*b|&b |# c\n|---\n|...\n|%YAML 1.2\n".split("|"),
  ..."\"|'|\n|\n  |\n    |\n\t|\r|\r\n| >\n  |\\x|\\u12|\u2028|\u202e|~|null|yes|1_0|0x_|.inf|1e999|@|`|%|key|server: ".split(
    "|",
  ),
  ...[
    "|",
    "|-\n  ",
    "replicas: ",
    "image:\n  tag: ",
    "\0",
    "\x1b[31m",
    "\x7f",
    "\ufeff",
    "\u{1f600}",
    "__proto__: ",
    "constructor: ",
  ],
];
const promql =
  'sum(|rate(|up|[5m]|)|(| by (a)| on(x) |{|}|a="b"|=~"(a+)+x"|__name__=~|+|-|1|,|or |"|\\"|`|$x |offset '.split("|");

const text = (from: readonly string[]) =>
  fc
    .tuple(fc.array(fc.constantFrom(...from), { minLength: 1, maxLength: 40 }), fc.constantFrom(1, 1, 10, 1000, 30_000))
    .map(([parts, times]) => parts.join("").repeat(Math.min(times, Math.ceil(2_000_000 / parts.join("").length))));

/** So many keys, anchors, levels: few, about as many as are taken, far too many. */
const many = fc.constantFrom(50, 99, 101, 5000, 29_000, 120_000, 400_000);
const lines = (n: number, line: (index: number) => string) =>
  Array.from({ length: Math.min(n, Math.floor(2_000_000 / line(n).length)) }, (_, index) => line(index)).join("");

const shapes = many.map((n) => [
  lines(n, (index) => `key${index}: ${index}\n`),
  lines(n, (index) => `k${index}: &a${index} x\nl${index}: *a${index}\n`),
  `a: ${"[".repeat(n)}${"]".repeat(n)}\n`,
  `${"- ".repeat(n)}x\n`,
  `${"? ".repeat(n)}x\n`,
  `a: ${"{a: ".repeat(n)}`,
  `a: [${"a,".repeat(n)}]\n`,
  `a: "${"\\q".repeat(n)}"\n`,
  `a: |\n${"  x\n".repeat(n)}`,
  `a: &a [${"x,".repeat(n / 50)}]\nb: [${"*a,".repeat(n / 50)}]\n`,
  `a: &a {${"x".repeat(n / 50)}: 1}\n${lines(n / 50, (index) => `m${index}: {<<: *a, <<: [*a, *a]}\n`)}`,
  `? ${"k".repeat(n)}\n: 1\n`,
  `rules: [${lines(n / 50, (index) => `{alert: A, expr: "upp${index} / raet(x[5m])"},`)}]\n`,
  `rules: [{alert: A, expr: "${"(".repeat(n)}up${")".repeat(n)}"}, {alert: A, expr: "${"1+".repeat(n)}1"}]\n`,
  `d: ${JSON.stringify(JSON.stringify({ panels: Array.from({ length: Math.min(n, 60_000) }, () => ({ expr: "up" })) }))}\n`,
  `d: ${JSON.stringify(`{"panels":${"[".repeat(n)}${"]".repeat(n)}}`)}\n`,
  "---\n".repeat(n),
]);

const expressions = fc.array(text(promql), { maxLength: 4 }).map((all) => {
  const rules = all.map((expr) => `  - {alert: A, expr: ${JSON.stringify(expr.slice(0, 400_000))}}\n`);
  return `additionalPrometheusRulesMap:\n  a: {}\nrules:\n${rules.join("")}`;
});

/** A file that people might have, with places of it doubled, cut out, overwritten. */
const spoilt = (valid: readonly Buffer[]) => {
  const edit = fc.tuple(
    fc.nat(),
    fc.nat({ max: 400 }),
    fc.constantFrom(...words),
    fc.constantFrom("put", "cut", "double"),
  );
  return fc.tuple(fc.constantFrom(...valid), fc.array(edit, { minLength: 1, maxLength: 12 })).map(([bytes, edits]) =>
    edits.reduce((now, [place, length, word, how]) => {
      const at = place % (now.length + 1);
      const [before, part, after] = [now.subarray(0, at), now.subarray(at, at + length), now.subarray(at + length)];
      if (how === "put") return Buffer.concat([before, Buffer.from(word), part, after]);
      return Buffer.concat(how === "cut" ? [before, after] : [before, part, part, after]);
    }, bytes),
  );
};

/** So many of them, always the same from the same seed; files are also made by spoiling valid ones. */
export function hostileFiles(seed: number, count: number, valid: readonly Buffer[]): Hostile[] {
  const any = fc.oneof(
    { weight: 3, arbitrary: text(words).map((each) => Buffer.from(each)) },
    { weight: 4, arbitrary: fc.tuple(shapes, fc.nat()).map(([all, n]) => Buffer.from(all[n % all.length] ?? "")) },
    { weight: 3, arbitrary: spoilt(valid) },
    { weight: 2, arbitrary: expressions.map((each) => Buffer.from(each)) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 5000 }).map((bytes) => Buffer.from(bytes)) },
    { weight: 1, arbitrary: fc.constantFrom<Hostile[]>("fifo", "directory", "circle", "device") },
  );
  return fc.sample(any as fc.Arbitrary<Hostile>, { seed, numRuns: count });
}

/** Makes it, at a path that is free. */
export async function makeHostile(file: string, what: Hostile): Promise<void> {
  if (typeof what !== "string") writeFileSync(file, what);
  else if (what === "fifo") await outputOf("mkfifo", [file]);
  else if (what === "directory") mkdirSync(file);
  else symlinkSync(what === "circle" ? path.basename(file) : "/dev/zero", file);
}
