import { expect, test } from "vitest";
import { environmentNames } from "../engine/environments.ts";
import { runScript } from "../testing/processes.ts";
import { copyRepository, edit, makeWorkspace, snapshot } from "../testing/workspace.ts";

/** A copy of the repository with two apps, `left` and `right`, that claim one host in every environment. */
function repositoryWithOneHostTwice(): { root: string; problems: string[] } {
  const root = copyRepository();
  const environments = environmentNames(root);
  const facts = `import type { AppFacts } from "../app.ts";

export default {
  image: "example/twin",
  team: "twins",
  host: "twins",
  slo: {
    availability: 0.99,
    latency: { percentile: 0.95, seconds: 0.5 },
    window: "7d",
    maxBurnRate: 5,
    minRequests: 50,
    onNoData: "pass",
  },
} satisfies AppFacts;
`;
  const tags = JSON.stringify(Object.fromEntries(environments.map((name) => [name, "1.0.0"])));
  for (const name of ["left", "right"]) {
    edit(root, { [`values-src/apps/${name}.ts`]: facts, [`values-src/apps/${name}.tags.json`]: tags });
  }
  const message = /left and right both claim the host twins\.\S+: give one of them another host/.source;
  return {
    root,
    problems: environments.map((name) => `values-src/apps/right\\.ts:6:9 \\(${name}\\)\\n  ${message}\\n`),
  };
}

test("gen and check refuse what contradicts itself in an environment, each at the line of its fact, and write nothing", async () => {
  const { root, problems } = repositoryWithOneHostTwice();
  const before = snapshot(root);
  const [gen, check] = [await runScript(root, "gen"), await runScript(root, "check")];
  for (const { code, stdout, stderr } of [gen, check]) {
    for (const problem of problems) expect(stderr).toMatch(new RegExp(problem));
    expect(stdout).toBe("");
    expect(code).toBe(1);
  }
  expect(snapshot(root)).toEqual(before);
});

test("what cannot be evaluated is reported alone: the world without it would contradict itself as well", async () => {
  const { root } = repositoryWithOneHostTwice();
  edit(root, {
    "values-src/releases/argocd-apps.ts": "export const values = () => { throw new Error('no apps'); };\n",
  });
  const { code, stderr } = await runScript(root, "gen");
  expect(stderr).toContain("Error: no apps");
  expect(stderr).not.toContain("both claim");
  expect(code).toBe(1);
});

test("a repository without values-src/world has no such checks, and one whose check is no function is told so", async () => {
  expect((await runScript(makeWorkspace(), "gen")).code).toBe(0);
  const root = makeWorkspace({ "values-src/world/world.ts": "export const contradictions = [];\n" });
  expect((await runScript(root, "gen")).stderr).toContain("must export function contradictions(world: World)");
});

test("an app cannot have a name that YAML does not read as text", async () => {
  const root = makeWorkspace({
    "values-src/apps/on.ts": 'export default { image: "example/on" };\n',
    "values-src/apps/on.tags.json": '{ "one": "1.0.0", "two": "1.0.0" }',
  });
  expect((await runScript(root, "gen")).stderr).toContain('"on" cannot be the name of an app: YAML does not read it');
});
