import type { DeclaredApp } from "../../engine/apps.ts";
import { loadEnvironments } from "../../engine/environments.ts";
import { loadPlatformSchemas } from "../../engine/schemas.ts";
import { shortTag } from "../promotion/set-image-tag.ts";
import { formatTable } from "../text-table.ts";
import { imageOf, isHealthy, type LiveApp, unknownVersion } from "./live-app.ts";
import { differencesOf } from "./template-differences.ts";

/** An app in an environment: what the working tree asks for, and what the cluster runs if it is that environment's. */
export interface StatusRow {
  app: string;
  namespace: string;
  environment: string;
  version: string;
  image: string;
  strategy: string;
  owner: "argocd" | "helmfile";
  /** Facts in which the app departs from the environment's defaults, among strategy and owner. */
  departs: ("strategy" | "owner")[];
  /** Whether its chart is its own: then it may run although no workload of it is found. */
  ownChart: boolean;
  live?: LiveRow;
}

interface LiveRow
  extends Pick<
    LiveApp,
    "stable" | "next" | "state" | "step" | "newShare" | "phase" | "message" | "strategy" | "owner"
  > {
  /** What its workload asks for, if that is the image of the row. */
  image?: string;
  /** Why it does not come up. */
  causes: string[];
  /** What Argo Rollouts has left behind, and the command that removes it. */
  leftovers: string[];
  /** Where the pod template differs from the one that serves, if both are the same version. */
  differences: string[];
}

/** An environment as status needs it: its name, and its defaults. */
export interface StatusColumn {
  environment: string;
  strategy: string;
  owner: string;
}

/**
 * What the working tree says of apps in environments, with no row where an app is not, and the repositories that Argo CD
 * reads. Throws `IssueError` with all problems of the environments' facts.
 */
export async function readRows(
  root: string,
  names: string[],
  apps: DeclaredApp[],
): Promise<{ rows: StatusRow[]; columns: StatusColumn[]; repositories: string[] }> {
  const environments = await loadEnvironments(root, names, await loadPlatformSchemas(root));
  const rows = apps.flatMap((declared) =>
    environments.flatMap((env): StatusRow[] => {
      const app = declared.in(env);
      if (!app) return [];
      const { strategy, owner, namespace, image } = app;
      const departs = (["strategy", "owner"] as const).filter((fact) => app[fact] !== env[fact]);
      const about = {
        app: app.name,
        namespace,
        environment: env.name,
        strategy,
        owner,
        departs,
        ownChart: declared.facts.chart !== undefined,
      };
      const name = `${image.repository}:${image.tag}`;
      return [{ ...about, version: image.tag, image: image.digest ? `${name}@${image.digest}` : name }];
    }),
  );
  const columns = environments.map(({ name, strategy, owner }) => ({ environment: name, strategy, owner }));
  return { rows, columns, repositories: environments.map(({ git }) => git.url) };
}

/** Whether that is what the cluster runs of the row's app. */
export function isOf(row: StatusRow, { app, environment }: LiveApp): boolean {
  return app.name === row.app && app.namespace === row.namespace && environment === row.environment;
}

/** What was found out about live apps. */
export interface Found {
  /** Why they do not come up. */
  causes: Map<LiveApp, string[]>;
  leftovers: Map<LiveApp, string[]>;
}

/** Adds what the cluster runs to the row, why it does not come up, and what is left over. */
export function withLive(row: StatusRow, live: LiveApp[], { causes, leftovers }: Found): StatusRow {
  const found = live.find((one) => isOf(row, one));
  if (!found) return row;
  const { app: _, workload, history, environment, ...now } = found;
  const image = imageOf(workload, row.image);
  const about = {
    causes: causes.get(found) ?? [],
    leftovers: leftovers.get(found) ?? [],
    differences: differencesOf(found),
  };
  return { ...row, live: { ...now, ...about, ...(image && { image }) } };
}

const headings = ["environment", "version", "strategy", "owner"];

/** Titles of `liveCells`. */
export const liveHeadings = ["live", "step", "phase"];

/** One app's rows as a table, with messages below it. */
export function formatRows(rows: StatusRow[]): string {
  const anyLive = rows.some(({ live }) => live);
  const cells = rows.map((row) => {
    const { environment, version, strategy, owner } = row;
    return [environment, version, strategy, owner, ...(anyLive ? liveCells(row) : [])];
  });
  const lines = formatTable([anyLive ? [...headings, ...liveHeadings] : headings, ...cells]);
  const messages = rows.flatMap((row) => notesOf(row).map((note) => `${row.environment}: ${note}`));
  return [...lines, ...(messages.length > 0 ? ["", ...messages] : [])].join("\n");
}

/** What runs, how far its rollout is, and its phase. */
export function liveCells({ live }: StatusRow): string[] {
  return live ? [liveVersions(live), live.step ?? "-", live.phase] : ["-", "-", "-"];
}

function liveVersions({ stable, next, state }: NonNullable<StatusRow["live"]>): string {
  if (!next) return stable ?? "?";
  return state === "aborted" ? `${stable ?? "none"} (${next} aborted)` : `${stable ?? "none"} -> ${next}`;
}

/**
 * What the controller says of the rollout, why it does not come up, and where the cluster does not have what the working tree
 * asks for.
 */
export function notesOf(row: StatusRow): string[] {
  const { live } = row;
  if (!live) return [];
  const { message, causes, leftovers, differences } = live;
  const changed =
    differences.length > 0 ? [`the same version with another configuration: ${differences.join("; ")}`] : [];
  return [...(message ? [message] : []), ...causes, ...changed, ...leftovers, ...driftOf(row, live)];
}

/** Where the cluster does not have what the working tree asks for, as far as its pods tell. */
function driftOf(row: StatusRow, live: LiveRow): string[] {
  const { has, wanted } = versionsOf(row, live);
  const pairs = [
    [shortTag(has), shortTag(wanted)],
    // The workload of a chart of its own need not show its strategy.
    ...(row.ownChart ? [] : [[`strategy ${live.strategy}`, `strategy ${row.strategy}`]]),
    [`owner ${live.owner}`, `owner ${row.owner}`],
  ].filter(([is, should]) => is !== should);
  return pairs.map(([is, should]) => `the cluster has ${is}, the working tree ${should}`);
}

/** Whether its pods tell a version that can be compared with the working tree's. */
export function tellsVersion({ live }: StatusRow): boolean {
  return (live?.next ?? live?.stable) !== unknownVersion;
}

/** What is compared: versions, with the digest where both can be known. What the pods do not tell counts as the same. */
function versionsOf(row: StatusRow, live: LiveRow): { has: string; wanted: string } {
  const version = tellsVersion(row) ? (live.next ?? live.stable ?? "none") : row.version;
  if (!digestOf(row.image) || live.image === undefined) return { has: version, wanted: row.version };
  return { has: version + digestOf(live.image), wanted: row.version + digestOf(row.image) };
}

/** `@sha256:…`, or nothing. */
function digestOf(image: string): string {
  return /@.+$/.exec(image)?.[0] ?? "";
}

/** Whether the cluster runs what the working tree asks for, as far as is known, and nothing is being rolled out or amiss. */
export function isSettled(row: StatusRow): boolean {
  const { live } = row;
  return live !== undefined && isHealthy(live) && driftOf(row, live).length === 0;
}
