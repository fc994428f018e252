import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ask } from "../outside/run.ts";
import { startCommand } from "../testing/processes.ts";

const command = path.resolve(import.meta.dirname, "../cli.ts");
let root: string;
let fakes: string;

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "tools-test-"));
  fakes = path.join(root, "fakes");
  mkdirSync(fakes);
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Puts a command on the PATH of the run. */
function fake(name: string, script: string): void {
  writeFileSync(path.join(fakes, name), `#!/bin/sh\n${script}\n`);
  chmodSync(path.join(fakes, name), 0o755);
}

/** A Go that "builds" a script which prints the version, and notes that it was called. */
function fakeGo(version: string, last = ""): void {
  fake(
    "go",
    `echo "$@" >> "${root}/go-calls"
while [ "$1" != -o ]; do shift; done
printf '#!/bin/sh\\necho ${version}\\n' > "$2"; /bin/chmod +x "$2"
${last}`,
  );
}

function run(...args: string[]) {
  return ask(process.execPath, [command, "tools", ...args], { cwd: root, env: { PATH: fakes } });
}

function leftovers(): string[] {
  return readdirSync(path.join(root, ".tools")).filter((name) => name.startsWith("building-"));
}

describe("with tools on PATH", () => {
  test("uses every version that fits, Helm 3 among them, and builds nothing", () => {
    fake("helm", "echo v3.18.4+gd80839c");
    fake("helmfile", "echo helmfile version 1.9.3");
    fake("promtool", "echo 'promtool, version 3.5.0 (branch: HEAD)'");
    fake("prometheus", "echo 'prometheus, version 3.5.0 (branch: HEAD)'");
    fakeGo("v0.0.0");
    const { code, stdout, stderr } = run();
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^helm +3\.18\.4 .*on PATH: .*fakes\/helm$/m);
    expect(stdout).toMatch(/^helmfile +1\.9\.3 .*on PATH/m);
    expect(stdout).toMatch(/^promtool +3\.5\.0 .*on PATH/m);
    expect(existsSync(path.join(root, "go-calls"))).toBe(false);
  });

  test("looks only at the tools it is asked for", () => {
    fake("helm", "echo v4.0.0");
    const { code, stdout } = run("helm");
    expect(code).toBe(0);
    expect(stdout).not.toContain("promtool");
  });

  test("says that helmfile diff needs Helm's diff plugin, until it is there", () => {
    fake("helm", "echo v4.3.1");
    expect(run("helm").stdout).toContain("run helmfile init");
    fake("helm", '[ "$1" = plugin ] && echo "diff\t3.15.11" || echo v4.3.1');
    expect(run("helm").stdout).not.toContain("helmfile init");
  });
});

describe("without Go", () => {
  test("names the missing tools and the lines that install them", () => {
    fake("helm", "echo v4.3.1");
    const { code, stderr } = run();
    expect(code).toBe(1);
    expect(stderr).not.toContain("\nhelm (");
    expect(stderr).toContain("promtool (>=3 <4): not on PATH");
    expect(stderr).toContain("brew install helmfile prometheus\n");
    expect(stderr).toMatch(/mise use --global helmfile@1\.\S+ aqua:prometheus\/prometheus@3\.\S+\n/);
  });

  test("names an old version, and a tool that does not start", () => {
    fake("helm", "echo v2.17.0");
    fake("promtool", "exit 3");
    const { code, stderr } = run("helm", "promtool");
    expect(code).toBe(1);
    expect(stderr).toMatch(/helm \(>=3\.18 <5\): \S+fakes\/helm is 2\.17\.0/);
    expect(stderr).toMatch(/promtool .*of no readable version/);
  });
});

describe("with Go", () => {
  test("builds the pinned version in place of one that is too old, once", () => {
    fake("helm", "echo v2.17.0");
    fakeGo("v4.3.1");
    const first = run("helm");
    expect(first.code).toBe(0);
    expect(first.stdout).toMatch(
      /^helm +4\.3\.1 +\d+\.\d s +built into \.tools\/bin \(.* is 2\.17\.0, needed >=3\.18 <5\)$/m,
    );
    expect(existsSync(path.join(root, ".tools/bin/helm"))).toBe(true);
    rmSync(path.join(root, "go-calls"));
    const second = run("helm");
    expect(second.stdout).toMatch(/^helm +4\.3\.1 .*built before/m);
    expect(existsSync(path.join(root, "go-calls"))).toBe(false);
  });

  test("builds again when the pins have changed", () => {
    fakeGo("v4.3.1");
    run("helm");
    writeFileSync(path.join(root, ".tools/pins/helm"), "pins of last year");
    expect(run("helm").stdout).toMatch(/^helm .*built into/m);
  });

  test("shows why a build failed, goes on with the next tool, and leaves nothing half-made", () => {
    fakeGo("v4.3.1", 'case "$*" in *promtool*) echo "no space left on device" >&2; exit 1;; esac');
    const { code, stdout, stderr } = run("promtool", "prometheus");
    expect(code).toBe(1);
    expect(stderr).toContain("no space left on device");
    expect(stderr).toContain("brew install prometheus\n");
    expect(stdout).toMatch(/^prometheus .*built into/m);
    expect(readdirSync(path.join(root, ".tools/bin"))).toEqual(["prometheus"]);
    expect(leftovers()).toEqual([]);
  });

  test.for(["SIGINT", "SIGTERM"] as const)("leaves nothing half-made when %s ends it", async (signal) => {
    fakeGo("v4.3.1", `echo > "${root}/started"; exec /bin/sleep 30`);
    const running = startCommand(root, { PATH: fakes }, "tools", "helm");
    await expect.poll(() => existsSync(path.join(root, "started")), { timeout: 20_000 }).toBe(true);
    running.kill(signal);
    expect(await running.ended).toMatchObject({ code: 1 });
    expect(readdirSync(path.join(root, ".tools/bin"))).toEqual([]);
    expect(leftovers()).toEqual([]);
  });
});

test("rejects a tool that does not exist and lists those that do", () => {
  const { code, stderr } = run("helm", "kustomize");
  expect(code).toBe(1);
  expect(stderr).toContain('there is no tool "kustomize"');
  expect(stderr).toContain("Known: helm, helmfile, prometheus, promtool.");
});
