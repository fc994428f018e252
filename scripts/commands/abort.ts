import { appOption, defineCommand, yesOption } from "../frame/command.ts";
import { actOnRollout } from "../frame/rollout-command.ts";
import { abort } from "../operations/rollout/actions.ts";

export const command = defineCommand({
  summary: "stops a rollout: the stable version serves everybody",
  operands: [
    {
      name: "ENV",
      optional: true,
      is: "environment",
      help: "the environment; may be left out where the cluster tells",
    },
  ],
  options: { ...appOption, ...yesOption },
  notes: "Git is not changed: npm run rollback does that.",
  touches: "cluster",
  run: (given) => actOnRollout("abort", abort, given, given.options),
});
