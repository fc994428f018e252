import path from "node:path";
import { describe, expect, test } from "vitest";
import { environment, runScript, startCommand } from "../testing/processes.ts";
import { makeWorkspace } from "../testing/workspace.ts";

const web = "values-src/releases/http-service.ts";
const sizes = "values-src/sizes.ts";
const facts = "values-src/apps/web.ts";
const two = "values-src/environments/two.ts";

/** A value module as people write them. */
const valueModule = `import type { App } from "../app.ts";
import type { Values } from "../charts/web.ts";
import { replicasOf, table } from "../sizes.ts";

const labels = { team: "web" };

function strategy(app: App): Values["strategy"] {
  const first = { traffic: { weights: { canary: 20 } } };
  const more = [40, 80].map((canary) => ({ traffic: { weights: { canary } } }));
  return app.env.name === "one" ? { type: "rolling" } : { type: "canary", steps: [first, ...more] };
}

export function values(app: App): Values {
  return {
    replicas: replicasOf(app),
    image: { tag: app.image.tag },
    labels: { ...labels, ...table[app.env.size] },
    strategy: strategy(app),
    ...(app.env.name === "two" && { port: 8080 }),
  };
}
`;

const tables = `import type { App } from "./app.ts";

export const table = {
  small: { size: "small" },
  large: { size: "large" },
};

export function replicasOf({ env }: App): number {
  return env.size === "small" ? 1 : 3;
}
`;

interface Case {
  /** The file that is wrong, and the text in it that is replaced. */
  in: string;
  replaced: [string, string];
  /** Text that begins where the problem must be said to be, and its file where that is another. */
  at: string;
  atIn?: string;
  /** For what it holds, after the place. */
  scope: string;
  says: string;
}

/** Title -> one mistake, and what is said of it. */
const mistakes: Record<string, Case> = {
  "an unknown key": {
    in: web,
    replaced: ["    replicas: replicasOf(app),", "    replicas: replicasOf(app),\n    imagge: {},"],
    at: "imagge: {}",
    scope: "(web in one, two)",
    says: '/imagge  unknown key, did you mean "image"?',
  },
  "a value of the wrong type": {
    in: web,
    replaced: ["{ tag: app.image.tag }", "{ tag: 12 }"],
    at: "12",
    scope: "(web in one, two)",
    says: "/image/tag  must be string, got 12",
  },
  "a key that is a level too deep": {
    in: web,
    replaced: ["{ tag: app.image.tag }", "{ tag: app.image.tag, labels }"],
    at: "labels }",
    scope: "(web in one, two)",
    says: '/image/labels  unknown key, there is "labels"',
  },
  "a key inside a conditional spread, in the one environment that has it": {
    in: web,
    replaced: ["{ port: 8080 }", "{ prot: 8080 }"],
    at: "prot: 8080",
    scope: "(web in two)",
    says: '/prot  unknown key, did you mean "port"?',
  },
  "a key inside a helper function of the same file": {
    in: web,
    replaced: ["weights: { canary: 20 }", "weights: { canary: 20, cannary: 30 }"],
    at: "cannary",
    scope: "(web in two)",
    says: '/strategy/steps/0/traffic/weights/cannary  unknown key, did you mean "canary"?',
  },
  "a value inside an imported table": {
    in: sizes,
    replaced: ['{ size: "small" }', "{ size: 1 }"],
    at: "1 }",
    scope: "(web in one, two)",
    says: "/labels/size  must be string, got 1",
  },
  "a value that is spread from a variable": {
    in: web,
    replaced: ['{ team: "web" }', "{ team: true }"],
    at: "true };",
    scope: "(web in one, two)",
    says: "/labels/team  must be string, got true",
  },
  "a value that a function of another file gives": {
    in: sizes,
    replaced: ["? 1 : 3", "? 0 : 3"],
    at: "replicasOf(app),",
    atIn: web,
    scope: "(web in one, two)",
    says: "/replicas  must be >= 1, got 0",
  },
  "an element of an array, once for all that one line makes": {
    in: web,
    replaced: ["({ traffic: { weights: { canary } } })", '({ traffic: { weights: { canary: "40" } } })'],
    at: '"40"',
    scope: "(web in two)",
    says: '/strategy/steps/1/traffic/weights/canary  must be number, got "40" (2 times)',
  },
  "a required key that is missing, at what it is missing in": {
    in: web,
    replaced: ["{ tag: app.image.tag }", "{}"],
    at: "{},",
    scope: "(web in one, two)",
    says: "/image/tag  is missing",
  },
  "an exception, at the line that throws it": {
    in: sizes,
    replaced: [
      'return env.size === "small"',
      'if (env.name) throw new RangeError("no such size");\n  return env.size === "small"',
    ],
    at: 'new RangeError("no',
    scope: "(web in one, two)",
    says: "threw RangeError: no such size",
  },
  "a fact of an app": {
    in: facts,
    replaced: ['image: "example/web"', 'image: "example/web",\n  namespace: 7'],
    at: "7",
    scope: "",
    says: "/namespace  must be string, got 7",
  },
  "a fact of an environment": {
    in: two,
    replaced: ['size: "small"', 'size: "smal"'],
    at: '"smal"',
    scope: "",
    says: '/size  must be "large" or "small", got "smal", did you mean "small"?',
  },
};

