import { defineConfig } from "vitest/config";
import { TestReporter } from "./scripts/testing/test-reporter.ts";

export default defineConfig({
  test: {
    include: ["scripts/**/*.test.ts", "values-src/**/*.test.ts", "service/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/fixtures/**", "scripts/testing/e2e/**", ".tools/**"],
    pool: "forks",
    // Commands are tested by running them, and some of them run helm on large charts.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: [new TestReporter()],
  },
});
