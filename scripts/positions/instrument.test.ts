import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { outputOf } from "../testing/processes.ts";
import { temporaryDirectory } from "../testing/workspace.ts";

/** What looks like a literal and is none, and what literals may hold. */
const source = `
interface Shape<T = {}> { a: [number, string]; b?: T }
enum_like: for (const _ of [1]) break enum_like;
const name = "computed" as const;
const order: string[] = [];
const say = <T>(value: T): T => { order.push(String(value)); return value; };
let first, second, rest;
[first, { second = { by: "default" } } = {}, ...rest] = [1, {}, 3, 4] as any;
({ a: first = [0] } = { a: undefined } as any);
const shape = { a: [1, "two"], b: { c: [] } } satisfies Shape<{ c: never[] }>;
const base = { x: 1, y: { z: [1, , 3] }, [name]: [..."ab", ...new Set([1, 2])] } as const;
class Counter { static all = [{ n: 1 }]; own = { n: 2 }; get() { return { ...this.own, self: this.own.n }; } }
function* numbers() { yield { n: 1 }; yield* [{ n: 2 }, { n: 3 }]; }
const withDefaults = ({ a = { b: [1] }, ...others }: any = { c: 3 }, [d] = [4]) => ({ a, others, d });
const late = async () => ({ ...(await Promise.resolve({ late: true })), list: [await Promise.resolve(1)] });
const everything = {
  base, shape, first, second, rest, ...{ ...base, x: 2 }, ...null, ...(false && { no: 1 }), ... /* why */ { yes: 1 },
  "quoted-key": 1, 12: "number", [\`\${name}-\${1}\`]: [, 1], get got() { return [this.x]; }, method() { return { m: 1 }; },
  classes: [Counter.all, new Counter().get()], numbers: [...numbers()], defaults: withDefaults(), nested: [[[{ a: [] }]], ...[[1]]],
  ordered: { [say("k1")]: say(1), ...{ k2: say(2) }, k3: [say(3), ...[say(4)]] }, called: Math.max(...[1, 2], [3][0]!), order,
  overridden: { a: 1, ["a"]: 2, ...{ a: 3 } }, symbols: Object.getOwnPropertySymbols({ ...base, ...shape }).length,
  late: await late(),
};
globalThis.everything = everything;
console.log(JSON.stringify([everything, everything.method(), Object.keys(everything)], null, 1));
`;

test("a module that is instrumented gives what it gave", async () => {
  const file = path.join(temporaryDirectory(), "module.mts");
  writeFileSync(file, source);
  const run = (script: string) => outputOf(process.execPath, ["--input-type=module", "--eval", script]);
  const modules = JSON.stringify(new URL("import-instrumented.ts", import.meta.url));
  const plain = await run(`await import(${JSON.stringify(file)})`);
  const instrumented = await run(
    `const { InstrumentedModules } = await import(${modules});
    await new InstrumentedModules().import(${JSON.stringify(file)});
    const { findPlace } = await import(${JSON.stringify(new URL("places.ts", import.meta.url))});
    if (!findPlace(globalThis.everything, ["ordered", "k1"], true)) throw new Error("was not instrumented");`,
  );
  expect(plain).toContain('"late": true');
  expect(instrumented).toBe(plain);
});
