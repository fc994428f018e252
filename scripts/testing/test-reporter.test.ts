import path from "node:path";
import { expect, test } from "vitest";
import { ask } from "../outside/run.ts";

const vitest = path.resolve(import.meta.dirname, "../../node_modules/vitest/vitest.mjs");

function runFixture(...files: string[]) {
  const root = path.resolve(import.meta.dirname, "fixtures/test-reporter");
  const args = [vitest, "run", "--root", root, ...files];
  const { code, stdout } = ask(process.execPath, args, { env: { PATH: process.env.PATH } });
  return { code, lines: stdout.trimEnd().split("\n") };
}

test("ends with the numbers, after each skipped test with its reason", () => {
  const { code, lines } = runFixture("cases");
  expect(code).toBe(1);
  expect(lines.at(-1)).toBe("1 passed, 2 failed");
  expect(lines).toContain("  cases.test.ts > skips itself: helm is missing: npm run tools");
  expect(lines).toContain("  cases.test.ts > group > is skipped in silence: no reason given");
});

test("counts a file that does not load as failed", () => {
  const { code, lines } = runFixture("broken");
  expect(code).toBe(1);
  expect(lines.at(-1)).toBe("0 passed, 1 failed");
});