/** The workspace's files, of which one is made wrong. */
const sources: Record<string, string> = {
  [web]: valueModule,
  [sizes]: tables,
  [facts]: `import type { AppFacts } from "../app.ts";

export default {
  image: "example/web",
} satisfies AppFacts;
`,
  [two]: `import type { EnvironmentFacts } from "../environment.ts";
import { main } from "../git.ts";

export default {
  domain: "two.example",
  size: "small",
  owner: "argocd",
  strategy: "canary",
  git: main,
} satisfies EnvironmentFacts;
`,
  "values-src/git.ts": `export const main = { revision: "main" };\n`,
};

/** `file:line:column` of a text that is in a file once. */
function placeOf(file: string, text: string, found: string): string {
  const [before = "", ...after] = text.split(found);
  expect(after, `"${found}" is in ${file} once`).toHaveLength(1);
  const lines = before.split("\n");
  return `${file}:${lines.length}:${(lines.at(-1) ?? "").length + 1}`;
}

test("the workspace that is made wrong below is right", async () => {
  expect(await runScript(makeWorkspace(sources), "gen")).toMatchObject({ code: 0, stderr: "" });
});

describe("gen says once, with the line and column of the source,", () => {
  test.each(Object.entries(mistakes))("%s", async (_, { in: file, replaced, at, atIn = file, scope, says }) => {
    const wrong = { ...sources, [file]: (sources[file] ?? "").replace(...replaced) };
    expect(wrong[file]).not.toBe(sources[file]);
    const { code, stderr } = await runScript(makeWorkspace(wrong), "gen");
    const place = placeOf(atIn, wrong[atIn] ?? "", at);
    expect(stderr).toBe(`${[place, scope].filter(Boolean).join(" ")}\n  ${says}\n1 problem in 1 file\n`);
    expect(code).toBe(1);
  });

  test("a fact that an environment imports, in the file that it is imported from", async () => {
    const root = makeWorkspace({ ...sources, "values-src/git.ts": "export const main = {\n  revision: 1,\n};\n" });
    const { stderr } = await runScript(root, "gen");
    expect(stderr).toBe("values-src/git.ts:2:13\n  /git/revision  must be string, got 1\n1 problem in 1 file\n");
  });

  test("a contradiction, where the fact is that an app has for the environment", async () => {
    const root = makeWorkspace({
      ...sources,
      [facts]: `export default {\n  image: "example/web",\n  environments: {\n    one: { owner: "argocd" },\n  },\n};\n`,
      "values-src/world/world.ts": `export const contradictions = ({ apps }) => apps.map(({ name }) => ({ app: name, fact: ["owner"], message: "nobody is" }));`,
    });
    const { stderr } = await runScript(root, "gen");
    expect(stderr).toContain("values-src/apps/web.ts:4:19 (one)\n  nobody is\n");
    expect(stderr).toContain("values-src/environments/two.ts:7:10 (two)\n  nobody is\n");
    expect(stderr).toContain("2 problems in 2 files");
  });
});

