import { spawnSync } from "node:child_process";
import path from "node:path";
import { expect, test } from "vitest";

const vitest = path.resolve(import.meta.dirname, "../../node_modules/vitest/vitest.mjs");

function runFixture(...files: string[]) {
  const root = path.resolve(import.meta.dirname, "fixtures/test-reporter");
  const args = [vitest, "run", "--root", root, ...files];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: "utf8", env: { PATH: process.env.PATH } });
  return { status, lines: stdout.trimEnd().split("\n") };
}

test("ends with the numbers, after each skipped test with its reason", () => {
  const { status, lines } = runFixture("cases");
  expect(status).toBe(1);
  expect(lines.at(-1)).toBe("1 passed, 2 failed");
  expect(lines).toContain("  cases.test.ts > skips itself: helm is missing: npm run tools");
  expect(lines).toContain("  cases.test.ts > group > is skipped in silence: no reason given");
});

test("counts a file that does not load as failed", () => {
  const { status, lines } = runFixture("broken");
  expect(status).toBe(1);
  expect(lines.at(-1)).toBe("0 passed, 1 failed");
});
