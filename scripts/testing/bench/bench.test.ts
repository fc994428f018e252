import { expect, test } from "vitest";
import { environment, start } from "../processes.ts";
import { scenarios } from "./scenarios.ts";

test("npm run bench measures every scenario beside the floor", { timeout: 120_000 }, async () => {
  const args = ["run", "--silent", "bench", "--", "4", "--rounds", "1"];
  const { stdout, stderr, code } = await start("npm", args, { env: environment() }).ended;
  expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
  const [head = "", ...rows] = stdout.trim().split("\n");
  expect(head).toMatch(/^4 environments, 1 app +wall s +CPU s +of the floor +MiB$/);
  for (const { title } of scenarios) {
    const figures = title.includes("npm run") ? /^ +\d+\.\d\d$/ : /^ +\d+\.\d\d +\d+\.\d\d +\d+\.\d\dx +\d+ *$/;
    expect(rows.find((row) => row.startsWith(`${title}  `))?.slice(title.length)).toMatch(figures);
  }
});
