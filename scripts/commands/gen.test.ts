import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { ask } from "../outside/run.ts";
import { environment, outputOfSync, runScript, startCommand } from "../testing/processes.ts";
import { edit, makeWorkspace, snapshot, temporaryDirectory } from "../testing/workspace.ts";

const web = "values-src/releases/http-service.ts";
const facts = "values-src/apps/web.ts";
const tags = "values-src/apps/web.tags.json";

/** The release of an upstream chart, with a change. */
const db = (change: string) =>
  `chart: example/db\nrepository: https://charts.example.com\nversion: 1.2.3\nnamespace: db\n${change}\n`;

/** A module for the app `web` whose values are the valid ones with a change. */
function webValues(change: string): string {
  return `export const values = (app) => ({
    replicas: 2,
    image: { tag: app.image.tag },
    strategy: { type: "canary", steps: [{ traffic: { weights: { canary: 20 } } }] },
    ${change}
  });`;
}

const steps = (weights: string) => `strategy: { type: "canary", steps: [{ traffic: { weights: { ${weights} } } }] }`;

/** Title -> what is wrong in the workspace, what the message must say, and options of gen. */
const badInput: Record<string, { edits?: Record<string, string | null>; says: RegExp; args?: string[] }> = {
  "an unknown key": {
    edits: { [web]: webValues("repliccas: 3") },
    says: /http-service\.ts:5:5 \(web in one, two\)\n {2}\/repliccas +unknown key, did you mean "replicas"\?/,
  },
  "an unknown key five levels deep": {
    edits: { [web]: webValues(steps("canary: 20, cannary: 30")) },
    says: /\/strategy\/steps\/0\/traffic\/weights\/cannary +unknown key, did you mean "canary"\?/,
  },
  "an unknown variant of a union": {
    edits: { [web]: webValues(`strategy: { type: "rollling" }`) },
    says: /\/strategy\/type +must be "rolling" or "canary", got "rollling", did you mean "rolling"\?/,
  },
  "a wrong type": { edits: { [web]: webValues(`replicas: "two"`) }, says: /\/replicas +must be integer, got "two"/ },
  "a missing required key": { edits: { [web]: webValues("image: {}") }, says: /\/image\/tag +is missing/ },
  "a number out of range": { edits: { [web]: webValues("replicas: 0") }, says: /\/replicas +must be >= 1, got 0/ },
  "a value that YAML cannot hold": {
    edits: { [web]: webValues("replicas: () => 2") },
    says: /\/replicas +must be plain data, got a function/,
  },
  "an unknown environment": { args: ["onee"], says: /no environment "onee", did you mean "one"\?/ },
  "an unknown release": { args: ["--release", "wab"], says: /no release "wab", did you mean "web"\?/ },
  "an unknown option": { args: ["--envv", "one"], says: /--envv\n {2}there is no such option/ },
  "facts that are no facts": {
    edits: {
      "values-src/environments/two.ts": `export default { domain: "two.example", size: "huge", strategy: "canary", git: {} };`,
    },
    says: /two\.ts:1:16\n {2}\/owner +is missing\n\S+two\.ts:1:47\n {2}\/size +must be "large" or "small", got "huge"\n\S+two\.ts:1:80\n {2}\/git\/revision +is missing/,
  },
  "an environment without an image tag": {
    edits: { [tags]: `{ "one": "1.0.0" }` },
    says: /web\.tags\.json:1:1\n {2}\/two +no image tag for environment "two"/,
  },
  "an image tag for an environment that does not exist": {
    edits: { [tags]: `{\n  "one": "1.0.0",\n  "two": "1.0.0",\n  "tow": "1.0.0"\n}` },
    says: /web\.tags\.json:4:3\n {2}\/tow +there is no environment "tow", did you mean "two"\?/,
  },
  "an image tag where the app is not": {
    edits: { [facts]: `export default { image: "example/web", environments: { two: false } };` },
    says: /web\.tags\.json:1:\d+\n {2}\/two +web is not in two \(values-src\/apps\/web\.ts\): remove the line/,
  },
  "an image tag that is none": {
    edits: { [tags]: `{ "one": "1.0.0", "two": "1.0.0@sha256:12" }` },
    says: /\/two +must be an image tag like "1\.2\.3" or "1\.2\.3@sha256:…", got "1\.0\.0@sha256:12"/,
  },
  "an app without image tags": {
    edits: { [tags]: null },
    says: /web\.tags\.json\n {2}is missing: add it, like \{"one"/,
  },
  "image tags without an app": {
    edits: { "values-src/apps/old.tags.json": "{}" },
    says: /old\.tags\.json\n {2}there is no values-src\/apps\/old\.ts: add it, or remove this file/,
  },
  "an app that departs into an unknown environment": {
    edits: { [facts]: `export default { image: "example/web", environments: { onee: false } };` },
    says: /apps\/web\.ts:1:56\n {2}\/environments\/onee +there is no environment "onee", did you mean "one"\?/,
  },
  "facts of an app that are no facts": {
    edits: { [facts]: `export default { imagee: "example/web" };` },
    says: /apps\/web\.ts:1:16\n {2}\/image +is missing\n\S+web\.ts:1:18\n {2}\/imagee +unknown key, did you mean "image"\?/,
  },
  ...Object.fromEntries(
    ["Shop", "1st", "shop-", "my.shop", "a".repeat(51)].map((name) => [
      `an app called ${name}`,
      {
        edits: { [`values-src/apps/${name}.ts`]: `export default { image: "example/shop" };` },
        says: new RegExp(`"${name}" cannot be the name of an app: at most 50 lower-case letters`),
      },
    ]),
  ),
  "an environment whose name is no DNS label": {
    edits: { "values-src/environments/Three.ts": `export default {};` },
    says: /"Three" cannot be the name of an environment: at most 40 lower-case letters/,
  },
  "a release whose name is no DNS label": {
    edits: { "releases/my_db.yaml": db("") },
    says: /releases\/my_db\.yaml\n {2}"my_db" cannot be the name of a release/,
  },
  "an app that is called as a release": {
    edits: {
      "values-src/apps/db.ts": `export default { image: "example/db" };`,
      "values-src/apps/db.tags.json": `{ "one": "1", "two": "1" }`,
    },
    says: /apps\/db\.ts\n {2}the release releases\/db\.yaml has the same name, "db": rename one of the two/,
  },
  "an app that brings a chart and no values": {
    edits: {
      [facts]: `export default { image: "example/web", chart: { from: "here", name: "web", path: "./charts/web" } };`,
    },
    says: /apps\/web\.ts:1:40\n {2}names a chart of its own: export function values\(app: App\): Values beside the facts/,
  },
  "an app that brings a chart without types": {
    edits: {
      [facts]: `export default { image: "example/web", chart: { from: "here", name: "shop", path: "./charts/shop" } };\nexport const values = () => ({});`,
    },
    says: /apps\/web\.ts\n {2}values-src\/charts\/shop\.ts is missing: write the types of the chart's values there/,
  },
  "a module that throws": {
    edits: { [web]: `export function values() {\n  throw new RangeError("no such plan");\n}` },
    says: /http-service\.ts:2:9 \(web in one, two\)\n {2}threw RangeError: no such plan/,
  },
  "a module that does not load": {
    edits: { [web]: "export const values = (;" },
    says: /http-service\.ts.*\n.*failed to load/,
  },
  "a type that does not resolve": {
    edits: { "values-src/charts/web.ts": `export interface Values {\n  image: Missing;\n}` },
    says: /charts\/web\.ts:2:10\n {2}Cannot find name 'Missing'/,
  },
  "two releases with one name": {
    edits: { "releases/db.yml": db("") },
    says: /releases\/db\.yml\n {2}a second release "db"/,
  },
  "a release without values": {
    edits: { "values-src/releases/db.ts": null },
    says: /release "db" has no values: add values-src/,
  },
  "values without a release": {
    edits: { "values-src/releases/dbs.ts": "export const values = () => ({});" },
    says: /there is no releases\/dbs\.yaml, did you mean "db"\?/,
  },
  "a need that does not exist": {
    edits: {
      "releases/cache.yaml": db("needs: [dbb]"),
      "values-src/releases/cache.ts": "export const values = () => ({});",
    },
    says: /cache\.yaml:5:9\n {2}\/needs +there is no release "dbb", did you mean "db"\?/,
  },
  "a need that is off in an environment": {
    edits: {
      "releases/cache.yaml": db("needs: [db]"),
      "values-src/releases/cache.ts": "export const values = () => ({});",
      "values-src/releases/db.ts": `export const enabled = (env) => env.name === "one";\nexport const values = () => ({});`,
    },
    says: /cache\.yaml:5:9 \(two\)\n {2}\/needs +"cache" needs "db", which Helmfile does not release in that environment.* write "db\?"/,
  },
  "needs that go in a circle": {
    edits: {
      "releases/cache.yaml": db("needs: [db]"),
      "values-src/releases/cache.ts": "export const values = () => ({});",
      "releases/db.yaml": db("needs:\n  - cache?"),
    },
    says: /cache\.yaml:5:8\n {2}\/needs +needs go in a circle: cache -> db -> cache/,
  },
  "a chart version that the types are not of": {
    edits: { "releases/db.yaml": db("").replace("1.2.3", "1.3.0") },
    says: /db\.yaml:3:10\n {2}\/version +is 1\.3\.0, but values-src\/charts\/db\.ts was imported from 1\.2\.3: run `npm run charts`/,
  },
  "an unknown key in a release": {
    edits: { "releases/db.yaml": db("namespase: db") },
    says: /releases\/db\.yaml:5:1\n {2}\/namespase +unknown key, did you mean "namespace"\?/,
  },
  "an empty YAML file": { edits: { "releases/db.yaml": "" }, says: /releases\/db\.yaml\n {2}is empty/ },
  "malformed YAML": { edits: { "releases/db.yaml": "chart: [\n" }, says: /releases\/db\.yaml:2:1\n/ },
};

describe("gen stops with one message and touches nothing on", () => {
  for (const [title, { edits = {}, says, args = [] }] of Object.entries(badInput)) {
    test.concurrent(title, async ({ expect }) => {
      const root = makeWorkspace(edits);
      const before = snapshot(root);
      const { code, stderr } = await runScript(root, "gen", ...args);
      expect(stderr).toMatch(says);
      expect(code).toBe(1);
      expect(snapshot(root)).toEqual(before);
    });
  }

  test("an interrupt", async () => {
    const root = makeWorkspace({
      [web]: `console.log("loading");\nawait new Promise((done) => setTimeout(done, 60_000));`,
    });
    const before = snapshot(root);
    const running = startCommand(root, environment(), "gen");
    running.onOutput((all) => all.includes("loading") && running.kill("SIGINT"));
    const { code, stderr } = await running.ended;
    expect(stderr).toContain("interrupted: nothing was changed");
    expect(code).toBe(1);
    expect(snapshot(root)).toEqual(before);
  });

  test("an output directory that is a file", async () => {
    const root = makeWorkspace({ "out/one": "in the way" });
    const before = snapshot(root);
    const { code, stderr } = await runScript(root, "gen", "--out", "out");
    expect(stderr).toMatch(/out\/one.*\n.*cannot be written: .*not a directory. Nothing was changed/);
    expect(code).toBe(1);
    expect(snapshot(root)).toEqual(before);
  });

  for (const [title, options, reason] of [
    ["a read-only output directory", "ro", "the file system is read-only"],
    ["a full output directory", "size=4k", "no space left on the disk"],
  ] as const) {
    test(title, async (context) => {
      const out = temporaryDirectory();
      const mounted = ask("mount", ["-t", "tmpfs", "-o", options, "none", out]);
      if (mounted.code !== 0) return context.skip("mounting a small file system takes root");
      try {
        const { code, stderr } = await runScript(makeWorkspace(), "gen", "--out", out);
        expect(stderr).toContain(`cannot be written: ${reason}. Nothing was changed.`);
        expect(code).toBe(1);
        expect(snapshot(out)).toEqual({});
      } finally {
        outputOfSync("umount", [out]);
      }
    });
  }
});

describe("gen", () => {
  test("reports every problem of every environment at once", async () => {
    const root = makeWorkspace({ [web]: webValues(`replicas: 0, label: 1, port: false`) });
    const { stderr } = await runScript(root, "gen");
    expect(stderr).toContain("3 problems in 1 file");
  });

  test("writes only what changed", async () => {
    const root = makeWorkspace();
    const file = path.join(root, "generated/one/db.yaml");
    const { mtimeMs } = statSync(file);
    edit(root, { [web]: webValues("replicas: 5") });
    const { stdout, code } = await runScript(root, "gen");
    expect(stdout).toBe("wrote generated/one/web.yaml\nwrote generated/two/web.yaml\n");
    expect(code).toBe(0);
    expect(readFileSync(path.join(root, "generated/two/web.yaml"), "utf8")).toContain("replicas: 5");
    expect(statSync(file).mtimeMs).toBe(mtimeMs);
  });

  test("writes one environment's or one release's files when asked", async () => {
    const root = makeWorkspace({ [web]: webValues("replicas: 5") });
    const { stdout } = await runScript(root, "gen", "two", "--release", "web");
    expect(stdout).toBe("wrote generated/two/web.yaml\n");
  });

  test("follows a changed type into the schema and the chart", async () => {
    const root = makeWorkspace();
    const types = readFileSync(path.join(root, "values-src/charts/web.ts"), "utf8");
    edit(root, { "values-src/charts/web.ts": types.replace("@minimum 1", "@minimum 3") });
    expect((await runScript(root, "gen")).stderr).toContain("/replicas  must be >= 3, got 2");
    edit(root, { [web]: webValues("replicas: 3") });
    const { stdout } = await runScript(root, "gen");
    expect(stdout).toContain("wrote schemas/web.schema.json\nwrote charts/web/values.schema.json\n");
  });

  test("puts back a schema that was edited by hand", async () => {
    const root = makeWorkspace();
    const file = path.join(root, "schemas/web.schema.json");
    const schema = readFileSync(file, "utf8");
    edit(root, { "schemas/web.schema.json": schema.replace('"minimum": 1', '"minimum": 0') });
    await runScript(root, "gen");
    expect(readFileSync(file, "utf8")).toBe(schema);
  });

  test("removes the files of a release that an environment no longer has, and no others", async () => {
    const off = "export const enabled = () => false;\nexport const values = () => ({});";
    const root = makeWorkspace({
      "values-src/releases/db.ts": off,
      "generated/one/mine.yaml": "a: 1\n",
      "generated/README.md": "mine",
    });
    const { stdout } = await runScript(root, "gen");
    expect(stdout).toContain("removed generated/one/db.yaml\nremoved generated/two/db.yaml\n");
    expect(existsSync(path.join(root, "generated/one/db.yaml"))).toBe(false);
    expect(existsSync(path.join(root, "generated/one/mine.yaml"))).toBe(true);
    expect(existsSync(path.join(root, "generated/README.md"))).toBe(true);
  });

  test("leaves no folder of an environment that is gone", async () => {
    const root = makeWorkspace({ "values-src/environments/two.ts": null, [tags]: `{ "one": "1.0.0" }` });
    const { stdout } = await runScript(root, "gen");
    expect(stdout).toContain("removed generated/two/environment.yaml\n");
    expect(existsSync(path.join(root, "generated/two"))).toBe(false);
  });

  test("tells Helmfile to leave an app alone that Argo CD owns, and still writes its values", async () => {
    const root = makeWorkspace();
    const conditions = (env: string) => readFileSync(path.join(root, `generated/${env}/environment.yaml`), "utf8");
    const where = "  namespace: web\n  chart: ./charts/web\n";
    expect(conditions("one")).toContain(`db:\n  enabled: true\nweb:\n  enabled: true\n${where}`);
    expect(conditions("two")).toContain(`db:\n  enabled: true\nweb:\n  enabled: false\n${where}`);
    expect(existsSync(path.join(root, "generated/two/web.yaml"))).toBe(true);
  });

  test("writes values that are the same everywhere once", async () => {
    const module = 'export const everywhere = ({ web }) => ({ storage: { size: web ? "1Gi" : "0Gi" } });';
    const root = makeWorkspace({ "values-src/releases/db.ts": module });
    const { stdout } = await runScript(root, "gen");
    expect(stdout).toContain("wrote generated/db.yaml\n");
    expect(stdout).toContain("removed generated/one/db.yaml\nremoved generated/two/db.yaml\n");
    const text = readFileSync(path.join(root, "generated/db.yaml"), "utf8");
    expect(text).toContain("$schema=../schemas/db.schema.json\nstorage:\n  size: 1Gi\n");
    expect((await runScript(root, "gen", "two", "--check")).code).toBe(0);
    edit(root, { "generated/db.yaml": text.replace("1Gi", "2Gi") });
    expect((await runScript(root, "gen", "two", "--check")).code).toBe(2);
  });

  test("quotes what Helm would take for something else: it reads YAML 1.1", async () => {
    const root = makeWorkspace({ [web]: webValues(`labels: { a: "yes", b: "off", c: "1:30", d: "1e3", e: "null" }`) });
    await runScript(root, "gen");
    const text = readFileSync(path.join(root, "generated/one/web.yaml"), "utf8");
    expect(text).toContain(`labels:\n  a: "yes"\n  b: "off"\n  c: "1:30"\n  d: "1e3"\n  e: "null"\n`);
  });

  test("adds an app by its two files, and takes it away when they are gone", async () => {
    const root = makeWorkspace();
    const before = snapshot(root);
    const shop = {
      "values-src/apps/shop.ts": `export default { image: "example/shop", environments: { two: false } };`,
      "values-src/apps/shop.tags.json": `{ "one": "2.0.0" }`,
    };
    edit(root, shop);
    const { stdout } = await runScript(root, "gen");
    expect(stdout).toBe("wrote generated/one/shop.yaml\nwrote generated/one/environment.yaml\n");
    edit(root, Object.fromEntries(Object.keys(shop).map((file) => [file, null])));
    await runScript(root, "gen");
    expect(snapshot(root)).toEqual(before);
  });

  test("writes the same values into another directory, and no schemas", async () => {
    const root = makeWorkspace();
    mkdirSync(path.join(root, "out"));
    await runScript(root, "gen", "--out", "out");
    expect(snapshot(path.join(root, "out"))).toEqual(snapshot(path.join(root, "generated")));
  });

  test("--check shows the difference, exits with 2 and writes nothing", async () => {
    const root = makeWorkspace({ [web]: webValues("replicas: 5") });
    const before = snapshot(root);
    const { code, stdout } = await runScript(root, "gen", "--check");
    expect(code).toBe(2);
    expect(stdout).toContain("--- generated/one/web.yaml\n+++ generated/one/web.yaml\n");
    expect(stdout).toContain("-replicas: 2\n+replicas: 5\n");
    expect(stdout).toContain("2 files not as values-src/ says: run `npm run gen`");
    expect(snapshot(root)).toEqual(before);
  });
});
