import { expect, test } from "vitest";
import type { Verdict } from "../mutations/judge.ts";
import { runScript } from "../testing/processes.ts";
import { makeWorkspace, snapshot } from "../testing/workspace.ts";

/** A chart whose values are open: nothing that is misspelt in them is noticed. */
const open = `// chart: db 1.2.3
export interface Values {
  storage?: { size?: string; [key: string]: unknown };
}
`;

async function verdictsOf(root: string, ...args: string[]): Promise<Verdict[]> {
  return JSON.parse((await runScript(root, "mutate", "--json", ...args)).stdout).verdicts;
}

test("makes each mistake once, and says what refuses it", async () => {
  const verdicts = await verdictsOf(makeWorkspace({ "values-src/charts/db.ts": open }));
  const about = (path: string, kind: string) =>
    verdicts.filter((verdict) => verdict.path === path && verdict.kind === kind).map(({ refusedBy }) => refusedBy);
  expect(about("/image/tag", "key misspelt")).toEqual(["schema"]);
  expect(about("/strategy/steps/0/traffic/weights/canary", "other scalar type")).toEqual(["schema"]);
  // What is the same in both environments counts once.
  expect(about("/storage/size", "key misspelt")).toEqual([undefined]);
  expect(about("/storage/size", "other scalar type")).toEqual(["schema"]);
});

test("counts by kind, and lists what is not refused", async () => {
  const root = makeWorkspace({ "values-src/charts/db.ts": open });
  const before = snapshot(root);
  const { code, stdout } = await runScript(root, "mutate", "--list");
  expect(stdout).toMatch(/^MISTAKE +REFUSED +OF +BY +FREE\nkey misspelt +(\d+) +(?!\1\b)\d+ +schema/);
  expect(stdout).toMatch(/^key misspelt +db +\/storage\/size +size -> /m);
  expect(code).toBe(0);
  expect(snapshot(root)).toEqual(before);
});

test("the same seed makes the same mistakes, another one others", async () => {
  const root = makeWorkspace();
  const first = await verdictsOf(root, "one");
  expect(await verdictsOf(root, "one")).toEqual(first);
  expect(await verdictsOf(root, "one", "--seed", "2")).not.toEqual(first);
});
