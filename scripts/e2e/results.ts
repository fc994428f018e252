import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";

const results: [scenario: string, outcome: string][] = [];
const file = path.resolve(import.meta.dirname, "../../node_modules/.cache/k8s-observable-rollouts/e2e.md");

/** Adds a row to the table of what the suite saw, and writes the table. */
export function addResult(scenario: string, outcome: string): void {
  results.push([scenario, outcome]);
  const rows = results.map(([name, what]) => `| ${name} | ${what} |`);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${["| scenario | seen |", "| --- | --- |", ...rows].join("\n")}\n`);
}
