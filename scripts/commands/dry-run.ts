import { appNames } from "../engine/apps.ts";
import { environmentNames } from "../engine/environments.ts";
import { defineCommand, yesOption } from "../frame/command.ts";
import { confirm, matchCluster } from "../frame/target.ts";
import { describeMissing, dryRun, missingObjects, prepareCluster } from "../operations/dry-run.ts";
import { currentCluster } from "../outside/cluster.ts";
import { say } from "../outside/deeds.ts";
import { renderEnvironment } from "../outside/helmfile.ts";
import { count } from "../problems/issue.ts";

export const command = defineCommand({
  summary: "has the current context's API server check every object, changing nothing",
  operands: [{ name: "ENV", optional: true, many: true, is: "environment", help: "only these environments" }],
  options: {
    prepare: { help: "first create the namespaces and CRDs that are missing, and nothing else: for an empty cluster" },
    ...yesOption,
  },
  touches: "cluster",
  async run(given) {
    const { root, operands, options } = given;
    const cluster = await currentCluster();
    const apps = appNames(root);
    const results: { environment: string; accepted: number; refused: string[] }[] = [];
    let missed = 0;
    for (const environment of operands.length > 0 ? operands : environmentNames(root)) {
      const documents = await renderEnvironment(environment, apps);
      if (options.prepare) {
        // What is created must be created in the environment's own cluster.
        matchCluster(root, environment, cluster);
        const missing = await missingObjects(cluster, documents);
        const question = describeMissing(missing);
        if (question) {
          await prepareCluster(await confirm(given, cluster, question), missing);
        }
      }
      const { accepted, refused } = await dryRun(cluster, documents);
      for (const line of refused) process.stderr.write(`${line}\n`);
      say(`${environment}: ${count(accepted, "object")} accepted, ${documents.length - accepted} refused`);
      missed += documents.length - accepted;
      results.push({ environment, accepted, refused });
    }
    return {
      code: missed > 0 ? 1 : 0,
      text: missed > 0 ? `${count(missed, "object")} refused` : "every object is accepted",
      data: results,
    };
  },
});
