import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";
import type { EnvironmentFacts } from "../../values-src/environment.ts";
import { environmentNames } from "../engine/environments.ts";
import { environment, outputOfSync } from "./processes.ts";

const scripts = fileURLToPath(new URL("..", import.meta.url));
const created: string[] = [];
let generated: string | undefined;

/**
 * A throw-away copy of `fixtures/minimal` after a first `gen`, with files replaced (text) or removed (null). Removed
 * when the test file is done.
 */
export function makeWorkspace(edits: Record<string, string | null> = {}): string {
  generated ??= generateOnce();
  const root = temporaryDirectory();
  cpSync(generated, root, { recursive: true, preserveTimestamps: true });
  edit(root, edits);
  return root;
}

/** What Helmfile, gen and the compiler read. */
const repositoryParts = [
  ".gitignore",
  "biome.json",
  "helmfile.yaml",
  "package.json",
  "tsconfig.json",
  "releases",
  "values-src",
  "docs",
  "generated",
  "schemas",
  "scripts",
  "service",
];

/** A throw-away copy of this repository, to spoil; its packages are the repository's own. */
export function copyRepository(): string {
  const root = path.join(scripts, "..");
  const copy = temporaryDirectory();
  const filter = (file: string) => !file.includes("node_modules");
  for (const name of repositoryParts)
    cpSync(path.join(root, name), path.join(copy, name), { recursive: true, filter, verbatimSymlinks: true });
  symlinkSync(path.join(root, "node_modules"), path.join(copy, "node_modules"));
  return copy;
}

const copies = new Map<string, string>();

/**
 * A throw-away copy of this repository after a `gen`, with these apps instead of its own, each at 0.1.0 in every
 * environment and with the environments' defaults, and with the environments and the platform's facts written here. So
 * tests do not depend on what somebody has made of the template.
 */
export function copyWithApps(...names: string[]): string {
  const key = names.join(" ");
  const first = copies.get(key) ?? makeCopyWith(names);
  copies.set(key, first);
  const copy = temporaryDirectory();
  cpSync(first, copy, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  return copy;
}

function makeCopyWith(names: string[]): string {
  const copy = copyRepository();
  for (const folder of ["environments", "apps"]) rmSync(path.join(copy, "values-src", folder), { recursive: true });
  edit(copy, ownFacts());
  for (const name of names) addApp(copy, name);
  outputOfSync(process.execPath, [path.join(scripts, "cli.ts"), "gen"], { cwd: copy, env: environment() });
  return copy;
}

const gitUrl = "https://github.com/example/k8s-observable-rollouts.git";

/** What the environments of such a copy differ in. */
const environments: Record<string, Partial<EnvironmentFacts> & Pick<EnvironmentFacts, "domain">> = {
  ci: { domain: "ci.example.com", strategy: "canary", pace: "fast" },
  dev: { domain: "dev.example.com", strategy: "rolling" },
  prod: { domain: "example.com", size: "large", strategy: "canary", owner: "argocd" },
  staging: { domain: "staging.example.com", size: "medium", strategy: "blueGreen", owner: "argocd" },
};

function ownFacts(): Record<string, string> {
  const runbooksUrl = gitUrl.replace(/\.git$/, "/blob/main/docs/runbooks.md");
  const platform = { gitUrl, runbooksUrl, adminGroup: "platform-admins", testImage: "node:24-alpine" };
  const files = Object.entries(environments).map(([name, facts]) => {
    // A key on each line, as people write them: messages name the line.
    const text = JSON.stringify(environmentFacts(name, facts), null, 2).replace(/"(\w+)":/g, "$1:");
    return [`values-src/environments/${name}.ts`, `export default ${text};\n`];
  });
  return {
    ...Object.fromEntries(files),
    "values-src/environments/clusters.json": "{}\n",
    "values-src/platform.ts": `export const platform = ${JSON.stringify(platform)};\n`,
  };
}

/** All facts of one of them; the first, where clusters are thrown away, monitors no more than it must. */
function environmentFacts(name: string, facts: (typeof environments)[string]): EnvironmentFacts {
  const whole = name !== "ci";
  const monitoring = {
    prometheus: "ours",
    alertmanager: whole,
    grafana: whole,
    kubeStateMetrics: whole,
    nodeExporter: whole,
    admissionWebhooks: whole,
    redisExporter: whole,
  } as const;
  return {
    size: "small",
    strategy: "canary",
    pace: "steady",
    owner: "helmfile",
    argoCd: true,
    argoRollouts: true,
    ingress: { controller: "traefik", tls: facts.owner === "argocd" },
    monitoring,
    git: { url: gitUrl, revision: "main" },
    ...facts,
  };
}

/** Adds an app to a copy of this repository; further facts are TypeScript, such as `environments: { ci: false }`. */
export function addApp(copy: string, name: string, facts = ""): void {
  const slo = `availability: 0.99, latency: { percentile: 0.95, seconds: 0.5 }, window: "28d", maxBurnRate: 5`;
  const text = `export default { image: "example/${name}", build: "./service", team: "web", slo: { ${slo}, minRequests: 50, onNoData: "inconclusive" }, ${facts} };\n`;
  const tags = environmentNames(copy).filter((env) => !facts.includes(`${env}: false`));
  edit(copy, {
    [`values-src/apps/${name}.ts`]: text,
    [`values-src/apps/${name}.tags.json`]: `${JSON.stringify(Object.fromEntries(tags.map((env) => [env, "0.1.0"])), null, 2)}\n`,
  });
}

/** Replaces (text) or removes (null) files of a workspace. */
export function edit(root: string, edits: Record<string, string | null>): void {
  for (const [name, text] of Object.entries(edits)) {
    const file = path.join(root, name);
    mkdirSync(path.dirname(file), { recursive: true });
    if (text === null) rmSync(file, { recursive: true });
    else writeFileSync(file, text);
  }
}

/** Every file of a workspace with its text: two are equal if nothing was touched. */
export function snapshot(root: string): Record<string, string> {
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes("node_modules"))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
  return Object.fromEntries(files.map((file) => [path.relative(root, file), readFileSync(file, "latin1")]));
}

/** An empty directory that is removed when the test file is done. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(path.join(tmpdir(), "rollouts-"));
  created.push(directory);
  return directory;
}

function generateOnce(): string {
  const root = temporaryDirectory();
  cpSync(path.join(scripts, "testing/fixtures/minimal"), root, { recursive: true, dereference: true });
  outputOfSync(process.execPath, [path.join(scripts, "cli.ts"), "gen"], {
    cwd: root,
    env: environment(),
  });
  return root;
}

afterAll(() => {
  for (const directory of created) rmSync(directory, { recursive: true, force: true });
});
