import { appOption, defineCommand, yesOption } from "../frame/command.ts";
import { actOnRollout } from "../frame/rollout-command.ts";
import { undo } from "../operations/rollout/undo.ts";

export const command = defineCommand({
  summary: "brings the version before back at once, also after a rollout has ended",
  operands: [
    {
      name: "ENV",
      optional: true,
      is: "environment",
      help: "the environment; may be left out where the cluster tells",
    },
  ],
  options: {
    to: {
      value: "V",
      help: "a version that the cluster still knows; default: the newest one before whose analysis did not fail",
    },
    ...appOption,
    ...yesOption,
  },
  notes: "Git is not changed: npm run rollback does that.",
  touches: "cluster",
  run: (given) => actOnRollout("undo", undo, given, given.options),
});
