import path from "node:path";
import { expect, test } from "vitest";
import { runScript } from "../testing/processes.ts";
import { makeWorkspace, snapshot } from "../testing/workspace.ts";

const valid = `replicas: 2
image:
  tag: 1.0.0
strategy:
  type: canary
  steps:
    - traffic:
        weights:
          canary: 20
`;

test("accepts what gen wrote", async () => {
  const { code, stdout } = await runScript(makeWorkspace(), "check");
  expect(stdout).toBe("4 files valid\n");
  expect(code).toBe(0);
});

test("names file, line, column and path of every problem in an edited file", async () => {
  const edited = valid
    .replace("tag:", "tagg:")
    .replace("canary: 20", "canary: twenty")
    .replace("replicas: 2", "replicas: 0");
  const root = makeWorkspace({ "generated/one/web.yaml": edited });
  const { code, stderr } = await runScript(root, "check");
  expect(stderr).toContain("generated/one/web.yaml:2:1\n  /image/tag  is missing\n");
  expect(stderr).toContain("generated/one/web.yaml:1:11\n  /replicas  must be >= 1, got 0\n");
  expect(stderr).toContain('generated/one/web.yaml:3:3\n  /image/tagg  unknown key, did you mean "tag"?\n');
  expect(stderr).toContain(
    'generated/one/web.yaml:9:19\n  /strategy/steps/0/traffic/weights/canary  must be number, got "twenty"\n',
  );
  expect(code).toBe(1);
});

test("checks any file against the release that is named, or that its first line names", async () => {
  const modeline = "# yaml-language-server: $schema=schemas/web.schema.json\n";
  const root = makeWorkspace({ "mine.yaml": `${valid}extra: 1\n`, "my-db.yaml": `${modeline}storage: {}\n` });
  expect((await runScript(root, "check", "mine.yaml", "--release", "web")).stderr).toContain(
    "mine.yaml:10:1\n  /extra",
  );
  expect((await runScript(root, "check", "my-db.yaml")).stderr).toMatch(
    /my-db\.yaml:2:1\n(?: .*\n)* {2}\/storage +unknown key/,
  );
  const { code, stderr } = await runScript(root, "check", "mine.yaml");
  expect(stderr).toContain('no known release "mine". Say which with --release: db, web');
  expect(code).toBe(1);
});

test("prints problems for machines with --json", async () => {
  const root = makeWorkspace({ "mine.yaml": valid.replace("replicas: 2", "replicas: 0") });
  const { code, stdout } = await runScript(root, "check", "mine.yaml", "--release", "web", "--json");
  expect(JSON.parse(stdout)).toEqual({
    problems: [
      { file: path.join(root, "mine.yaml"), line: 1, column: 11, path: "/replicas", message: "must be >= 1, got 0" },
    ],
  });
  expect(code).toBe(1);
});

test("says where a key belongs that stands at the wrong level", async () => {
  const root = makeWorkspace({ "mine.yaml": "size: 1Gi\n" });
  const { stderr } = await runScript(root, "check", "mine.yaml", "--release", "db");
  expect(stderr).toContain('/size  unknown key, there is "storage.size"');
});

for (const [title, text, says] of [
  ["an empty file, where values are required", "", "/replicas  is missing"],
  ["malformed YAML", "a: [", "mine.yaml:1:5"],
  ["a key that stands twice", "a: 1\na: 2\n", "mine.yaml:2:1"],
  ["a file of 50 MB", "#".repeat(50_000_000), "is 47.7 MiB, more than the 2 MiB"],
  ["a list", "- 1\n", "must be object, got [1]"],
] as const) {
  test(`refuses ${title}`, async () => {
    const root = makeWorkspace({ "mine.yaml": text });
    const { code, stderr } = await runScript(root, "check", "mine.yaml", "--release", "web");
    expect(stderr).toContain(says);
    expect(code).toBe(1);
  });
}

test("refuses files that are not there, all at once, and leaves the tree alone", async () => {
  const root = makeWorkspace();
  const before = snapshot(root);
  const { code, stderr } = await runScript(root, "check", "one.yaml", "two.yaml", "--release", "web");
  expect(stderr).toContain(
    "one.yaml\n  cannot be read: there is no such file\ntwo.yaml\n  cannot be read: there is no such file\n2 problems in 2 files",
  );
  expect(code).toBe(1);
  expect(snapshot(root)).toEqual(before);
});

/** A release of values that a file of a test is checked against. */
function withTypes(members: string, values: string): string {
  return makeWorkspace({
    "values-src/charts/db.ts": `// chart: db 1.2.3\nexport interface Values { ${members} }\n/** @if {"required": ["record"]}\n * @else {"required": ["alert"]} */\nexport interface Rule { record?: string; alert?: string; for?: Duration }\n/**\n * @pattern ^[0-9]+[sm]$\n * @examples ["30s", "5m"]\n */\nexport type Duration = string;\n`,
    "values-src/releases/db.ts": "export const values = () => ({});\n",
    "mine.yaml": values,
  });
}

test("says which two keys there are where one of them is required, and what a value must be like", async () => {
  const root = withTypes("rules?: Rule[]", "rules:\n  - for: 30x\n  - alert: Down\n    for: 30s\n");
  const { code, stderr } = await runScript(root, "check", "mine.yaml", "--release", "db");
  expect(stderr).toContain('/rules/0  must have "record" or "alert"\n');
  expect(stderr).toContain('/rules/0/for  must be like "30s" or "5m", got "30x"\n');
  expect(stderr).toContain("2 problems in 1 file");
  expect(code).toBe(1);
});

test("takes an empty value of another kind for none where null is taken, as templates do", async () => {
  const types = "rules?: Rule[] | null; volumes?: { name?: string } | null; labels: { app?: string }; size?: string";
  const good = withTypes(types, 'rules: {}\nvolumes: ""\nlabels: {}\n');
  expect((await runScript(good, "check", "mine.yaml", "--release", "db")).stdout).toBe("1 file valid\n");
  const bad = withTypes(types, 'rules: 1\nvolumes: [a]\nlabels: ""\nsize: {}\n');
  expect((await runScript(bad, "check", "mine.yaml", "--release", "db")).stderr).toContain("4 problems in 1 file");
});

test("refuses the near miss of a key that a map declares, though the map takes any other", async () => {
  const types =
    "// chart: db 1.2.3\nexport interface Values { storage?: { enabled?: boolean; volumes?: string[]; [key: string]: unknown } }\n";
  const root = makeWorkspace({
    "values-src/charts/db.ts": types,
    "values-src/releases/db.ts": "export const values = () => ({});\n",
    "mine.yaml": "storage:\n  enabeld: true\n  volume: a\n  anything: 1\n",
  });
  const { code, stderr } = await runScript(root, "check", "mine.yaml", "--release", "db");
  expect(stderr).toContain('mine.yaml:2:3\n  /storage/enabeld  any key may stand here, but this is nearly "enabled"');
  expect(stderr).toContain("1 problem in 1 file");
  expect(code).toBe(1);
});
