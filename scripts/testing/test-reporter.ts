import { DefaultReporter, type TestCase, type TestModule } from "vitest/node";

type Errors = Parameters<DefaultReporter["onTestRunEnd"]>[1];
type Reason = Parameters<DefaultReporter["onTestRunEnd"]>[2];

/**
 * Vitest's own reporter, then each skipped test with its reason, then `N passed, N failed` as the last line.
 * What fails outside of a test (a file that does not load, a hook, a stray rejection) counts as failed too.
 */
export class TestReporter extends DefaultReporter {
  override onTestRunEnd(modules: readonly TestModule[], errors: Errors, reason: Reason): void {
    super.onTestRunEnd(modules, errors, reason);
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const inState = (state: string) => tests.filter((test) => test.result().state === state);
    const failed = inState("failed").length + errors.length + modules.flatMap(findErrors).length;
    const skipped = inState("skipped").map(explainSkip);
    if (skipped.length > 0) this.log(["Skipped:", ...skipped, ""].join("\n"));
    this.log(`${inState("passed").length} passed, ${failed} failed`);
  }
}

function findErrors(module: TestModule): unknown[] {
  return [...module.errors(), ...[...module.children.allSuites()].flatMap((suite) => suite.errors())];
}

function explainSkip(test: TestCase): string {
  const result = test.result();
  const note = result.state === "skipped" ? result.note : undefined;
  return `  ${test.module.relativeModuleId} > ${test.fullName}: ${note ?? "no reason given"}`;
}
