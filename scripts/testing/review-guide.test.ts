import { readFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, expect, test } from "vitest";
import { environment, outputOfSync, runScript } from "./processes.ts";
import { requireTool } from "./require.ts";
import { addApp, copyWithApps } from "./workspace.ts";

// A hook's GIT_DIR would lead the test to the repository that it runs in.
for (const name of Object.keys(process.env)) if (name.startsWith("GIT_")) delete process.env[name];

const guide = readFileSync(path.resolve(import.meta.dirname, "../../docs/rollout-strategies.md"), "utf8");
const [, section = ""] = /^## Before it happens\n(.*?)^## /ms.exec(guide) ?? [];

/** Commands that the section shows, with what they print. */
const shown = [...section.matchAll(/^```console\n\$ npm run ([^\n]*)\n(.*?)^```$/gms)].map(
  ([, command = "", output = ""]) => ({ command, output }),
);

/** The app that it shows. */
const [, app = ""] = /^(\S+) in dev: /m.exec(section) ?? [];

/** The app as the guide has it, whatever the repository's own, its paces and its sizes have become. */
const fast = `scrapeInterval: "5s", weights: [20, 50], analysisRange: "20s", analysisInterval: "5s", analysisDelay: "25s", analysisCount: 6, analysisFailureLimit: 0`;
const steady = `scrapeInterval: "15s", analysisRange: "1m", analysisInterval: "30s", analysisDelay: "90s", analysisCount: 10, analysisFailureLimit: 1`;
const facts = (level: string) => `env: { LOG_LEVEL: "${level}" },
tests: [
  { name: "health", path: "/health/ready" },
  { name: "version", path: "/version", contains: '"version":"{version}"' },
  { name: "order", method: "POST", path: "/orders", status: 201 },
],
environments: {
  ci: { replicas: 1, pace: { ${fast} } },
  dev: { replicas: 1 },
  prod: { replicas: 4, pace: { ${steady}, weights: [5, 20, 50] } },
  staging: { replicas: 2, pace: { ${steady}, autoPromotionSeconds: 300, scaleDownDelaySeconds: 600 } },
}`;

let root: string;

beforeAll(() => {
  root = copyWithApps(app);
  const git = (...args: string[]) => {
    const settings = ["-c", "user.name=guide", "-c", "user.email=guide@example.com"];
    outputOfSync("git", [...settings, ...args], { cwd: root, env: environment() });
  };
  addApp(root, app, facts("info"));
  outputOfSync(process.execPath, ["scripts/cli.ts", "gen"], { cwd: root, env: environment() });
  git("init", "--quiet", "--initial-branch=main");
  git("add", "--all", "--", ":!node_modules");
  git("commit", "--quiet", "--message=base");
  addApp(root, app, facts("warn"));
});

test("the guide shows diff, and plan for each strategy", () => {
  expect(shown.map(({ command }) => command)).toEqual(["diff", "plan -- dev", "plan -- staging", "plan -- ci"]);
});

test.for(shown)("npm run $command prints what the guide shows", async ({ command, output }, context) => {
  requireTool(context, "helm");
  const [verb = "", ...args] = command.split(" ").filter((word) => word !== "--");
  const { stdout, stderr } = await runScript(root, verb, ...args);
  expect(stderr).toBe("");
  expect(linesAsIn(output, stdout)).toBe(output);
});

/** What is printed, with the guide's commit, and cut as the guide cuts it. */
function linesAsIn(guide: string, printed: string): string {
  const [commit = ""] = /(?<=^Compared with )\w+/.exec(guide) ?? [];
  const same = printed.replace(/(?<=^Compared with )\w+/, commit);
  if (!guide.endsWith("\n…\n")) return same;
  const kept = guide.split("\n").length - 2;
  return `${same.split("\n").slice(0, kept).join("\n")}\n…\n`;
}
