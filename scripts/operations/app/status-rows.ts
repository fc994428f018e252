import path from "node:path";
import { readYamlFile } from "../../engine/yaml-file.ts";
import type { Issue } from "../../problems/issue.ts";
import type { App, LiveApp } from "./live-app.ts";

/** An app in an environment: what the working tree asks for, and what the cluster runs if it is that environment's. */
export interface StatusRow {
  app: string;
  environment: string;
  version: string;
  image: string;
  strategy: string;
  owner: "argocd" | "helmfile";
  live?: { stable?: string; next?: string; state: LiveApp["state"]; step?: string; phase: string; message?: string };
}

/** What the generated values of an environment say of an app, or why they cannot be read. */
export function readRow(root: string, environment: string, { name }: App): StatusRow | Issue[] {
  const directory = path.join(root, "generated", environment);
  const values = readYamlFile(path.join(directory, `${name}.yaml`));
  const conditions = readYamlFile(path.join(directory, "environment.yaml"));
  const problems = [values, conditions].flatMap((read) => (Array.isArray(read) ? read : []));
  if (Array.isArray(values) || Array.isArray(conditions)) {
    return problems.map((issue) => ({ ...issue, message: `${issue.message}: run npm run gen` }));
  }
  const facts = values.data as { image?: { repository?: string; tag?: string }; strategy?: { type?: string } };
  const enabled = (conditions.data as Record<string, { enabled?: boolean }>)[name]?.enabled;
  return {
    app: name,
    environment,
    version: facts.image?.tag ?? "?",
    image: `${facts.image?.repository}:${facts.image?.tag}`,
    strategy: facts.strategy?.type ?? "?",
    owner: enabled ? "helmfile" : "argocd",
  };
}

/** Adds what the cluster runs to the row, if the cluster is that environment's and the app is the row's. */
export function withLive(row: StatusRow, found: LiveApp | undefined): StatusRow {
  if (found?.environment !== row.environment || found.app.name !== row.app) return row;
  const { stable, next, state, step, phase, message } = found;
  const live = { ...(stable && { stable }), ...(next && { next }), state, ...(step && { step }), phase };
  return { ...row, live: { ...live, ...(message && { message }) } };
}

const headings = ["environment", "version", "strategy", "owner", "live", "step", "phase"];

/** The rows as a table, with a column for the app where there are several, and messages below it. */
export function formatRows(rows: StatusRow[]): string {
  const several = new Set(rows.map(({ app }) => app)).size > 1;
  const anyLive = rows.some(({ live }) => live);
  const cells = rows.map(({ app, environment, version, strategy, owner, live }) => [
    ...(several ? [app] : []),
    environment,
    version,
    strategy,
    owner,
    ...(anyLive ? [live ? liveVersions(live) : "-", live?.step ?? "-", live?.phase ?? "-"] : []),
  ]);
  const titles = [...(several ? ["app"] : []), ...(anyLive ? headings : headings.slice(0, 4))];
  const table = [titles, ...cells];
  const widths = titles.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const lines = table.map((row) => {
    const padded = row.map((cell, column) => cell.padEnd(widths[column] ?? 0));
    return padded.join("  ").trimEnd();
  });
  const messages = rows.flatMap((row) => {
    const name = several ? `${row.app} in ${row.environment}` : row.environment;
    return notesOf(row).map((note) => `${name}: ${note}`);
  });
  return [...lines, ...(messages.length > 0 ? ["", ...messages] : [])].join("\n");
}

function liveVersions({ stable, next, state }: NonNullable<StatusRow["live"]>): string {
  if (!next) return stable ?? "?";
  return state === "aborted" ? `${stable ?? "none"} (${next} aborted)` : `${stable ?? "none"} -> ${next}`;
}

function notesOf({ version, live }: StatusRow): string[] {
  if (!live) return [];
  const serves = live.next ?? live.stable;
  const drift = serves === version ? [] : [`the cluster has ${serves}, the working tree ${version}`];
  return [...(live.message ? [live.message] : []), ...drift];
}
