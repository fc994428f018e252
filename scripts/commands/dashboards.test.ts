import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask } from "../outside/run.ts";

const repository = path.resolve(import.meta.dirname, "../..");
let out: string;

beforeAll(() => {
  out = mkdtempSync(path.join(tmpdir(), "dashboards-test-"));
});

afterAll(() => rmSync(out, { recursive: true, force: true }));

function run(...args: string[]) {
  const command = path.join(import.meta.dirname, "../cli.ts");
  const { code, stdout, stderr } = ask(process.execPath, [command, "dashboards", ...args], {
    cwd: repository,
  });
  return { code, output: stdout + stderr };
}

describe("npm run dashboards", () => {
  test("shows every dashboard's panels on a page that loads nothing", () => {
    const file = path.join(out, "dashboards.html");
    const { code, output } = run("--out", out);
    expect(output).toBe(`wrote ${file}\n`);
    expect(code).toBe(0);
    const page = readFileSync(file, "utf8");
    expect(page).toContain("<h1>Dashboards</h1>");
    expect(page.match(/<section id="observable-/g)).toHaveLength(5);
    expect(page).toContain('<article style="grid-area:');
    expect(page).toContain("<h4>Share of the requests</h4>");
    expect(page).toContain("app_info{namespace=&#34;$namespace&#34;");
    expect(page).toContain("Rollout aborted");
    expect(page).not.toMatch(/<(script|link|img)|@import|https?:|src=/);
    const targets = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
    expect(targets.filter((id) => !page.includes(`id="${id}"`))).toEqual([]);
  });

  test("refuses an operand and an option that do not exist", () => {
    expect(run("prod")).toMatchObject({ code: 1, output: expect.stringContaining("prod") });
    expect(run("--uot", out)).toMatchObject({ code: 1, output: expect.stringContaining("--out") });
  });

  test("says how it is used", () => {
    expect(run("--help")).toMatchObject({ code: 0, output: expect.stringContaining("--out DIR") });
  });
});
