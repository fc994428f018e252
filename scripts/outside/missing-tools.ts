import { findOnPath } from "./find-tool.ts";
import { pinnedVersion } from "./tool-pins.ts";
import type { Tool } from "./tool-table.ts";

/** A tool that is missing, and why. */
export interface Missing {
  tool: Tool;
  reason: string;
}

/** What is missing, and the exact lines that install it. */
export function explainMissing(missing: Missing[]): string {
  const names = missing.map(({ tool }) => tool);
  // Some tools come in one package.
  const formulae = new Set(names.map((tool) => tool.brew));
  const packages = new Set(names.map((tool) => `${tool.mise}@${pinnedVersion(tool)}`));
  const go = hasGo();
  return [
    ...missing.map(({ tool, reason }) => `${tool.name} (${tool.range}): ${reason.replaceAll("\n", "\n    ")}`),
    "",
    go ? "Install with one of:" : "Go is not on PATH, so nothing can be built. Install with one of:",
    `  brew install ${[...formulae].join(" ")}`,
    `  mise use --global ${[...packages].join(" ")}`,
    ...(go ? [] : ["or install Go 1.21 or newer and run: npm run tools"]),
  ].join("\n");
}

/** True when tools can be built here. */
export function hasGo(): boolean {
  return findOnPath("go", process.env.PATH) !== undefined;
}
