import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { type Outcome, runScript } from "../testing/processes.ts";
import { edit, makeWorkspace, snapshot } from "../testing/workspace.ts";

const tagsFile = "values-src/apps/web.tags.json";
const web = "values-src/releases/http-service.ts";

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
    expect(stdout).toMatch(/^web in two: 1\.9\.0 -> 1\.10\.0, as one has it\n/);
    expect(stdout).toContain('-    "two":   "1.9.0" ,\r\n+    "two":   "1.10.0" ,\r\n');
    expect(stdout).toContain("-  tag: 1.9.0\n+  tag: 1.10.0\n");
    expect(stdout).toContain(`git commit -m "Promote web 1.10.0 to two" ${tagsFile} generated/two/web.yaml\n`);
    expect(stdout).toContain("git push  # Argo CD follows main and rolls web out, canary\n");
    expect(stdout).not.toContain("helmfile");
    expect((await runScript(root, "gen", "--check")).code).toBe(0);
  });

  test("brings a tag that no environment has into one, and leaves its release to Helmfile", async () => {
    const root = await makeTree();
    const { stdout } = await promote(root, "--tag", "1.11.0", "one");
    expect(readFileSync(path.join(root, tagsFile), "utf8")).toContain('"one": "1.11.0"}');
    expect(stdout).toContain("helmfile -e one apply  # rolls web out, rolling\n");
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
    expect(stdout).toBe("web in two has 9b4b839 already: nothing to do\n");
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
  "no tag at all": {
    args: ["--tag", "a b", "one"],
    says: /--tag\n {2}must be an image tag like "1\.2\.3" .*, got "a b"/,
  },
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
    says: /is older than.*http-service\.ts:1:45 \(web in one, two\)\n.*\/replicas +must be integer/s,
    stale: { [web]: "export const values = (app) => ({ replicas: null, image: { tag: app.image.tag } });" },
  },
  "a broken file of tags": { args: ["one", "two"], says: /web\.tags\.json:1:/, stale: { [tagsFile]: `{ "one": ` } },
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
    const picky = `replicas: app.env.name === "two" && app.image.tag === "1.10.0" ? 0 : 2`;
    const root = await makeTree({ [web]: values.replace("replicas: 2", picky) });
    const before = snapshot(root);
    const { code, stderr } = await promote(root, "one", "two");
    expect(stderr).toMatch(/http-service\.ts:5:13 \(web in two\)\n {2}\/replicas +must be >= 1, got 0/);
    expect(code).toBe(1);
    expect(snapshot(root)).toEqual(before);
  });
});

const digest = (of: string) => `sha256:${of.repeat(64)}`;

/** Adds an app; without a tag for an environment, it is not there. */
function withApp(name: string, one: string | undefined, two: string | undefined, facts = ""): Record<string, string> {
  const absent = Object.entries({ one, two }).flatMap(([env, tag]) => (tag === undefined ? [`${env}: false`] : []));
  const environments = absent.length > 0 ? `environments: { ${absent.join(", ")} },` : "";
  return {
    [`values-src/apps/${name}.ts`]: `export default { image: "example/${name}", ${environments} ${facts} };\n`,
    [`values-src/apps/${name}.tags.json`]: `${JSON.stringify({ one, two })}\n`,
  };
}

const tagsOf = (root: string, app: string) =>
  JSON.parse(readFileSync(path.join(root, `values-src/apps/${app}.tags.json`), "utf8"));

