import { existsSync, readFileSync, symlinkSync } from "node:fs";
import path from "node:path";
import type { TestContext } from "vitest";
import { parse } from "yaml";
import { type FoundChart, findChart } from "../outside/find-chart.ts";
import { findTool } from "../outside/find-tool.ts";
import type { ToolName } from "../outside/tool-table.ts";
import { temporaryDirectory } from "./workspace.ts";

const foundCharts = new Map<string, FoundChart>();

/** Path of a tool for a test. Without it the test is skipped by name, and with CI=true it fails. */
export function requireTool(context: Pick<TestContext, "skip">, name: ToolName): string {
  const file = findTool(name);
  if (file) return file;
  const message = `${name} is missing: npm run tools`;
  if (process.env.CI === "true") throw new Error(message);
  return context.skip(message);
}

/**
 * Folder of a whole upstream chart (with its templates), in the version of `releases/<chart>.yaml`: from CHARTS_DIR, the
 * chart cache, or `helm pull`. Without it the test is skipped by name, also with CI=true: charts come from the internet,
 * which is not everywhere.
 */
export function requireChart(context: Pick<TestContext, "skip">, chart: string): string {
  // Once per test file: a pull that fails takes a quarter of a second, or the time of a network that hangs.
  const found =
    foundCharts.get(chart) ?? findChart(parse(readFileSync(path.resolve("releases", `${chart}.yaml`), "utf8")));
  foundCharts.set(chart, found);
  if (!("directory" in found)) return context.skip(`chart ${chart} is not at hand: ${found.reason}`);
  if (existsSync(path.join(found.directory, "templates"))) return found.directory;
  return context.skip(`chart ${chart} is not whole: ${found.directory} has no templates`);
}

/** A folder for CHARTS_DIR that holds these charts, so that no tool asks the internet for them. */
export function requireChartsDir(context: Pick<TestContext, "skip">, charts: string[]): string {
  const folder = temporaryDirectory();
  for (const chart of charts) symlinkSync(requireChart(context, chart), path.join(folder, chart));
  return folder;
}
