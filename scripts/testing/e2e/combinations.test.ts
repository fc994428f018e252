/** What the types of the facts allow is refused by the world's checks, or taken by the API server. Nothing is changed. */
import path from "node:path";
import { expect, test } from "vitest";
import { contradictions } from "../../../values-src/world/world.ts";
import { dryRun } from "../../operations/dry-run.ts";
import { currentCluster } from "../../outside/cluster.ts";
import { documentsIn } from "../../outside/helmfile.ts";
import { requireChart, requireTool } from "../require.ts";
import { loadWorldMaker, renderRelease, sampleWorldFacts } from "../worlds.ts";
import { context as contextName } from "./app.ts";
import { applyGatewayKinds } from "./gateway-kinds.ts";
import { report } from "./results.ts";

const root = path.resolve(import.meta.dirname, "../../..");

test("combinations: a strict dry run of what facts may say", async (context) => {
  const helm = requireTool(context, "helm");
  const charts = { "http-service": "service/chart", "argocd-apps": requireChart(context, "argocd-apps") };
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000_000);
  console.log(`SEED=${seed}`);
  const cluster = await currentCluster(contextName());
  const worldOf = await loadWorldMaker(root);
  const worlds = sampleWorldFacts(seed, 60).map(worldOf);
  const allowed = worlds.filter((world) => contradictions(world).length === 0);
  const noRoutes = await applyGatewayKinds();
  const isKnown = (document: string) => !noRoutes || !/^kind: HTTPRoute$/m.test(document);
  let accepted = 0;
  for (const { evaluated } of allowed) {
    const known = evaluated.filter(({ chartName }) => chartName in charts);
    const texts = await Promise.all(
      known.map((release) => renderRelease(helm, release, charts[release.chartName as keyof typeof charts])),
    );
    // Their namespaces are not there: the apps' objects are sent to the context's own.
    const documents = texts.flatMap(documentsIn).filter(isKnown);
    // No app with our chart, and no Argo CD.
    if (documents.length === 0) continue;
    const result = await dryRun(cluster, documents);
    expect(result.refused).toEqual([]);
    expect(result.accepted).toBe(documents.length);
    accepted += result.accepted;
  }
  report(
    context,
    `${worlds.length - allowed.length} of ${worlds.length} refused, ${accepted} objects of the others accepted${noRoutes ? `, without HTTPRoutes: ${noRoutes}` : ""}`,
  );
  expect(allowed.length).toBeGreaterThan(10);
});
