import { loadClusters } from "../engine/clusters.ts";
import { environmentNames } from "../engine/environments.ts";
import { defineCommand } from "../frame/command.ts";
import { matchCluster } from "../frame/target.ts";
import { currentCluster } from "../outside/cluster.ts";

/** What Helmfile does without a cluster. */
const offline = [
  "template",
  "build",
  "fetch",
  "pull",
  "lint",
  "list",
  "deps",
  "repos",
  "init",
  "cache",
  "show-dag",
  "write-values",
  "print-env",
];

export const command = defineCommand({
  summary: "refuses an environment on another environment's cluster; Helmfile runs it first, as a hook",
  operands: [{ name: "ENV", is: "environment" }],
  options: {
    context: { value: "NAME", help: "the context that Helmfile was given; else the current one" },
    command: { value: "VERB", help: "what Helmfile is about to do; not checked for a command that needs no cluster" },
  },
  touches: "nothing",
  async run({ root, operands: [env = ""], options: { context, command } }) {
    const { clusters } = loadClusters(root, environmentNames(root));
    const known = Object.values(clusters).flat().length > 0;
    if (!known || (command !== undefined && offline.includes(command)))
      return { code: 0, text: "", data: { match: "not asked" } };
    const cluster = await currentCluster(context || undefined);
    return { code: 0, text: "", data: { match: matchCluster(root, env, cluster) } };
  },
});
