import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { type Outcome, runScript } from "../testing/processes.ts";
import { edit, makeWorkspace, snapshot } from "../testing/workspace.ts";

const tagsFile = "values-src/environments/image-tags.json";
const web = "values-src/releases/web.ts";

/** A workspace where two, of Argo CD, is behind one, of Helmfile; its file is laid out as nobody would. */
async function makeTree(edits: Record<string, string> = {}): Promise<string> {
  const root = makeWorkspace({ [tagsFile]: tagsText("1.9.0"), ...edits });
  await runScript(root, "gen");
  return root;
}

const tagsText = (two: string) => `{\r\n    "two":   "${two}" ,\r\n\t"one": "1.10.0"}`;

/** Files that differ from what they were. */
function changed(root: string, before: Record<string, string>): string[] {
  const after = snapshot(root);
  return Object.keys({ ...before, ...after }).filter((name) => before[name] !== after[name]);
}

const promote = (root: string, ...args: string[]): Promise<Outcome> => runScript(root, "promote", ...args);

describe("promote", () => {
  test("changes the tag and what follows from it, shows both and says what is next", async () => {
    const root = await makeTree();
    const before = snapshot(root);
    const { code, stdout } = await promote(root, "one", "two");
    expect(code).toBe(0);
    expect(changed(root, before)).toEqual(["generated/two/web.yaml", tagsFile]);
    expect(readFileSync(path.join(root, tagsFile), "utf8")).toBe(tagsText("1.10.0"));
    expect(stdout).toMatch(/^two: 1\.9\.0 -> 1\.10\.0, as one has it\n/);
    expect(stdout).toContain('-    "two":   "1.9.0" ,\r\n+    "two":   "1.10.0" ,\r\n');
    expect(stdout).toContain("-  tag: 1.9.0\n+  tag: 1.10.0\n");
    expect(stdout).toContain(`git commit -m "Promote 1.10.0 to two" ${tagsFile} generated/two/web.yaml\n`);
    expect(stdout).toContain("git push  # Argo CD follows main and rolls it out by two's strategy, canary\n");
    expect(stdout).not.toContain("helmfile");
    expect((await runScript(root, "gen", "--check")).code).toBe(0);
  });

  test("brings a tag that no environment has into one, and leaves its release to Helmfile", async () => {
    const root = await makeTree();
    const { stdout } = await promote(root, "--tag", "1.11.0", "one");
    expect(readFileSync(path.join(root, tagsFile), "utf8")).toContain('"one": "1.11.0"}');
    expect(stdout).toContain("helmfile -e one apply  # rolls it out by one's strategy, rolling\n");
  });

  test("goes back, or to what cannot be compared, only with --force", async () => {
    const root = await makeTree();
    expect((await promote(root, "two", "one", "--force")).code).toBe(0);
    expect((await promote(root, "--tag", "9b4b839", "one", "--force")).code).toBe(0);
    expect(readFileSync(path.join(root, "generated/one/web.yaml"), "utf8")).toContain("tag: 9b4b839");
  });

  test("--check shows the difference, exits with 2 and writes nothing", async () => {
    const root = await makeTree();
    const before = snapshot(root);
    const { code, stdout } = await promote(root, "one", "two", "--check");
    expect(code).toBe(2);
    expect(stdout).toContain("+  tag: 1.10.0\n");
    expect(stdout).toContain("2 files would change, nothing was written\n");
    expect(snapshot(root)).toEqual(before);
  });

  test("has nothing to do where the tag is the same, version or not", async () => {
    const root = await makeTree({ [tagsFile]: `{ "one": "9b4b839", "two": "9b4b839" }` });
    const before = snapshot(root);
    const { code, stdout } = await promote(root, "one", "two");
    expect(stdout).toBe("two has 9b4b839 already: nothing to do\n");
    expect(code).toBe(0);
    expect(snapshot(root)).toEqual(before);
  });
});

/** Title -> the names and options, what the message must say, and what was changed since the last gen. */
const refusals: Record<string, { args: string[]; says: RegExp; stale?: Record<string, string> }> = {
  "an older version": { args: ["two", "one"], says: /1\.9\.0 is older than 1\.10\.0, which one has.*--force/ },
  "a tag that is no version": {
    args: ["--tag", "9b4b839", "one"],
    says: /1\.10\.0 -> 9b4b839: not both are versions like 1\.2\.3.*--force/,
  },
  "no tag at all": { args: ["--tag", "a b", "one"], says: /--tag\n {2}must be an image tag like "1\.2\.3", got "a b"/ },
  "unknown environments": {
    args: ["onee", "twoo"],
    says: /FROM\n {2}.*"onee", did you mean "one"\?.*\nTO\n {2}.*"twoo", did you mean "two"\?.*\n2 problems/,
  },
  "one environment twice": { args: ["one", "one"], says: /FROM and TO are both "one"/ },
  "a missing name": { args: ["one"], says: /takes FROM and TO, got one: see npm run promote -- --help/ },
  "a tag and FROM": { args: ["one", "two", "--tag", "1.11.0"], says: /takes TO, got one two/ },
  "values that gen has not written yet": {
    args: ["one", "two"],
    says: /generated\/one\/web\.yaml\n {2}is not what values-src\/ says: run `npm run gen`/,
    stale: { [tagsFile]: tagsText("1.9.0").replace("1.10.0", "1.11.0") },
  },
  "TO's own values edited by hand": {
    args: ["one", "two"],
    says: /generated\/two\/db\.yaml\n {2}is not what values-src\/ says/,
    stale: { "generated/two/db.yaml": "# Generated by `npm run gen`\n" },
  },
  "an older version into a tree behind, both at once": {
    args: ["two", "one"],
    says: /is older than.*generated\/two\/db\.yaml\n.*2 problems/s,
    stale: { "generated/two/db.yaml": "# Generated by `npm run gen`\n" },
  },
  "an older version into invalid values, both at once": {
    args: ["two", "one"],
    says: /is older than.*web\.ts \(one\)\n.*\/replicas +must be integer/s,
    stale: { [web]: "export const values = (env) => ({ replicas: null, image: { tag: env.imageTag } });" },
  },
  "a broken file of tags": { args: ["one", "two"], says: /image-tags\.json:1:/, stale: { [tagsFile]: `{ "one": ` } },
};

describe("promote writes nothing on", () => {
  for (const [title, { args, says, stale = {} }] of Object.entries(refusals)) {
    test.concurrent(title, async ({ expect }) => {
      const root = await makeTree();
      edit(root, stale);
      const before = snapshot(root);
      const { code, stderr } = await promote(root, ...args);
      expect(stderr).toMatch(says);
      expect(code).toBe(1);
      expect(snapshot(root)).toEqual(before);
    });
  }

  test("values that only the new tag makes invalid", async () => {
    const values = readFileSync(path.join(makeWorkspace(), web), "utf8");
    const picky = `replicas: env.name === "two" && env.imageTag === "1.10.0" ? 0 : 2`;
    const root = await makeTree({ [web]: values.replace("replicas: 2", picky) });
    const before = snapshot(root);
    const { code, stderr } = await promote(root, "one", "two");
    expect(stderr).toMatch(/web\.ts \(two\)\n {2}\/replicas +must be >= 1, got 0/);
    expect(code).toBe(1);
    expect(snapshot(root)).toEqual(before);
  });
});
