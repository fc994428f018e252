import type { Cluster } from "../../outside/cluster.ts";
import { ClusterError, getReadable, kubectl } from "../../outside/kubectl.ts";
import { type AnalysisRun, type Cause, causesOf, type Event, type Pod } from "./causes.ts";
import type { LiveApp } from "./live-app.ts";

/** Lines of a container's log that are told. */
const logLines = 5;

/**
 * Why each of the apps does not come up, in three calls of kubectl and one for each crash, however many apps there are.
 * What one may not read is left out. Throws `ClusterError`.
 */
export async function findCauses(cluster: Pick<Cluster, "context">, apps: LiveApp[]): Promise<Map<LiveApp, string[]>> {
  if (apps.length === 0) return new Map();
  const namespaces = new Set(apps.map(({ app }) => app.namespace));
  const where = namespaces.size === 1 ? ["--namespace", ...namespaces] : ["--all-namespaces"];
  const names = apps.map(({ app }) => app.name).join(",");
  const labelled = [...where, "--selector", `app.kubernetes.io/instance in (${names})`];
  const [pods, runs, events] = await Promise.all([
    getReadable<Pod>(cluster, "pods", ...labelled),
    getReadable<AnalysisRun>(cluster, "analysisruns.argoproj.io", ...labelled),
    getReadable<Event>(cluster, "events", ...where, "--field-selector", "type=Warning"),
  ]);
  const found = apps.map(async (live): Promise<[LiveApp, string[]]> => {
    const here = ({ metadata }: { metadata: { namespace?: string } }) => metadata.namespace === live.app.namespace;
    const evidence = { pods: pods.filter(here), runs: runs.filter(here), events: events.filter(here) };
    const causes = causesOf(live, evidence);
    return [live, await Promise.all(causes.map((cause) => withLog(cluster, live, cause)))];
  });
  return new Map(await Promise.all(found));
}

/** The causes of one app. */
export async function findCausesOf(cluster: Pick<Cluster, "context">, live: LiveApp): Promise<string[]> {
  return (await findCauses(cluster, [live])).get(live) ?? [];
}

/** A cause with the last lines of the log that says more. */
async function withLog(cluster: Pick<Cluster, "context">, { app }: LiveApp, cause: Cause): Promise<string> {
  if (!cause.log) return cause.text;
  const { of, container, previous } = cause.log;
  const from = [of, "--container", container, `--tail=${logLines}`, ...(previous ? ["--previous"] : [])];
  try {
    const log = (await kubectl(cluster, "logs", "--namespace", app.namespace, ...from)).trim();
    return log ? `${cause.text}; the end of its log:\n${log.replace(/^/gm, "    ")}` : cause.text;
  } catch (error) {
    // The log of a container that is restarting can be away for a moment; the exit code is known all the same.
    if (error instanceof ClusterError) return cause.text;
    throw error;
  }
}
