import { appOption, defineCommand, yesOption } from "../frame/command.ts";
import { actOnRollout } from "../frame/rollout-command.ts";
import { promote } from "../operations/rollout/actions.ts";

export const command = defineCommand({
  summary: "lets the rollout in the current context's cluster go on to its next step",
  operands: [
    {
      name: "ENV",
      optional: true,
      is: "environment",
      help: "the environment; may be left out where the cluster tells",
    },
  ],
  options: { full: { help: "to the end, without pauses and analysis" }, ...appOption, ...yesOption },
  notes: "Git is not changed: npm run promote does that.",
  touches: "cluster",
  run: (given) => actOnRollout("promote-rollout", promote, given, given.options),
});
