import path from "node:path";
import { parseArgs } from "node:util";
import { type ExitCode, runCommand } from "./lib/command.ts";
import { count, formatIssues } from "./lib/issue.ts";
import { checkFiles } from "./lib/values/check-files.ts";

const usage = `npm run check [-- [FILE...] OPTIONS]: validates values files on disk against the schemas

  FILE               any values file (default: all of generated/)
  --release RELEASE  the release whose values they are (default: by the file's name or its $schema line)
  --json             print the problems as a JSON array
`;

await runCommand(async (): Promise<ExitCode> => {
  const { values: options, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      release: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (options.help) {
    process.stdout.write(usage);
    return 0;
  }
  const root = process.cwd();
  const files = positionals.map((file) => path.resolve(callerDirectory(root), file));
  const { checked, issues } = await checkFiles(root, files, options.release);
  if (options.json) process.stdout.write(`${JSON.stringify(issues, null, 2)}\n`);
  else if (issues.length > 0) process.stderr.write(`${formatIssues(issues, root)}\n`);
  else process.stdout.write(`${count(checked, "file")} valid\n`);
  return issues.length > 0 ? 1 : 0;
});

/** npm starts scripts in the root and says where in it the caller was. */
function callerDirectory(root: string): string {
  const caller = process.env.INIT_CWD ?? root;
  return path.relative(root, caller).startsWith("..") ? root : caller;
}