describe("of several apps, promote", () => {
  test("moves the one that is named, and no other", async () => {
    const root = await makeTree(withApp("shop", "2.0.0", "1.0.0"));
    const before = snapshot(root);
    const { code, stdout } = await promote(root, "one", "two", "--app", "shop");
    expect(stdout).toMatch(/^shop in two: 1\.0\.0 -> 2\.0\.0, as one has it\n/);
    expect(code).toBe(0);
    expect(changed(root, before)).toEqual(["generated/two/shop.yaml", "values-src/apps/shop.tags.json"]);
    expect((await promote(root, "--tag", "3.0.0", "one", "--app", "shop")).code).toBe(0);
    expect(tagsOf(root, "shop")).toEqual({ one: "3.0.0", two: "2.0.0" });
  });

  test("wants to know which", async () => {
    const root = await makeTree(withApp("shop", "2.0.0", "1.0.0"));
    expect((await promote(root, "one", "two")).stderr).toContain("--app\n  is missing: one of shop, web");
    expect((await promote(root, "one", "two", "--app", "shpo")).stderr).toContain('did you mean "shop"?');
    expect((await promote(root, "one", "two", "--app", "shop", "--all")).stderr).toContain("name --app or --all");
    expect((await promote(root, "--tag", "3.0.0", "two", "--all")).stderr).toContain("a tag is one app's");
  });

  test("--all moves all that differ, in one table with those that are not there", async () => {
    const root = await makeTree({
      ...withApp("cart", "0.1.0", "0.1.0"),
      ...withApp("news", "1.0.0", undefined),
      ...withApp("shop", "2.0.0", "1.0.0", 'environments: { two: { owner: "helmfile" } },'),
    });
    const before = snapshot(root);
    const { code, stdout } = await promote(root, "one", "two", "--all");
    expect(stdout).toMatch(
      /^one -> two\n {2}news {2}not in two\n {2}shop {2}1\.0\.0 {2}-> {2}2\.0\.0\n {2}web {3}1\.9\.0 {2}-> {2}1\.10\.0\n1 app with the same tag in both\n/,
    );
    const files = ["values-src/apps/shop.tags.json", tagsFile, "generated/two/shop.yaml", "generated/two/web.yaml"];
    expect(changed(root, before).sort()).toEqual([...files].sort());
    const commit = stdout.split("\n").find((line) => line.includes("git commit"));
    expect(commit).toContain('"Promote 2 apps from one to two"');
    for (const file of files) expect(commit).toContain(file);
    expect(stdout).toContain("git push  # Argo CD follows main and rolls web out, canary\n");
    expect(stdout).toContain("helmfile -e two apply  # rolls shop out, canary\n");
    expect(code).toBe(0);
    expect((await promote(root, "one", "two", "--all")).stdout).toContain(
      "3 apps with the same tag in both\nnothing to do",
    );
  });

  test("writes nothing where one is refused, and names each that is", async () => {
    const root = await makeTree({
      ...withApp("cart", "0.1.0", "0.2.0"),
      ...withApp("news", "9b4b839", "04fe9de"),
    });
    const before = snapshot(root);
    const { code, stderr } = await promote(root, "one", "two", "--all");
    expect(stderr).toMatch(/cart in two\n {2}0\.1\.0 is older than 0\.2\.0.*npm run rollback -- two --app cart/);
    expect(stderr).toMatch(/news in two\n {2}04fe9de -> 9b4b839: not both are versions/);
    expect(stderr).toContain("2 problems");
    expect(code).toBe(1);
    expect(snapshot(root)).toEqual(before);
  });

  test("refuses one that is not in FROM or TO", async () => {
    const root = await makeTree(withApp("news", "1.0.0", undefined));
    const { code, stderr } = await promote(root, "one", "two", "--app", "news");
    expect(stderr).toContain("values-src/apps/news.ts\n  says that news is not in two");
    expect(code).toBe(1);
  });
});

test("a tag is compared without its digest, and the same tag with another digest is a change", async () => {
  const root = await makeTree({
    [tagsFile]: JSON.stringify({ one: `1.10.0@${digest("a")}`, two: `1.9.0@${digest("b")}` }),
  });
  const { stdout } = await promote(root, "one", "two");
  expect(stdout).toContain(`web in two: 1.9.0@sha256:${"b".repeat(12)}… -> 1.10.0@sha256:${"a".repeat(12)}…`);
  expect(stdout).toContain('git commit -m "Promote web 1.10.0 to two"');
  for (const tag of [`1.10.0@${digest("c")}`, "1.10.0"]) {
    expect((await promote(root, "--tag", tag, "two")).code).toBe(0);
    expect(tagsOf(root, "web").two).toBe(tag);
  }
  expect((await promote(root, "--tag", `1.9.0@${digest("c")}`, "two")).stderr).toContain("is older than 1.10.0");
});
