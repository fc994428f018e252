/** Runs a copy of this repository by its own commands: a tree in which all was well is not looked at again, any other is. */
import { appendFileSync, existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { environment, type Outcome, start } from "../testing/processes.ts";
import { copyRepository, temporaryDirectory } from "../testing/workspace.ts";
import { valuesFiles } from "./write-tree.ts";

const copy = copyRepository();
const evaluated = path.join(temporaryDirectory(), "evaluated");
const platform = path.join(copy, "values-src/platform.ts");
// Not pure, as a value module must be: so it is seen whether they were evaluated.
appendFileSync(platform, `import { appendFileSync } from "node:fs";\nappendFileSync("${evaluated}", "x");\n`);

/** Runs the copy's own command, and says whether value modules were evaluated for it. */
async function run(...args: string[]): Promise<Outcome & { looked: boolean }> {
  rmSync(evaluated, { force: true });
  const running = start(process.execPath, ["scripts/cli.ts", ...args], { cwd: copy, env: environment() });
  return { ...(await running.ended), looked: existsSync(evaluated) };
}

const [generated = ""] = valuesFiles(copy);
const text = readFileSync(generated, "utf8");
const unwanted = path.join(copy, "generated/old.yaml");

test("gen looks once, and again after any change", async () => {
  await run("gen");
  expect(await run("gen")).toMatchObject({ code: 0, stdout: "everything is up to date\n", looked: false });
  expect(await run("gen", "--check")).toMatchObject({ code: 0, looked: false });

  writeFileSync(generated, `${text}# by hand\n`);
  expect(await run("gen", "--check")).toMatchObject({ code: 2, looked: true });
  expect((await run("gen")).stdout).toBe(`wrote ${path.relative(copy, generated)}\n`);
  expect(readFileSync(generated, "utf8")).toBe(text);
  expect(await run("gen")).toMatchObject({ code: 0, looked: false });

  writeFileSync(unwanted, text);
  expect((await run("gen")).stdout).toBe("removed generated/old.yaml\n");

  appendFileSync(platform, "throw new Error();\n");
  expect(await run("gen")).toMatchObject({ code: 1, looked: true });
  expect(await run("gen")).toMatchObject({ code: 1, looked: true });
  writeFileSync(platform, readFileSync(platform, "utf8").replace("throw new Error();\n", ""));
  expect(await run("gen")).toMatchObject({ code: 0, looked: false });
});

test("gen looks always at a part of the tree, and at a tree that is elsewhere in part", async () => {
  const [env = ""] = path.relative(path.join(copy, "generated"), generated).split(path.sep);
  expect(await run("gen", env)).toMatchObject({ code: 0, looked: true });
  const link = path.join(copy, "docs/elsewhere");
  symlinkSync(temporaryDirectory(), link);
  for (let n = 0; n < 2; n++) expect(await run("gen")).toMatchObject({ code: 0, looked: true });
  rmSync(link);
});

test("check looks once, and again after any change", async () => {
  const first = await run("check");
  expect(first).toMatchObject({ code: 0, looked: true });
  expect(await run("check")).toEqual({ ...first, looked: false });
  writeFileSync(generated, `${text}noSuchKey: true\n`);
  for (let n = 0; n < 2; n++) expect(await run("check")).toMatchObject({ code: 1, looked: true });
  writeFileSync(generated, text);
  expect(await run("check")).toEqual({ ...first, looked: false });
});
