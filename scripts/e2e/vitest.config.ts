import path from "node:path";
import { defineConfig } from "vitest/config";
import { TestReporter } from "../test-reporter.ts";

/** `npm run e2e`: one scenario after the other, on the cluster of the current context. */
export default defineConfig({
  root: path.resolve(import.meta.dirname, "../.."),
  test: {
    include: ["scripts/e2e/**/*.test.ts"],
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 120_000,
    reporters: [new TestReporter()],
  },
});
