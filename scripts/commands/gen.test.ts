import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { ask } from "../outside/run.ts";
import { environment, outputOfSync, runScript, startCommand } from "../testing/processes.ts";
import { edit, makeWorkspace, snapshot, temporaryDirectory } from "../testing/workspace.ts";

const web = "values-src/releases/web.ts";

/** A module for the release `web` whose values are the valid ones with a change. */
function webValues(change: string): string {
  return `export const values = (env) => ({
    replicas: 2,
    image: { tag: env.imageTag },
    strategy: { type: "canary", steps: [{ traffic: { weights: { canary: 20 } } }] },
    ${change}
  });`;
}

const steps = (weights: string) => `strategy: { type: "canary", steps: [{ traffic: { weights: { ${weights} } } }] }`;

/** Title -> what is wrong in the workspace, what the message must say, and options of gen. */
const badInput: Record<string, { edits?: Record<string, string | null>; says: RegExp; args?: string[] }> = {
  "an unknown key": {
    edits: { [web]: webValues("repliccas: 3") },
    says: /web\.ts \(one\)\n {2}\/repliccas +unknown key, did you mean "replicas"\?/,
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
    edits: { "values-src/environments/two.ts": `export default { domain: "two.example", size: "huge", app: {} };` },
    says: /environments\/two\.ts\n {2}\/size +must be "large" or "small", got "huge"\n {2}\/app\/owner +is missing/,
  },
  "an environment without an image tag": {
    edits: { "values-src/environments/image-tags.json": `{ "one": "1.0.0" }` },
    says: /no image tag for environment "two"/,
  },
  "a module that throws": {
    edits: { [web]: `export function values() {\n  throw new RangeError("no such plan");\n}` },
    says: /web\.ts:2:9\n {2}threw for one: RangeError: no such plan/,
  },
  "a module that does not load": { edits: { [web]: "export const values = (;" }, says: /web\.ts.*\n.*failed to load/ },
  "a type that does not resolve": {
    edits: { "values-src/charts/web.ts": `export interface Values {\n  image: Missing;\n}` },
    says: /charts\/web\.ts:2:10\n {2}Cannot find name 'Missing'/,
  },
  "two releases with one name": {
    edits: { "releases/web.yml": "chart: ./charts/web\nnamespace: web\n" },
    says: /releases\/web\.yml\n {2}a second release "web"/,
  },
  "a release without values": { edits: { [web]: null }, says: /release "web" has no values: add values-src/ },
  "values without a release": {
    edits: { "values-src/releases/wob.ts": "export const values = () => ({});" },
    says: /there is no releases\/wob\.yaml, did you mean "web"\?/,
  },
  "a need that does not exist": {
    edits: { "releases/web.yaml": "chart: ./charts/web\nnamespace: web\nneeds: [dbb]\n" },
    says: /\/needs +there is no release "dbb", did you mean "db"\?/,
  },
  "a need that is off in an environment": {
    edits: {
      "values-src/releases/db.ts": `export const enabled = (env) => env.name === "one";\nexport const values = () => ({});`,
    },
    says: /web\.yaml \(two\)\n {2}\/needs +"web" needs "db", which Helmfile does not release in two/,
  },
  "needs that go in a circle": {
    edits: {
      "releases/db.yaml":
        "chart: example/db\nrepository: https://charts.example.com\nversion: 1.2.3\nnamespace: db\nneeds: [web]\n",
    },
    says: /needs go in a circle: db -> web -> db/,
  },
  "a chart version that the types are not of": {
    edits: {
      "releases/db.yaml": "chart: example/db\nrepository: https://charts.example.com\nversion: 1.3.0\nnamespace: db\n",
    },
    says: /is 1\.3\.0, but values-src\/charts\/db\.ts was imported from 1\.2\.3: run `npm run charts`/,
  },
  "an unknown key in a release": {
    edits: { "releases/web.yaml": "chart: ./charts/web\nnamespase: web\n" },
    says: /releases\/web\.yaml:2:1\n {2}\/namespase +unknown key, did you mean "namespace"\?/,
  },
  "an empty YAML file": { edits: { "releases/web.yaml": "" }, says: /releases\/web\.yaml\n {2}is empty/ },
  "malformed YAML": { edits: { "releases/web.yaml": "chart: [\n" }, says: /releases\/web\.yaml:2:1\n/ },
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
    expect(stderr).toContain("6 problems in 1 file");
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
    const root = makeWorkspace({ [web]: off, "generated/one/mine.yaml": "a: 1\n", "generated/README.md": "mine" });
    const { stdout } = await runScript(root, "gen");
    expect(stdout).toContain("removed generated/one/web.yaml\nremoved generated/two/web.yaml\n");
    expect(existsSync(path.join(root, "generated/one/web.yaml"))).toBe(false);
    expect(existsSync(path.join(root, "generated/one/mine.yaml"))).toBe(true);
    expect(existsSync(path.join(root, "generated/README.md"))).toBe(true);
  });

  test("tells Helmfile to leave a release alone that Argo CD owns, and still writes its values", async () => {
    const values = readFileSync(path.join(makeWorkspace(), web), "utf8");
    const root = makeWorkspace({ [web]: `${values}\nexport const owner = () => "argocd" as const;` });
    await runScript(root, "gen");
    const conditions = readFileSync(path.join(root, "generated/one/environment.yaml"), "utf8");
    expect(conditions).toContain("db:\n  enabled: true\nweb:\n  enabled: false\n");
    expect(existsSync(path.join(root, "generated/one/web.yaml"))).toBe(true);
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
