/** Ajv finds the same errors with the part of a schema that a value reaches as with the whole schema. */
import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { ValidateFunction } from "ajv";
import { expect, test } from "vitest";
import { ReachedSchema } from "./reached-schema.ts";
import { compileWith } from "./validator.ts";
import { readYamlFile, type YamlFile } from "./yaml-file.ts";

const root = path.resolve(import.meta.dirname, "../..");
const schemas = readdirSync(path.join(root, "schemas")).map((file) => file.replace(".schema.json", ""));
const report = { allErrors: true, verbose: true };

type Judge = (value: unknown) => unknown;

/** What Ajv says of a value by the schema as it is. */
function makeWhole(schema: object): Judge {
  const validate = compileWith(report, schema);
  return (value) => verdict(validate, value);
}

/** What Ajv says of a value by the part of the schema that it and those before reach. */
function makePart(schema: object): Judge {
  const reached = new ReachedSchema(schema);
  let part: ValidateFunction | undefined;
  return (value) => {
    if (reached.extend(value) || !part) part = compileWith(report, reached.cut());
    return verdict(part, value);
  };
}

function readSchema(name: string): object {
  return JSON.parse(readFileSync(path.join(root, `schemas/${name}.schema.json`), "utf8")) as object;
}

function verdict(validate: ValidateFunction, value: unknown): unknown {
  const isValid = validate(value);
  const errors = validate.errors?.map(({ instancePath, schemaPath, keyword, params, message, parentSchema }) => {
    const known = Object.keys((parentSchema?.properties as object | undefined) ?? {});
    return { instancePath, schemaPath, keyword, params, message, known };
  });
  return { isValid, errors };
}

async function valuesOf(name: string): Promise<unknown[]> {
  if (name === "environment" || name === "app") {
    const files = globSync(`values-src/${name}s/*.ts`, { cwd: root });
    return Promise.all(files.map(async (file) => structuredClone((await import(path.join(root, file))).default)));
  }
  const isOf = ({ file, text }: YamlFile) =>
    name === "release" ? file.includes("/releases/") : text.includes(`/${name}.schema.json\n`);
  const files = globSync(["generated/{*/,}*.yaml", "releases/*.yaml"], { cwd: root });
  const read = files.map((file) => readYamlFile(path.join(root, file)));
  return read.flatMap((yaml) => ("data" in yaml && isOf(yaml) ? [yaml.data] : []));
}

test.for(schemas)("%s: our values, and what a slip makes of them", async (name) => {
  const whole = makeWhole(readSchema(name));
  const part = makePart(readSchema(name));
  const all = await valuesOf(name);
  const seen = new Set<string>();
  for (const values of [...all, {}, [], null, "text"]) {
    expect(part(values)).toEqual(whole(values));
    mutate(values, seen, () => expect(part(values)).toEqual(whole(values)));
  }
});

/** Values files that other people wrote: not part of the repository. */
const corpus = path.resolve(root, "../shared/values-corpus");

test("files from elsewhere", { timeout: 120_000 }, (context) => {
  const names = schemas.filter((name) => existsSync(path.join(corpus, name)));
  if (names.length === 0) context.skip("there are none in ../shared/values-corpus");
  for (const name of names) {
    const schema = readSchema(name);
    const whole = makeWhole(schema);
    for (const file of readdirSync(path.join(corpus, name))) {
      const yaml = readYamlFile(path.join(corpus, name, file), {});
      if ("data" in yaml) expect(makePart(schema)(yaml.data), file).toEqual(whole(yaml.data));
    }
  }
});

/** Calls the function with each single change of a value: a key that is misspelt, or a value of another type. */
function mutate(node: unknown, seen: Set<string>, call: () => void, place = ""): void {
  if (typeof node !== "object" || node === null) return;
  const holder = node as Record<string, unknown>;
  for (const key of Object.keys(holder)) {
    const value = holder[key];
    const at = `${place}/${Array.isArray(node) ? "*" : key}`;
    mutate(value, seen, call, at);
    if (seen.has(at)) continue;
    seen.add(at);
    for (const other of ["text", 7, true, null, [], {}, [{}], { enabled: { name: [7] } }]) {
      holder[key] = other;
      call();
    }
    holder[key] = value;
    if (Array.isArray(node)) continue;
    delete holder[key];
    holder[`${key}x`] = value;
    call();
    delete holder[`${key}x`];
    holder[key] = value;
  }
}
