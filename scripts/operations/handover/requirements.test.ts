import { appendFileSync, existsSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { Interrupted } from "../../outside/deeds.ts";
import { IssueError } from "../../problems/issue.ts";
import { outputOfSync } from "../../testing/processes.ts";
import { edit, temporaryDirectory } from "../../testing/workspace.ts";
import { requireSame } from "./requirements.ts";
import { failAfter } from "./steps.ts";

const files = ["generated/ci/web.yaml", "chart"];

/** A repository with an app's values and chart, and its commit. */
function commit(): { root: string; revision: string } {
  const root = temporaryDirectory();
  const git = (...args: string[]) => outputOfSync("git", args, { cwd: root }).trim();
  edit(root, {
    "generated/ci/web.yaml": "a: 1\n",
    "chart/templates/service.yaml": "kind: Service\n",
    ".gitignore": "*.local.yaml\n",
  });
  git("init", "--quiet");
  git("add", "--all");
  git("-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "--quiet", "--message", "one");
  return { root, revision: git("rev-parse", "HEAD") };
}

test("a tree is the same as the commit that runs", () => {
  const { root, revision } = commit();
  expect(() => requireSame(root, revision, files)).not.toThrow();
});

test.for([
  ["a file that was edited", "generated/ci/web.yaml", "generated/ci/web.yaml | 1 +"],
  ["a template that git does not know", "chart/templates/new.yaml", "chart/templates/new.yaml (not in git)"],
  ["a template that git ignores", "chart/templates/new.local.yaml", "chart/templates/new.local.yaml (not in git)"],
] as const)("with %s it is not, and the file is named", ([, file, says]) => {
  const { root, revision } = commit();
  appendFileSync(path.join(root, file), "b: 2\n");
  expect(() => requireSame(root, revision, files)).toThrow(says);
});

test("what a cluster calls a revision is no option of git's", () => {
  const { root } = commit();
  const file = path.join(root, "written");
  expect(() => requireSame(root, `--output=${file}`, files)).toThrow("which is no full commit hash");
  expect(existsSync(file)).toBe(false);
});

test("the first error is told first, also where taking back fails", async () => {
  const first = new IssueError({ file: "step", message: "the cause" });
  const failing = failAfter(first, async () => {
    throw new IssueError({ file: "kubectl", message: "no cluster answers" });
  });
  const { issues } = (await failing.catch((error) => error)) as IssueError;
  expect(issues.map(({ message }) => message)).toEqual([
    "the cause",
    expect.stringContaining("could not be taken back whole"),
    "no cluster answers",
  ]);
});

test("the first error is told first, also where taking back is interrupted or breaks", async () => {
  const first = new IssueError({ file: "step", message: "the cause" });
  for (const [second, says] of [
    [new Interrupted(), "was interrupted while taking back"],
    [new TypeError("no such field"), "no such field"],
  ] as const) {
    const failing = failAfter(first, () => Promise.reject(second));
    const error = (await failing.catch((thrown) => thrown)) as Error;
    expect(error.message).toMatch(new RegExp(`^the cause\n(.*\n)*.*${says}`));
  }
});
