import { parseArgs } from "node:util";
import { dryRun, prepareCluster, renderEnvironment } from "./lib/cluster/dry-run.ts";
import { type ExitCode, runCommand } from "./lib/command.ts";
import { count } from "./lib/issue.ts";
import { requireKnown } from "./lib/suggest.ts";
import { environmentNames } from "./lib/values/environments.ts";

const usage = `npm run dry-run [-- OPTIONS]: asks the API server of the current context whether it would accept every object

  --env ENV   only this environment (default: all)
  --prepare   first create the namespaces and CRDs that the objects need, and nothing else: for an empty cluster
`;

await runCommand(async (): Promise<ExitCode> => {
  const { values: options } = parseArgs({
    options: {
      env: { type: "string" },
      prepare: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (options.help) {
    process.stdout.write(usage);
    return 0;
  }
  const known = environmentNames(process.cwd());
  requireKnown("environment", options.env, known);
  let refused = 0;
  for (const env of options.env ? [options.env] : known) {
    const documents = renderEnvironment(env);
    if (options.prepare) prepareCluster(documents);
    const result = dryRun(documents);
    const missed = documents.length - result.accepted;
    refused += missed;
    for (const line of result.refused) process.stderr.write(`${line}\n`);
    process.stdout.write(`${env}: ${count(result.accepted, "object")} accepted, ${missed} refused\n`);
  }
  return refused > 0 ? 1 : 0;
});
