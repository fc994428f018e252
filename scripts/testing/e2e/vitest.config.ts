import path from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { ResultsReporter } from "./results.ts";

/** The cluster first, then the scenarios, always in the same order. */
class ByName extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((one, other) => one.moduleId.localeCompare(other.moduleId));
  }
}

/** `npm run e2e`: one scenario after the other, on the cluster of the current context. */
export default defineConfig({
  root: path.resolve(import.meta.dirname, "../../.."),
  test: {
    include: ["scripts/testing/e2e/**/*.test.ts"],
    globalSetup: ["scripts/testing/e2e/require-context.ts"],
    fileParallelism: false,
    sequence: { sequencer: ByName },
    testTimeout: 600_000,
    hookTimeout: 400_000,
    reporters: [new ResultsReporter()],
  },
});
