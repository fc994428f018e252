import { parseArgs } from "node:util";
import { type ExitCode, runCommand } from "./lib/command.ts";
import { count, displayPath } from "./lib/issue.ts";
import { showChanges } from "./lib/promotion/show-changes.ts";
import { generate } from "./lib/values/generate.ts";
import { applyChanges } from "./lib/values/write-tree.ts";

const usage = `npm run gen [-- OPTIONS]: writes generated/ and schemas/ from values-src/

  --env ENV          only this environment
  --release RELEASE  only this release
  --out DIR          write DIR/<env>/<release>.yaml instead, and no schemas
  --check            write nothing; exit 2 and show the difference if something would change
`;

await runCommand(async (): Promise<ExitCode> => {
  const { values: options } = parseArgs({
    options: {
      env: { type: "string" },
      release: { type: "string" },
      out: { type: "string" },
      check: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const { env, release, out, check, help } = options;
  if (help) return print(usage, 0);
  const root = process.cwd();
  const changes = await generate({ root, env, release, out });
  if (check && changes.length > 0) {
    const differ = `${count(changes.length, "file")} not as values-src/ says: run \`npm run gen\` and commit the result`;
    return print(`${await showChanges(changes, root)}\n${differ}\n`, 2);
  }
  applyChanges(changes);
  const written = changes.map(
    ({ file, after }) => `${after === undefined ? "removed" : "wrote"} ${displayPath(file, root)}\n`,
  );
  return print(changes.length > 0 ? written.join("") : "everything is up to date\n", 0);
});

function print(text: string, code: ExitCode): ExitCode {
  process.stdout.write(text);
  return code;
}
