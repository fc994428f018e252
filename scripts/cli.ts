import { setFlagsFromString } from "node:v8";
import { runCommand, type Table } from "./frame/run-command.ts";

/** Every command: `npm run VERB` is an alias of `node scripts/cli.ts VERB`. */
const table: Table = {
  "Write values": {
    gen: () => import("./commands/gen.ts"),
    check: () => import("./commands/check.ts"),
    diff: () => import("./commands/diff.ts"),
    promote: () => import("./commands/promote.ts"),
    charts: () => import("./commands/charts.ts"),
    mutate: () => import("./commands/mutate.ts"),
  },
  Ship: {
    tools: () => import("./commands/tools.ts"),
    "dry-run": () => import("./commands/dry-run.ts"),
    up: () => import("./commands/up.ts"),
    handover: () => import("./commands/handover.ts"),
    "to-rollout": () => import("./commands/to-rollout.ts"),
    "promote-rollout": () => import("./commands/promote-rollout.ts"),
    guard: () => import("./commands/guard.ts"),
  },
  Watch: {
    plan: () => import("./commands/plan.ts"),
    status: () => import("./commands/status.ts"),
    traffic: () => import("./commands/traffic.ts"),
    dashboards: () => import("./commands/dashboards.ts"),
  },
  "Take back": {
    abort: () => import("./commands/abort.ts"),
    undo: () => import("./commands/undo.ts"),
    rollback: () => import("./commands/rollback.ts"),
    down: () => import("./commands/down.ts"),
  },
};

// Nearly all that gen makes for an environment is garbage at the next: room for more of it saves no time, and takes 150 MiB.
setFlagsFromString("--semi-space-growth-factor=1");

await runCommand(table, process.argv.slice(2));
