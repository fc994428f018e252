import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { runScript } from "../testing/processes.ts";
import { compileSchema } from "./validator.ts";

const root = path.resolve(import.meta.dirname, "../..");

test("generated/ and schemas/ are what values-src/ says", async () => {
  const { code, stdout } = await runScript(root, "gen", "--check");
  expect(stdout).toBe("everything is up to date\n");
  expect(code).toBe(0);
});

test("every single-character typo of a key in generated/ is rejected", () => {
  const open = new Set<string>();
  const missed: string[] = [];
  let caught = 0;
  for (const [chart, documents] of generatedDocuments()) {
    const schema = readFileSync(path.join(root, `schemas/${chart}.schema.json`), "utf8");
    const validate = compileSchema(JSON.parse(schema) as object);
    for (const document of documents) {
      for (const { map, key, place } of keysOf(document)) {
        const isAccepted = (name: string) => withKey(map, key, name, () => validate(document).length === 0);
        // Where even this key is taken, any key is: names of the user's own, such as labels.
        if (isAccepted("no-such-key")) open.add(`${chart}: ${place}`);
        else for (const typo of typosOf(key)) isAccepted(typo) ? missed.push(`${place}: ${typo}`) : caught++;
      }
    }
  }
  console.log(`${caught} of ${caught + missed.length} typos rejected; keys in maps of free keys, not counted:`);
  console.log([...open].sort().join("\n"));
  expect(missed).toEqual([]);
});

/** What is generated, by the chart whose schema it has. */
function generatedDocuments(): Map<string, object[]> {
  const files = globSync("generated/{*/,}*.yaml", { cwd: root }).filter((file) => !file.endsWith("/environment.yaml"));
  const texts = files.sort().map((file) => readFileSync(path.join(root, file), "utf8"));
  const byChart = Map.groupBy(texts, (text) => /^# yaml-.*\/([\w-]+)\.schema\.json$/m.exec(text)?.[1] ?? "");
  return new Map([...byChart].map(([chart, group]) => [chart, group.map((text) => parse(text) as object)]));
}

interface Key {
  map: Record<string, unknown>;
  key: string;
  place: string;
}

function keysOf(node: unknown, place = ""): Key[] {
  if (Array.isArray(node)) return node.flatMap((item, index) => keysOf(item, `${place}[${index}]`));
  if (typeof node !== "object" || node === null) return [];
  const map = node as Record<string, unknown>;
  return Object.entries(map).flatMap(([key, value]) => {
    const at = place ? `${place}.${key}` : key;
    return [{ map, key, place: at }, ...keysOf(value, at)];
  });
}

/** Calls the function while the key has another name. */
function withKey<T>(map: Record<string, unknown>, key: string, name: string, call: () => T): T {
  const value = map[key];
  delete map[key];
  map[name] = value;
  const result = call();
  delete map[name];
  map[key] = value;
  return result;
}

/** Each letter left out, doubled, and replaced. */
function typosOf(key: string): string[] {
  const typos = [...key].flatMap((letter, at) => {
    const before = key.slice(0, at);
    const after = key.slice(at + 1);
    return [before + after, before + letter + letter + after, before + (letter === "x" ? "y" : "x") + after];
  });
  return [...new Set(typos)].filter((typo) => typo !== key && typo !== "");
}
