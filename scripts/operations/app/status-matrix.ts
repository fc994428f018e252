import { count } from "../../problems/issue.ts";
import { formatTable } from "../text-table.ts";
import {
  isSettled,
  liveCells,
  liveHeadings,
  notesOf,
  type StatusColumn,
  type StatusRow,
  tellsVersion,
} from "./status-rows.ts";

/** Apps as rows, environments as columns, and below them what the cluster runs. */
export function formatMatrix(rows: StatusRow[], columns: StatusColumn[], context: string | undefined): string {
  const apps = [...Map.groupBy(rows, ({ app }) => app)];
  const table = formatTable([
    ["app", ...columns.map(({ environment }) => environment)],
    ["", ...columns.map(({ strategy, owner }) => `${strategy}, ${owner}`)],
    ...apps.map(([app, of]) => [
      app,
      ...columns.map(({ environment }) => cellOf(of.find((row) => row.environment === environment))),
    ]),
  ]);
  const live = columns.map(({ environment }) => rows.filter((row) => row.environment === environment));
  const clusters = live.filter((of) => of.some((row) => row.live));
  const legends = clusters.length > 0 ? ["", `+ healthy in context ${context}, ! see below`] : [];
  return [...table, ...legends, ...clusters.flatMap((of) => ["", ...describeLive(of)])].join("\n");
}

/** `1.2.0`, `1.2.0 + (rolling)`: the version, whether the cluster runs it, and where the app departs from the environment. */
function cellOf(row: StatusRow | undefined): string {
  if (!row) return "-";
  const departures = row.departs.map((fact) => row[fact]).join(", ");
  const mark = row.live ? (isSettled(row) ? "+" : "!") : "";
  return [row.version, mark, departures && `(${departures})`].filter(Boolean).join(" ");
}

/** The apps of the cluster's environment: those that are settled are counted, the others are told of. */
function describeLive(rows: StatusRow[]): string[] {
  const [settled, healthy] = partition(rows.filter(isSettled), tellsVersion);
  const others = rows.filter((row) => row.live && !isSettled(row));
  const [notKnown, absent] = partition(
    rows.filter(({ live }) => !live),
    ({ ownChart }) => ownChart,
  );
  const env = rows[0]?.environment;
  const counted = settled.length === 1 ? "1 app is" : `${settled.length} apps are`;
  return [
    `${env}: ${counted} healthy at the version of the working tree`,
    ...listed(healthy, `${env}: %s healthy, of a version that the pods do not tell`),
    ...listed(absent, `${env}: %s not running`),
    ...listed(notKnown, `${env}: %s not known, of a chart of its own and without a workload of its name`),
    ...(others.length > 0 ? ["", ...formatTable([["app", ...liveHeadings, "why"], ...others.map(liveRow)])] : []),
  ];
}

/** A line with the number of apps in place of %s, and their names. */
function listed(rows: StatusRow[], line: string): string[] {
  if (rows.length === 0) return [];
  return [`${line.replace("%s", count(rows.length, "app"))}: ${rows.map(({ app }) => app).join(", ")}`];
}

/** Those of which it is true, and the others. */
function partition(rows: StatusRow[], is: (row: StatusRow) => boolean): [StatusRow[], StatusRow[]] {
  return [rows.filter(is), rows.filter((row) => !is(row))];
}

function liveRow(row: StatusRow): string[] {
  // Of a log only `status --app` shows the lines.
  const notes = notesOf(row).map((note) => note.split("\n")[0]);
  return [row.app, ...liveCells(row), notes.join("; ")];
}
