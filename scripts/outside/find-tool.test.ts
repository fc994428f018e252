import { chmodSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { requireChart, requireTool } from "../testing/require.ts";
import { findTool } from "./find-tool.ts";
import { toolEnv } from "./run.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "tools-test-"));
  mkdirSync(path.join(root, "fakes"));
  vi.spyOn(process, "cwd").mockReturnValue(root);
  vi.stubEnv("PATH", path.join(root, "fakes"));
});

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(root, { recursive: true, force: true });
});

function fakeHelm(version: string, directory = "fakes"): string {
  const file = path.join(root, directory, "helm");
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\necho asked >> "${root}/asked"\necho ${version}\n`);
  chmodSync(file, 0o755);
  return file;
}

/** Records the reason and throws, as Vitest's own skip does. */
function skipRecorder() {
  const skip = vi.fn((reason?: unknown) => {
    throw new Error(`skipped: ${reason}`);
  });
  return { skip: skip as never };
}

test("finds a tool on PATH, and what npm run tools built before it", () => {
  expect(findTool("helm")).toBeUndefined();
  const onPath = fakeHelm("v4.0.1");
  expect(findTool("helm")).toBe(onPath);
  const built = fakeHelm("v4.3.1", ".tools/bin");
  expect(findTool("helm")).toBe(built);
  expect(toolEnv().PATH).toBe(`${path.dirname(built)}:${path.dirname(onPath)}`);
});

test("asks a tool for its version only once, until the file changes", () => {
  const file = fakeHelm("v4.0.1");
  findTool("helm");
  rmSync(path.join(root, "asked"));
  expect(findTool("helm")).toBe(file);
  expect(() => rmSync(path.join(root, "asked"))).toThrow("ENOENT");
  fakeHelm("v2.0.0");
  utimesSync(file, 1, 1);
  expect(findTool("helm")).toBeUndefined();
});

test("points Helm at the repository's plugins when there are some", () => {
  expect(toolEnv().HELM_PLUGINS).toBe(process.env.HELM_PLUGINS);
  mkdirSync(path.join(root, ".tools/helm-plugins"), { recursive: true });
  expect(toolEnv().HELM_PLUGINS).toBe(path.join(root, ".tools/helm-plugins"));
});

test("a test whose tool is missing is skipped by name, and fails with CI=true", () => {
  vi.stubEnv("CI", "");
  expect(() => requireTool(skipRecorder(), "promtool")).toThrow("skipped: promtool is missing: npm run tools");
  vi.stubEnv("CI", "true");
  expect(() => requireTool(skipRecorder(), "promtool")).toThrow(/^promtool is missing: npm run tools$/);
});

test("a test whose chart is missing or not whole is skipped by name, with CI=true too", () => {
  vi.stubEnv("CI", "true");
  vi.stubEnv("CHARTS_DIR", path.join(root, "charts"));
  vi.stubEnv("XDG_CACHE_HOME", root);
  mkdirSync(path.join(root, "releases"));
  for (const chart of ["here", "gone", "bare"]) {
    writeFileSync(path.join(root, `releases/${chart}.yaml`), `chart: repo/${chart}\nversion: 1.0.0\n`);
    if (chart === "gone") continue;
    mkdirSync(path.join(root, "charts", chart), { recursive: true });
    writeFileSync(path.join(root, "charts", chart, "Chart.yaml"), `name: ${chart}\nversion: 1.0.0\n`);
  }
  mkdirSync(path.join(root, "charts/here/templates"));
  expect(requireChart(skipRecorder(), "here")).toBe(path.join(root, "charts/here"));
  expect(() => requireChart(skipRecorder(), "gone")).toThrow(/^skipped: chart gone is not at hand: /);
  expect(() => requireChart(skipRecorder(), "bare")).toThrow(/^skipped: chart bare is not whole: /);
});