test("where something is written that no literal made, the nearest thing around it is named", async () => {
  const text = valueModule
    .replace("labels: { ...labels, ...table[app.env.size] }", "labels: Object.fromEntries([['team', 1]])")
    .replace("  return {\n", "  const all = {\n")
    .replace("  };\n}\n", "  } as Record<string, unknown>;\n  all.replicas = 0;\n  return all;\n}\n");
  const root = makeWorkspace({ ...sources, [web]: text });
  const { stderr } = await runScript(root, "gen");
  const around = placeOf(web, text, "{\n    replicas");
  const entries = placeOf(web, text, "Object.fromEntries");
  expect(stderr).toContain(`${around} (web in one, two)\n  /replicas  must be >= 1, got 0\n`);
  expect(stderr).toContain(`${entries} (web in one, two)\n  /labels/team  must be string, got 1\n`);
  expect(stderr).toContain("2 problems in 1 file");
});

test("a module that throws makes no other release lack it", async () => {
  const root = makeWorkspace({
    "values-src/releases/db.ts": `export function values() {\n  throw new Error("no disk");\n}\n`,
    "values-src/releases/cache.ts": "export const values = () => ({});\n",
    "releases/cache.yaml":
      "chart: example/db\nrepository: https://charts.example.com\nversion: 1.2.3\nnamespace: db\nneeds: [db]\n",
  });
  const { stderr } = await runScript(root, "gen");
  expect(stderr).toBe("values-src/releases/db.ts:2:9 (one, two)\n  threw Error: no disk\n1 problem in 1 file\n");
});

test.each([
  ["does not parse", "export const table = {\n  small: ,\n};\n", "values-src/sizes.ts:2:10", "Expression expected"],
  ["throws", `const name = "a";\nthrow new Error(name);\n`, "values-src/sizes.ts:2:7", "Error: a"],
  ["imports what is not there", `\nimport { a } from "./b.ts";\n`, "values-src/sizes.ts:2:19", "Cannot find module"],
])("a module that %s is reported once, whoever imports it", async (_, text, place, says) => {
  const using = `import "../sizes.ts";\nexport const values = () => ({});\n`;
  const root = makeWorkspace({ "values-src/sizes.ts": text, "values-src/releases/db.ts": using });
  const { stderr } = await runScript(root, "gen");
  expect(stderr).toContain(`${place}\n  failed to load:`);
  expect(stderr).toContain(says);
  expect(stderr).toContain("1 problem in 1 file");
});

test("--json has the place of each problem, and for what it holds; CI shows it at its line", async () => {
  const text = valueModule.replace("{ port: 8080 }", "{ prot: 8080 }");
  const root = makeWorkspace({ ...sources, [web]: text });
  const { stdout } = await runScript(root, "gen", "--json");
  const [, line, column] = placeOf(web, text, "prot: 8080").split(":").map(Number);
  const { problems } = JSON.parse(stdout) as { problems: unknown[] };
  expect(problems).toEqual([
    {
      file: path.join(root, web),
      line,
      column,
      environments: ["two"],
      apps: ["web"],
      path: "/prot",
      message: 'unknown key, did you mean "port"?',
    },
  ]);
  const inCi = { ...environment(), GITHUB_ACTIONS: "true" };
  const { stderr } = await startCommand(root, inCi, "gen").ended;
  expect(stderr).toContain(`::error file=${web},line=${line},col=${column}::/prot  unknown key, did you mean`);
});
