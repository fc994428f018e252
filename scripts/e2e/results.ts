import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { toolEnv } from "../lib/tools.ts";

const root = path.resolve(import.meta.dirname, "../..");
const results: [scenario: string, outcome: string][] = [];

/** Adds a row to the table of what the suite saw, and writes the table to `docs/e2e.md`. */
export function addResult(scenario: string, outcome: string): void {
  results.push([scenario, outcome]);
  const rows = results.map(([name, what]) => `| ${name} | ${what} |`);
  const text = [
    "# What users get while the app is rolled out",
    "",
    "Written by `npm run e2e`. Each scenario has an app of its own under a steady load of 200 requests/s, which the ingress",
    "controller divides; failed is every status of 500 and above, and every request without an answer.",
    "",
    `${new Date().toISOString().slice(0, 10)}, ${versions()}.`,
    "",
    "| scenario | seen |",
    "| --- | --- |",
    ...rows,
  ];
  writeFileSync(path.join(root, "docs/e2e.md"), `${text.join("\n")}\n`);
}

function versions(): string {
  const { serverVersion } = JSON.parse(
    execFileSync("kubectl", ["version", "-o", "json"], { env: toolEnv(), encoding: "utf8" }),
  );
  const charts = ["argo-rollouts", "traefik", "kube-prometheus-stack"].map((name) => {
    return `${name} ${parse(readFileSync(path.join(root, `releases/${name}.yaml`), "utf8")).version}`;
  });
  return [`Kubernetes ${serverVersion.gitVersion}`, ...charts.map((chart) => `chart ${chart}`)].join(", ");
}
