import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { environment, outputOfSync, runScript } from "../testing/processes.ts";
import { edit, makeWorkspace, snapshot, temporaryDirectory } from "../testing/workspace.ts";

const tagsFile = "values-src/apps/web.tags.json";
const tagsText = (two: string, one = "1.0.0") => `{\n  "one": "${one}",\n  "two": "${two}"\n}\n`;

/** A workspace in git, where two had these tags, one commit each; another environment's commit lies between them. */
async function makeHistory(...tags: string[]): Promise<string> {
  const root = makeWorkspace();
  git(root, "init", "--quiet", "--initial-branch=main");
  for (const [index, tag] of tags.entries()) {
    commit(root, { [tagsFile]: tagsText(tag, `0.${index}.0`) });
    commit(root, { [tagsFile]: tagsText(tag) });
  }
  await runScript(root, "gen");
  commit(root, {});
  return root;
}

// A hook's GIT_DIR would lead the tests to the repository that they run in.
for (const name of Object.keys(process.env)) if (name.startsWith("GIT_")) delete process.env[name];
Object.assign(process.env, { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" });

let seconds = 1_700_000_000;

/** Runs git; every commit is a second after the one before, for a log that goes by time. */
function git(root: string, ...args: string[]): void {
  const settings = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
  const env = { ...environment(), GIT_COMMITTER_DATE: `${seconds++} +0000` };
  outputOfSync("git", [...settings, ...args], { cwd: root, env });
}

function commit(root: string, edits: Record<string, string>): void {
  edit(root, edits);
  git(root, "add", "--all");
  git(root, "commit", "--quiet", "--allow-empty", "--message=a change");
}

const rollback = (root: string, ...args: string[]) => runScript(root, "rollback", ...args);
const tagOfTwo = (root: string): unknown => JSON.parse(readFileSync(path.join(root, tagsFile), "utf8")).two;

/** Files of a workspace without git's own, which even reading touches. */
function files(root: string): Record<string, string> {
  return Object.fromEntries(Object.entries(snapshot(root)).filter(([name]) => !name.startsWith(".git/")));
}

describe("rollback", () => {
  test("goes back to the tag before the current one, in the tree alone", async () => {
    const root = await makeHistory("1.0.0", "1.1.0", "1.2.0");
    const head = readFileSync(path.join(root, ".git/refs/heads/main"), "utf8");
    const { code, stdout } = await rollback(root, "two");
    expect(code).toBe(0);
    expect(readFileSync(path.join(root, tagsFile), "utf8")).toBe(tagsText("1.1.0"));
    expect(readFileSync(path.join(root, "generated/two/web.yaml"), "utf8")).toContain("tag: 1.1.0");
    expect(readFileSync(path.join(root, ".git/refs/heads/main"), "utf8")).toBe(head);
    expect(stdout).toMatch(/^web in two: 1\.2\.0 \(since [\d-]{10}, \w{7,}\) -> 1\.1\.0 \(since [\d-]{10}, \w{7,}\)\n/);
    expect(stdout).toContain("-  tag: 1.2.0\n+  tag: 1.1.0\n");
    expect(stdout).toContain(`git commit -m "Roll web back to 1.1.0 in two" ${tagsFile} generated/two/web.yaml\n`);
    expect(stdout).toMatch(/kubectl argo rollouts abort web -n web .*\n +kubectl argo rollouts undo web -n web/);
  });

  test("goes back from and to tags that are no versions", async () => {
    const root = await makeHistory("9b4b839", "04fe9de");
    expect((await rollback(root, "two")).code).toBe(0);
    expect(tagOfTwo(root)).toBe("9b4b839");
  });

  test("--to goes back to any tag that it had, and --check only shows it", async () => {
    const root = await makeHistory("1.0.0", "1.1.0", "1.2.0");
    const before = files(root);
    expect((await rollback(root, "two", "--to", "1.0.0", "--check")).code).toBe(2);
    expect(files(root)).toEqual(before);
    expect((await rollback(root, "two", "--to", "1.0.0")).code).toBe(0);
    expect(tagOfTwo(root)).toBe("1.0.0");
  });

  test("skips versions of the file that were broken, gone or without the environment", async () => {
    const root = await makeHistory("1.0.0");
    for (const text of ["{", `{ "one": "1.0.0" }`, "[]"]) commit(root, { [tagsFile]: text });
    git(root, "rm", "--quiet", tagsFile);
    git(root, "commit", "--quiet", "--message=a change");
    commit(root, { [tagsFile]: tagsText("1.1.0") });
    await runScript(root, "gen");
    expect((await rollback(root, "two")).stderr).toBe("");
    expect(tagOfTwo(root)).toBe("1.0.0");
  });

  test("counts what a merge brought from the merge on", async () => {
    const root = await makeHistory("1.0.0", "1.1.0");
    git(root, "switch", "--quiet", "--create", "branch");
    commit(root, { [tagsFile]: tagsText("1.2.0-rc.1") });
    commit(root, { [tagsFile]: tagsText("1.2.0") });
    git(root, "switch", "--quiet", "main");
    git(root, "merge", "--quiet", "--no-ff", "--no-edit", "branch");
    await runScript(root, "gen");
    expect((await rollback(root, "two")).stderr).toBe("");
    expect(tagOfTwo(root)).toBe("1.1.0");
  });
});

describe("rollback follows the file of tags", () => {
  const former = "values-src/environments/image-tags.json";

  test.for([former, "values-src/apps/site.tags.json"])("to where it was before, %s", async (old) => {
    const root = makeWorkspace();
    git(root, "init", "--quiet", "--initial-branch=main");
    edit(root, { [tagsFile]: null });
    commit(root, { [old]: tagsText("1.0.0") });
    commit(root, { [old]: tagsText("1.1.0") });
    git(root, "switch", "--quiet", "--create", "branch");
    edit(root, { [old]: null });
    commit(root, { [tagsFile]: tagsText("1.1.0") });
    git(root, "switch", "--quiet", "main");
    git(root, "merge", "--quiet", "--no-ff", "--no-edit", "branch");
    await runScript(root, "gen");
    commit(root, {});
    const { code, stdout, stderr } = await rollback(root, "two");
    expect(stderr).toBe("");
    expect(stdout).toContain("web in two: 1.1.0 (since");
    expect(code).toBe(0);
    expect(tagOfTwo(root)).toBe("1.0.0");
    git(root, "checkout", "--quiet", ".");
    commit(root, { [tagsFile]: tagsText("1.2.0") });
    await runScript(root, "gen");
    expect((await rollback(root, "two", "--to", "1.0.0")).code).toBe(0);
  });

  test("and does not take another app's for it, whose tags a new app began with", async () => {
    const root = await makeHistory("1.0.0", "1.1.0");
    commit(root, {
      "values-src/apps/shop.ts": `export default { image: "example/shop" };\n`,
      "values-src/apps/shop.tags.json": tagsText("1.1.0"),
    });
    const { code, stderr } = await rollback(root, "two", "--app", "shop");
    expect(stderr).toContain("shop in two never had another tag than 1.1.0");
    expect(code).toBe(1);
    expect((await rollback(root, "two")).stderr).toContain("--app\n  is missing: one of shop, web");
  });
});

test("rollback goes back from a digest to the one before, and not forward again", async () => {
  const of = (letter: string) => `1.0.0@sha256:${letter.repeat(64)}`;
  const root = await makeHistory(of("a"), of("b"));
  expect((await rollback(root, "two")).code).toBe(0);
  expect(tagOfTwo(root)).toBe(of("a"));
  await runScript(root, "gen");
  commit(root, {});
  expect((await rollback(root, "two")).stderr).toContain("by going back");
});

/** Title -> two's tags, the names and options, what the message must say, and what is done to the workspace before. */
const refusals: Record<string, { tags?: string[]; args?: string[]; says: RegExp; spoil?: (root: string) => void }> = {
  "an unknown environment": { args: ["twoo"], says: /no environment "twoo", did you mean "two"\?/ },
  "no environment": { args: [], says: /takes ENV, got nothing: see npm run rollback -- --help/ },
  "a tag that it never had": {
    args: ["two", "--to", "1.0.1"],
    says: /never had the tag "1\.0\.1", did you mean "1\.0\.0"\?.*promote -- --tag TAG two --app web.*\n {4}1\.1\.0 \(since/s,
  },
  "only one tag ever": {
    tags: ["1.0.0"],
    says: /web in two never had another tag than 1\.0\.0 \(since .*\)\n1 problem/,
  },
  "a second time, which would be forward again": {
    tags: ["1.0.0", "1.1.0", "1.0.0"],
    says: /came to 1\.0\.0 by going back, from 1\.1\.0: say which one with --to/,
  },
  "a second time, by commits": { tags: ["9b4b839", "04fe9de", "9b4b839"], says: /came to 9b4b839 by going back/ },
  "a change that is not committed": {
    says: /web\.tags\.json\n {2}has changes that are not committed.*`git restore`/,
    spoil: (root) => edit(root, { [tagsFile]: tagsText("1.3.0") }),
  },
  "a file that is not committed": {
    says: /web\.tags\.json\n {2}is not committed yet/,
    spoil: (root) => {
      edit(root, { ".git": null });
      git(root, "init", "--quiet");
    },
  },
  "no repository": {
    says: /not in a git repository.*`npm run promote -- --tag TAG two --app web --force`/,
    spoil: (root) => edit(root, { ".git": null }),
  },
  "values that gen has not written yet": {
    says: /generated\/one\/db\.yaml\n {2}is not what values-src\/ says/,
    spoil: (root) => edit(root, { "generated/one/db.yaml": "# Generated by `npm run gen`\n" }),
  },
};

describe("rollback writes nothing on", () => {
  for (const [title, { tags = ["1.0.0", "1.1.0"], args = ["two"], says, spoil }] of Object.entries(refusals)) {
    test.concurrent(title, async ({ expect }) => {
      const root = await makeHistory(...tags);
      spoil?.(root);
      const before = files(root);
      const { code, stderr } = await rollback(root, ...args);
      expect(stderr).toMatch(says);
      expect(code).toBe(1);
      expect(files(root)).toEqual(before);
    });
  }

  test("a clone without the history", async () => {
    const origin = await makeHistory("1.0.0", "1.1.0");
    const root = path.join(temporaryDirectory(), "clone");
    git(origin, "clone", "--quiet", "--depth=1", `file://${origin}`, root);
    const { code, stderr } = await rollback(root, "two");
    expect(stderr).toMatch(/never had another tag than 1\.1\.0.*`git fetch --unshallow`/s);
    expect(code).toBe(1);
    git(root, "fetch", "--quiet", "--unshallow");
    expect((await rollback(root, "two")).code).toBe(0);
  });

  test("a machine without git", async () => {
    const root = await makeHistory("1.0.0", "1.1.0");
    const before = files(root);
    const { PATH } = process.env;
    process.env.PATH = temporaryDirectory();
    const { code, stderr } = await rollback(root, "two").finally(() => {
      process.env.PATH = PATH;
    });
    expect(stderr).toContain("git is not installed, or not on PATH");
    expect(code).toBe(1);
    expect(files(root)).toEqual(before);
  });
});
