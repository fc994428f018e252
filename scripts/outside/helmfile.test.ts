import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, type TestContext, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { environmentNames } from "../engine/environments.ts";
import { environment, outputOfSync } from "../testing/processes.ts";
import { requireChartsDir, requireTool } from "../testing/require.ts";
import { copyWithApps, temporaryDirectory } from "../testing/workspace.ts";
import { ask, toolEnv } from "./run.ts";

const root = path.resolve(import.meta.dirname, "../..");
const upstream = ["argo-cd", "argo-rollouts", "argocd-apps", "ingress-nginx", "kube-prometheus-stack", "traefik"];

/** A release of what `helmfile build` prints. */
interface Release {
  name: string;
  hooks: { events: string[]; args: string[] }[];
}

/** Runs helmfile with the upstream charts at hand; skips the test where they, or the tools, are not. */
function helmfile(context: TestContext, directory: string, ...args: string[]) {
  requireTool(context, "helm");
  const env = { ...toolEnv(), CHARTS_DIR: requireChartsDir(context, upstream), INIT_CWD: undefined };
  const result = ask(requireTool(context, "helmfile"), args, { cwd: directory, env, timeout: 300 });
  return { ...result, output: result.stdout + result.stderr };
}

describe("helmfile", () => {
  test.for(environmentNames(root))("renders every release of %s that is its own", (env, context) => {
    const { code, stdout, stderr } = helmfile(context, root, "-e", env, "template", "--include-crds", "--skip-tests");
    expect(stderr).not.toContain("rror");
    expect(code).toBe(0);
    console.log(`${env}: ${stdout.match(/^kind:/gm)?.length} objects`);
  });

  test.for(["ci", "dev", "prod", "staging"])("brings up what others need first in %s", (env, context) => {
    const { stdout } = helmfile(context, copyWithApps("shop", "web"), "-e", env, "show-dag");
    const groups = new Map(
      [...stdout.matchAll(/^(\d+) +\S+\/(\S+)/gm)].map(([, group, name]) => [name, Number(group)]),
    );
    for (const app of ["shop", "web"]) {
      const inOrder = ["kube-prometheus-stack", "argo-rollouts", app].map((name) => groups.get(name));
      expect(inOrder).toEqual([1, 2, 3]);
    }
    expect(groups.get("argocd-apps")).toBeGreaterThan(groups.get("argo-cd") ?? Number.NaN);
  });

  test("moves an app to its Rollout before Helm releases it, where the environment has Argo Rollouts", (context) => {
    const copy = copyWithApps("web");
    const commandsOf = (release: string) => {
      const { stdout } = helmfile(context, copy, "-e", "ci", "build");
      const state = parseAllDocuments(stdout).map((one) => one.toJS()) as { releases?: Release[] }[];
      const found = state.flatMap(({ releases = [] }) => releases).find(({ name }) => name === release);
      return found?.hooks.filter(({ events }) => events.includes("presync")).map(({ args }) => args.join(" "));
    };
    const hook = expect.stringMatching(/^run --silent to-rollout -- ci --app=web --context=.* --yes$/);
    expect(commandsOf("web")).toEqual([hook]);
    expect(commandsOf("traefik")).toEqual([]);
    const file = path.join(copy, "values-src/environments/ci.ts");
    writeFileSync(
      file,
      readFileSync(file, "utf8").replace("argoRollouts: true", "argoRollouts: false").replace("canary", "rolling"),
    );
    outputOfSync(process.execPath, ["scripts/cli.ts", "gen"], { cwd: copy, env: environment() });
    expect(commandsOf("web")).toEqual([]);
  });

  test("says what to do about a mistyped environment", (context) => {
    const { code, output } = helmfile(context, copyWithApps("web"), "-e", "pord", "template");
    expect(output).toContain(
      'There is no environment "pord": use one of generated/ (helmfile -e ci|dev|prod|staging ...)',
    );
    expect(code).not.toBe(0);
  });

  test("stops at a generated file that was edited by hand, with the difference", (context) => {
    const copy = copyWithApps("web");
    const file = path.join(copy, "generated/dev/web.yaml");
    writeFileSync(file, readFileSync(file, "utf8").replace(/replicaCount: \d+/, "replicaCount: 99"));
    const { code, output } = helmfile(context, copy, "-e", "dev", "template");
    expect(output).toContain("-replicaCount: 99");
    expect(output).toContain("run `npm run gen`");
    expect(code).not.toBe(0);
  });

  test("stops at a generated file that is missing", (context) => {
    const copy = copyWithApps("web");
    rmSync(path.join(copy, "generated/dev/traefik.yaml"));
    const { code, output } = helmfile(context, copy, "-e", "dev", "template");
    expect(output).toContain("+++ generated/dev/traefik.yaml");
    expect(output).toContain("run `npm run gen`");
    expect(code).not.toBe(0);
  });

  test("names the chart that CHARTS_DIR lacks", (context) => {
    const env = { ...toolEnv(), CHARTS_DIR: temporaryDirectory() };
    requireTool(context, "helm");
    const { code, stderr } = ask(requireTool(context, "helmfile"), ["-e", "dev", "list"], {
      cwd: copyWithApps("web"),
      env,
    });
    expect(stderr).toMatch(/CHARTS_DIR has neither \S+\/argo-cd\/ nor \S+\/argo-cd-[0-9.]+\.tgz/);
    expect(code).not.toBe(0);
  });
});
