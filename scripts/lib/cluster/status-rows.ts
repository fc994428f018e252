import path from "node:path";
import type { Issue } from "../issue.ts";
import { readYamlFile } from "../yaml-file.ts";
import { appName } from "./find-live-app.ts";
import type { LiveApp } from "./live-app.ts";

/** An environment: what the working tree asks for, and what the cluster runs where it is that environment's. */
export interface StatusRow {
  environment: string;
  version: string;
  image: string;
  strategy: string;
  owner: "argocd" | "helmfile";
  live?: { stable?: string; next?: string; state: LiveApp["state"]; step?: string; phase: string; message?: string };
}

/** What the generated values of an environment say of the app, or why they cannot be read. */
export function readRow(root: string, environment: string): StatusRow | Issue[] {
  const directory = path.join(root, "generated", environment);
  const [values, conditions] = [`${appName}.yaml`, "environment.yaml"].map((file) =>
    readYamlFile(path.join(directory, file)),
  );
  const problems = [values, conditions].flatMap((read) => (Array.isArray(read) ? read : []));
  if (!values || !conditions || Array.isArray(values) || Array.isArray(conditions)) {
    return problems.map((issue) => ({ ...issue, message: `${issue.message}: run npm run gen` }));
  }
  const app = values.data as { image?: { repository?: string; tag?: string }; strategy?: { type?: string } };
  const enabled = (conditions.data as Record<string, { enabled?: boolean }>)[appName]?.enabled;
  return {
    environment,
    version: app.image?.tag ?? "?",
    image: `${app.image?.repository}:${app.image?.tag}`,
    strategy: app.strategy?.type ?? "?",
    owner: enabled ? "helmfile" : "argocd",
  };
}

/** The row with what the cluster runs, if it is this environment's. */
export function withLive(row: StatusRow, app: LiveApp | undefined): StatusRow {
  if (app?.environment !== row.environment) return row;
  const { stable, next, state, step, phase, message } = app;
  const live = { ...(stable && { stable }), ...(next && { next }), state, ...(step && { step }), phase };
  return { ...row, live: { ...live, ...(message && { message }) } };
}

const headings = ["environment", "version", "strategy", "owner", "live", "step", "phase"];

/** The rows as a table, and messages below it. */
export function formatRows(rows: StatusRow[]): string {
  const cells = rows.map(({ environment, version, strategy, owner, live }) => [
    environment,
    version,
    strategy,
    owner,
    live ? liveVersions(live) : "-",
    live?.step ?? "-",
    live?.phase ?? "-",
  ]);
  const table = rows.some(({ live }) => live)
    ? [headings, ...cells]
    : [headings, ...cells].map((row) => row.slice(0, 4));
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const messages = rows.flatMap((row) => notesOf(row).map((note) => `${row.environment}: ${note}`));
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
