import { type DeclaredApp, loadDeclaredApps } from "../engine/apps.ts";
import { environmentNames } from "../engine/environments.ts";
import { defineCommand } from "../frame/command.ts";
import { chooseApp, environmentOf } from "../frame/target.ts";
import { findCauses } from "../operations/app/find-causes.ts";
import { findLiveApp, findLiveApps, isAmong } from "../operations/app/find-live-app.ts";
import { findLeftovers } from "../operations/app/leftovers.ts";
import { isHealthy, type LiveApp } from "../operations/app/live-app.ts";
import { formatMatrix } from "../operations/app/status-matrix.ts";
import { type Found, formatRows, readRows, withLive } from "../operations/app/status-rows.ts";
import { type Application, applicationKind } from "../operations/handover/argocd-application.ts";
import { describeOrphan, findOrphans } from "../operations/removal/orphans.ts";
import { currentCluster, readAddress } from "../outside/cluster.ts";
import { ClusterError, getObjects } from "../outside/kubectl.ts";
import { count } from "../problems/issue.ts";

export const command = defineCommand({
  summary: "every app's version in each environment, and what the current context's cluster runs",
  operands: [{ name: "ENV", optional: true, is: "environment", help: "only this environment" }],
  options: { app: { value: "A", help: "only this app; reads nothing of the cluster but its namespace" } },
  notes: "A cluster that does not answer is no failure: what the working tree says is printed all the same.",
  touches: "nothing",
  async run({ root, operands: [env], options }) {
    const declared = await loadDeclaredApps(root);
    const apps = options.app === undefined ? declared : [chooseApp(declared, options.app)];
    // All environments: what runs of another one is no orphan.
    const { rows: all, columns, repositories } = await readRows(root, environmentNames(root), apps);
    const seen = await look(root, apps, options.app !== undefined);
    const rows = all.map((row) => withLive(row, seen.live, seen));
    const shown = rows.filter(({ environment }) => env === undefined || environment === env);
    const orphans = seen.applications ? findOrphans(all, seen.live, seen.applications, repositories) : [];
    // About the cluster, not part of the answer.
    process.stderr.write(`${seen.note}\n`);
    const shownColumns = columns.filter(({ environment }) => env === undefined || environment === env);
    const table = apps.length === 1 ? formatRows(shown) : formatMatrix(shown, shownColumns, seen.context);
    const text = [table, ...(orphans.length > 0 ? ["", ...orphans.map(describeOrphan)] : [])].join("\n");
    return { code: 0, text, data: { apps: shown, orphans } };
  },
});

/** What the current context's cluster has, as far as it could be read. */
interface Seen extends Found {
  live: LiveApp[];
  /** Undefined where only one app was looked for. */
  applications?: Application[];
  context?: string;
  /** A line about the cluster. */
  note: string;
}

async function look(root: string, apps: DeclaredApp[], named: boolean): Promise<Seen> {
  let context: string | undefined;
  try {
    const address = await readAddress();
    context = address.context;
    const [app] = apps;
    return named && app ? await lookAt(root, app, context) : await lookAtAll(root, apps, context);
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    const why = error.message.replaceAll("\n", ": ");
    const way = error.failure === "forbidden" && !named ? "; --app APP reads one namespace alone" : "";
    return {
      live: [],
      ...nothing,
      note: `without a cluster${context ? ` (context ${context})` : ""}: ${why}${way}`,
    };
  }
}

const nothing: Found = { causes: new Map(), leftovers: new Map() };
const unknown = "an environment that is not known";
const ownChartNote = " (a workload of a chart of its own is found by the app's name alone)";

function describeOne({ environment = unknown, owner }: LiveApp): string {
  return `${environment}, released by ${owner}`;
}

async function lookAt(root: string, app: DeclaredApp, context: string): Promise<Seen> {
  const found = await findLiveApp({ context }, app);
  const [live] = await withEnvironments(root, found ? [found] : []);
  const missing = `no ${app.name} in namespace ${app.namespace}${app.facts.chart ? ownChartNote : ""}`;
  if (!live) return { live: [], ...nothing, context, note: `context ${context}: ${missing}` };
  return {
    live: [live],
    ...(await findOut(context, [live])),
    context,
    note: `context ${context}: ${describeOne(live)}`,
  };
}

async function lookAtAll(root: string, apps: DeclaredApp[], context: string): Promise<Seen> {
  const [found, applications] = await Promise.all([
    findLiveApps({ context }, apps),
    getObjects<Application>({ context }, applicationKind, "--all-namespaces"),
  ]);
  const live = await withEnvironments(root, found);
  const known = live.filter(({ app }) => isAmong(app, apps));
  const environments = [...Map.groupBy(known, ({ environment }) => environment)];
  const [one] = known;
  const none = apps.some(({ facts }) => facts.chart) ? `no app is seen to run${ownChartNote}` : "no app runs";
  const note =
    known.length === 1 && one
      ? describeOne(one)
      : environments.map(([env = unknown, of]) => `${count(of.length, "app")} of ${env}`).join(", ") || none;
  return { live, ...(await findOut(context, live)), applications, context, note: `context ${context}: ${note}` };
}

async function findOut(context: string, live: LiveApp[]): Promise<Found> {
  const unhealthy = live.filter((one) => !isHealthy(one));
  const [causes, leftovers] = await Promise.all([findCauses({ context }, unhealthy), findLeftovers({ context }, live)]);
  return { causes, leftovers };
}

/** Apps whose pods do not say their environment get that of the other apps, or the one whose cluster it is. */
async function withEnvironments(root: string, live: LiveApp[]): Promise<LiveApp[]> {
  if (live.every(({ environment }) => environment !== undefined)) return live;
  const named = new Set(live.flatMap(({ environment }) => environment ?? []));
  const fallback = named.size === 1 ? [...named][0] : environmentOf(root, await currentCluster());
  return live.map((one) => ({ ...one, environment: one.environment ?? fallback }));
}
