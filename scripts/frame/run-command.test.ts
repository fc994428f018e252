import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { environment, type Outcome, outputOfSync, start } from "../testing/processes.ts";
import { makeWorkspace, temporaryDirectory } from "../testing/workspace.ts";

const cli = path.resolve(import.meta.dirname, "../cli.ts");

/** Runs a command whose reader has closed the pipe before the command starts, and gives the command's exit code. */
async function runUnread(root: string, ...args: string[]): Promise<Outcome> {
  const gone = path.join(temporaryDirectory(), "gone");
  outputOfSync("mkfifo", [gone]);
  const script = `{ read _ <"$0"; "$@"; echo "code $?" >&2; } | { exec <&-; echo >"$0"; }`;
  const command = [process.execPath, cli, ...args];
  return await start("/bin/sh", ["-c", script, gone, ...command], { cwd: root, env: environment() }).ended;
}

test.for([
  [["help"], {}, 0],
  [["diff", "--help"], {}, 0],
  [["gen", "--check", "--json"], { "generated/one/web.yaml": "" }, 2],
  [["check", "--json"], { "values-src/environments/one.ts": "export default {};\n" }, 1],
] as const)("%s: a reader that closes early gets no trace, and the exit code stays", async ([args, edits, code]) => {
  const { stderr } = await runUnread(makeWorkspace({ ...edits }), ...args);
  expect(stderr.split("\n").at(-2)).toBe(`code ${code}`);
  expect(stderr).not.toMatch(/EPIPE|^ +at /m);
});

test("a command that prints as it goes ends as soon as nobody reads it, without a word", async () => {
  const server = createServer((_, response) => response.end('{"version":"1.2.3"}')).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const { stderr } = await runUnread(makeWorkspace(), "traffic", "--seconds", "3600", `http://127.0.0.1:${port}`);
  expect(stderr).toBe("code 1\n");
});
