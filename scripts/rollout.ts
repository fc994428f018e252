import { parseArgs } from "node:util";
import { currentCluster } from "./lib/cluster/cluster.ts";
import { confirmUnlessLocal } from "./lib/cluster/confirm.ts";
import { appName, appNamespace, findLiveApp } from "./lib/cluster/find-live-app.ts";
import { type ExitCode, runCommand } from "./lib/command.ts";
import { IssueError } from "./lib/issue.ts";
import { abort, promote } from "./lib/rollout/actions.ts";
import { undo } from "./lib/rollout/undo.ts";
import { unknownName } from "./lib/suggest.ts";

const usage = `npm run promote-rollout [-- OPTIONS]: lets the rollout in the cluster of the current context go on to its next step
npm run abort           [-- OPTIONS]: gives the new version up; the stable one serves
npm run undo            [-- OPTIONS]: goes back to the version before, at once, also after a rollout has ended

  --full  promote-rollout: to the end, without pauses and analysis
  --to V  undo: to version V, one that the cluster still knows (default: the one before whose analysis has not failed)
  --yes   do not ask, in a context that is not local

Git is not changed: npm run promote and npm run rollback do that.
`;

const actions = { promote, abort, undo };

await runCommand(async (): Promise<ExitCode> => {
  const { values: options, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      full: { type: "boolean", default: false },
      to: { type: "string" },
      yes: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (options.help) {
    process.stdout.write(usage);
    return 0;
  }
  const verb = readVerb(positionals);
  const [cluster, namespace] = [await currentCluster(), appNamespace(process.cwd())];
  const app = await findLiveApp(cluster, namespace);
  if (!app) {
    const message = `context ${cluster.context} runs no ${appName} in namespace ${namespace}: npm run up releases it, and kubectl config use-context NAME chooses another cluster`;
    throw new IssueError({ file: verb, message });
  }
  const confirm = (action: string) => confirmUnlessLocal(cluster, action, options.yes);
  const told = await actions[verb](app, {
    cluster,
    namespace,
    full: options.full,
    confirm,
    ...(options.to && { to: options.to }),
  });
  process.stdout.write(`${app.environment}: ${told}\n`);
  return 0;
});

function readVerb(words: string[]): keyof typeof actions {
  const [verb = ""] = words;
  if (words.length === 1 && Object.hasOwn(actions, verb)) return verb as keyof typeof actions;
  const known = Object.keys(actions);
  const message = words.length === 1 ? unknownName("verb", verb, known) : `takes one of ${known.join(", ")}`;
  throw new IssueError({ file: "rollout", message });
}
