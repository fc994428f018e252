import { chmodSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { Issue } from "../problems/issue.ts";
import { type Hostile, hostileFiles, makeHostile } from "../testing/hostile-files.ts";
import { environment, runScript, start } from "../testing/processes.ts";
import { makeWorkspace, temporaryDirectory } from "../testing/workspace.ts";

const root = path.resolve(import.meta.dirname, "../..");
const cli = path.join(root, "scripts/cli.ts");
const nest = (open: string, close: string, n: number) => `a: ${open.repeat(n)}${close.repeat(n)}\n`;
const lines = (n: number, line: (index: number) => string) => Array.from({ length: n }, (_, i) => line(i)).join("");
const bomb = `a: &a [x]\n${lines(20, (i) => `b${i}: &${i === 19 ? "z" : String.fromCharCode(98 + i)} [${Array(9).fill(`*${String.fromCharCode(97 + i)}`)}]\n`)}`;

/** What is written -> what must be said of it; nothing where it is as good as Helm finds it. `db` requires no value. */
const cases: Record<string, [Hostile | string, ...string[]]> = {
  nothing: [""],
  "comments alone": ["# a: 1\n\n# b\n"],
  "an empty document": ["---\n# c\n...\n"],
  null: ["~\n"],
  "a byte order mark and CRLF": ["\ufeffstorage:\r\n  size: 1Gi\r\n"],
  "old line ends": ["storage:\r  size: 1Gi\r"],
  "a second document that is empty": ["storage: {}\n---\n# c\n"],
  "an anchor, an alias and a merge": ["storage: &s\n  size: 1Gi\n"],
  "its own alias": ["a: &a [*a]\n", "*a stands inside of &a"],
  "its own merge": ["a: &a\n  <<: *a\n", "*a stands inside of &a"],
  "an alias of nothing": ["a: &size 1\nb: *siez\n", 'no anchor &siez before this, did you mean "size"?'],
  "a merge of a number": ["a:\n  <<: 5\n", "<< merges mappings, and this is none"],
  "brackets that nest": [nest("[", "]", 100_000), "is nested more than 100 deep"],
  "braces that nest and do not end": [nest("{a: ", "", 100_000), "is nested more than 100 deep"],
  "lists that nest": [`${"- ".repeat(100_000)}x\n`, "is nested more than 100 deep"],
  "keys that nest": [`${"? ".repeat(100_000)}x\n`, "is nested more than 100 deep"],
  "aliases that nest": [
    `a0: &a0 x\n${lines(200, (i) => `a${i + 1}: &a${i + 1} [*a${i}]\n`)}`,
    "is nested more than 100 deep",
  ],
  "120,000 keys": [lines(120_000, (i) => `key${i}: ${i}\n`), "has more than 250000 words, signs and lines"],
  "30,001 values": [`a: [${"1,".repeat(30_001)}]\n`, "holds more than 30000 values"],
  "60,000 anchors": [lines(60_000, (i) => `k${i}: &a${i} x\n`), "has more than 250000 words"],
  "an alias bomb": [bomb, "holds more than 30000 values, counting what aliases stand for"],
  "an alias bomb of text": [
    `a: &a ${"x".repeat(99_999)}\nb: [${Array(99).fill("*a")}]\n`,
    "more than 4194304 characters",
  ],
  "a merge bomb": [
    `a: &a {${lines(9000, (i) => `k${i}: 1,`)}}\n${lines(9000, (i) => `m${i}: {<<: *a}\n`)}`,
    "more than 30000 values",
  ],
  "a key of a million characters": [
    `? ${"k".repeat(1_000_000)}\n: 1\n`,
    "keys that are more than 1024 characters long",
  ],
  "a text of a million lines": [`a: |\n${" \n".repeat(900_000)}`, "has more than 250000 words, signs and lines"],
  "a long anchor, and one that is nearly the same": [
    `a: &${"a".repeat(900_000)} 1\nb: *${"a".repeat(900_000)}b\n`,
    "there is no anchor",
  ],
  "underlines that are nearly a number": [
    `a: 0b${"_".repeat(1_000_000)}x\nb: 1e${"_".repeat(900_000)}x\n`,
    "unknown key",
  ],
  "a line of 2 million characters": [`a: ${"x".repeat(2_000_000)}\n`, "unknown key"],
  "a million errors": ["]".repeat(1_000_000), "Unexpected flow-seq-end", "more errors may follow"],
  "a million wrong escapes": [`a: "${"\\q".repeat(900_000)}"`, "Invalid escape sequence \\q", "more errors may follow"],
  "a set": ["storage: !!set {enabeld}\n", "the tag !!set gives no value that JSON has"],
  "a set by YAML 1.2": ["%YAML 1.2\n---\nstorage: !!set {enabeld}\n", "the tag !!set gives no value that JSON has"],
  bytes: ["storage: !!binary aGVsbG8=\n", "the tag !!binary gives no value that JSON has"],
  "a tag of one's own": ["storage: !mine {}\n", "the tag !mine gives no value that JSON has"],
  "a tag of an object's member": ["storage: !<constructor> x\n", "the tag !<constructor> gives no value that JSON has"],
  "a number that is none": ["storage: !!int abc\n", "the tag !!int gives no value that JSON has"],
  infinity: ["storage: {size: .inf}\n", ".inf is a number that JSON does not have"],
  "a number beyond all": ["storage: {size: 1e999}\n"],
  "a key that stands twice": ["a: 1\na: 2\n", 'the key "a" stands here again'],
  "a list as a key": ["? [a]\n: b\n", "a list or mapping cannot be a key"],
  "null as a key": ["~: b\n", "null cannot be a key"],
  "keys that every object has": ["__proto__: {a: 1}\nconstructor: 1\n", "unknown key", "unknown key"],
  "a second document": ["storage: {}\n---\nb: 2\n", "a second YAML document begins here"],
  "many documents": [`${"---\n".repeat(1000)}a: 1\n`, "has more than 10 YAML documents"],
  "a NUL byte": ["a: \0\n", "the character U+0000 may not be in YAML"],
  "an escape character": ["a: \x1b[31m\n", "the character U+001B may not be in YAML"],
  "bytes that are no UTF-8": [Buffer.from([0x61, 0x3a, 0x20, 0xff]), "0xff is not UTF-8: save the file as UTF-8"],
  "half a surrogate pair": [Buffer.from("613a20eda080", "hex"), "0xed is not UTF-8"],
  "UTF-16": [Buffer.from("\ufeffa: 1\n", "utf16le"), "is UTF-16: save it as UTF-8"],
  "a directory": ["directory", "is a directory, where a file was expected"],
  "a named pipe": ["fifo", "is a named pipe, where a file was expected"],
  "a device": ["device", "is a device, where a file was expected"],
  "a circle of links": ["circle", "cannot be read: symbolic links that lead in a circle"],
  // The last, since it has most of the problems that a run keeps.
  "10,000 anchors": [lines(10_000, (i) => `k${i}: &a${i} x\nl${i}: *a${i}\n`), "unknown key"],
};
const kinds = ["directory", "fifo", "device", "circle"];

test("one line says what is wrong with each file that is odd, in a run that ends", async () => {
  const folder = temporaryDirectory();
  for (const [title, [what]] of Object.entries(cases)) {
    const bytes = typeof what === "string" && !kinds.includes(what) ? Buffer.from(what) : (what as Hostile);
    await makeHostile(path.join(folder, title), bytes);
  }
  const files = Object.keys(cases).map((title) => path.join(folder, title));
  const { code, stdout, stderr } = await runScript(makeWorkspace(), "check", ...files, "--release", "db", "--json");
  expect(stderr).not.toMatch(/\n +at /);
  const problems = Map.groupBy((JSON.parse(stdout) as { problems: Issue[] }).problems, ({ file }) =>
    path.basename(file),
  );
  const wrong = Object.entries(cases).filter(([title, [, ...says]]) => {
    const messages = (problems.get(title) ?? []).map(({ message }) => message);
    return says.length === 0 ? messages.length > 0 : !says.every((text) => messages.some((one) => one.includes(text)));
  });
  const told = wrong.map(([title, [, ...says]]) => ({
    title,
    says,
    got: problems.get(title)?.map(({ message }) => message),
  }));
  expect(told).toEqual([]);
  expect(code).toBe(1);
});

test("a file that may not be read is told so", async ({ skip }) => {
  if (process.getuid?.() === 0) skip("root may read every file");
  const workspace = makeWorkspace({ "mine.yaml": "a: 1\n" });
  chmodSync(path.join(workspace, "mine.yaml"), 0);
  const { code, stderr } = await runScript(workspace, "check", "mine.yaml", "--release", "db");
  expect(stderr).toContain("mine.yaml\n  cannot be read: permission denied");
  expect(code).toBe(1);
});

test("the first 50 problems are printed, and the others counted; --json has 1,000 of them", async () => {
  const workspace = makeWorkspace({
    "mine.yaml": lines(1200, (i) => `key${i}: 1\n`),
    "other.yaml": lines(10, (i) => `key${i}: 1\n`),
  });
  const args = ["check", "mine.yaml", "other.yaml", "--release", "db"];
  const { stderr } = await runScript(workspace, ...(args as [string]));
  expect(stderr.match(/unknown key/g)).toHaveLength(50);
  expect(stderr).toMatch(
    /key49 {2}unknown key.*\nand 1160 more problems: mend these first\n1210 problems in 2 files\n$/,
  );
  const { stdout } = await runScript(workspace, ...(args as [string]), "--json");
  const { problems } = JSON.parse(stdout) as { problems: Issue[] };
  expect(problems).toHaveLength(1001);
  expect(problems.at(999)).toMatchObject({ line: 1000, path: "/key999", others: 200 });
  expect(problems.at(1000)).toMatchObject({ file: path.join(workspace, "other.yaml"), others: 9 });
});

test("a first line of a million characters names no release", async () => {
  const workspace = makeWorkspace({
    "mine.yaml": `# yaml-language-server: $schema=${"a".repeat(1_000_000)}\n`,
    "other.yaml": `# yaml-language-server: $schema=${"a/".repeat(500_000)}db.schema.json\nstorage: {}\n`,
  });
  const { code, stderr } = await runScript(workspace, "check", "mine.yaml", "other.yaml");
  expect(stderr).toBe(
    'mine.yaml\n  these are values of no known release "mine". Say which with --release: db, web\n1 problem in 1 file\n',
  );
  expect(code).toBe(1);
});

/** What a terminal obeys, but for the line feeds that are ours. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for.
const obeyed = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;

test("what a terminal obeys is printed as escapes, from a file, a name and an argument", async () => {
  const evil = "x\x1b[31m\u009b\u202e\x7f\n1 problem in 0 files";
  const written = JSON.stringify(evil).replace(
    /[\x7f-\u{10ffff}]/gu,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  const workspace = makeWorkspace({ [`${evil}.yaml`]: `${written}: 1\nstorage: {size: [${written}]}\n` });
  for (const args of [["--release", "db"], [], ["--release", evil], ["--json", "--release", "db"]]) {
    const { code, stdout, stderr } = await runScript(workspace, "check", `${evil}.yaml`, ...args);
    expect(stdout + stderr).not.toMatch(obeyed);
    expect(stdout + stderr).toContain("x\\u001b[31m\\u009b\\u202e\\u007f");
    expect(stderr.match(/^\d+ problems? in \d+ files?$/gm)).toHaveLength(1);
    expect(code).toBe(1);
  }
});

test("what an alias or a merge brings is shown where it is written", async () => {
  const text = "x: &x\n  sizze: 1Gi\nstorage:\n  <<: *x\ny: *x\n";
  const { stderr } = await runScript(makeWorkspace({ "mine.yaml": text }), "check", "mine.yaml", "--release", "db");
  expect(stderr).toContain('mine.yaml:2:3\n  /storage/sizze  unknown key, did you mean "size"?');
});

/** The parts of a process that its wrapper prints, in MiB and seconds. */
const measure = `process.on("exit", () => { const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  process.stderr.write("\\nused " + maxRSS / 1024 + " " + (userCPUTime + systemCPUTime) / 1e6); });`;

const seed = Number(process.env.SEED ?? 15);
const someValid = () =>
  globSync("generated/**/*.yaml", { cwd: root })
    .sort()
    .map((file) => readFileSync(path.join(root, file)));
const releases = globSync("releases/*.yaml", { cwd: root })
  .sort()
  .map((file) => path.basename(file, ".yaml"));

describe(`generated files, seed ${seed} (SEED=n for others)`, () => {
  test("20 in one run", async () => {
    const folder = temporaryDirectory();
    const files = hostileFiles(seed, 20, someValid()).map((what, index) => ({
      what,
      file: path.join(folder, `${index}.yaml`),
    }));
    for (const { file, what } of files) await makeHostile(file, what);
    const names = files.map(({ file }) => file);
    const { code, stdout, stderr } = await runScript(makeWorkspace(), "check", ...names, "--release", "db", "--json");
    expect(stderr).not.toMatch(/\n +at /);
    expect((JSON.parse(stdout) as { problems: Issue[] }).problems).not.toEqual([]);
    expect(code).toBe(1);
  });

  test("500, each in a process of its own", { timeout: 3_600_000 }, async ({ skip }) => {
    if (process.env.ALL !== "1")
      skip("500 processes take minutes: ALL=1 npx vitest run scripts/commands/check-hostile.test.ts");
    const folder = temporaryDirectory();
    const worst = { seconds: 0, wall: 0, MiB: 0, over2sOfWall: 0 };
    const codes: Record<string, number> = {};
    const bad: object[] = [];
    for (const [index, what] of hostileFiles(seed, 500, someValid()).entries()) {
      const file = path.join(folder, `${index}.yaml`);
      await makeHostile(file, what);
      const release = releases[index % releases.length] as string;
      const since = performance.now();
      const wrapper = ["--import", `data:text/javascript,${encodeURIComponent(measure)}`];
      const running = start(process.execPath, [...wrapper, cli, "check", file, "--release", release], {
        cwd: root,
        env: { ...environment(), NODE_COMPILE_CACHE: "node_modules/.cache/node" },
      });
      const giveUp = setTimeout(() => running.kill("SIGKILL"), 60_000);
      const { code, stdout, stderr } = await running.ended;
      clearTimeout(giveUp);
      const wall = (performance.now() - since) / 1000;
      const [, MiB = Infinity, seconds = Infinity] = (/\nused (\S+) (\S+)$/.exec(stderr) ?? []).map(Number);
      Object.assign(worst, {
        seconds: Math.max(worst.seconds, seconds),
        wall: Math.max(worst.wall, wall),
        MiB: Math.max(worst.MiB, MiB),
        over2sOfWall: worst.over2sOfWall + (wall > 2 ? 1 : 0),
      });
      codes[String(code)] = (codes[String(code)] ?? 0) + 1;
      const said = stdout + stderr;
      // The time of the processor: other processes may keep this one waiting.
      const isGood =
        (code === 0 || code === 1) && seconds <= 2 && MiB <= 400 && !/\n +at /.test(said) && !obeyed.test(said);
      if (!isGood) bad.push({ index, release, code, seconds, wall, MiB, stderr: stderr.slice(0, 500) });
    }
    console.log(JSON.stringify({ seed, worst, codes }));
    expect(bad).toEqual([]);
  });
});
