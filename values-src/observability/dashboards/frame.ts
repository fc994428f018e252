import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import {
  DashboardBuilder,
  DashboardCursorSync,
  type DashboardLink,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  type Panel,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import type { Environment } from "../../environment.ts";
import { scrapeIntervals } from "../metrics.ts";
import { labelValues } from "../promql.ts";
import { annotations, inView } from "./annotations.ts";
import { app, range } from "./queries.ts";

/** Every dashboard: file name without its extension, which also makes the uid -> title. */
export const titles = {
  "app-overview": "Application overview",
  "rollout-progress": "Rollout progress",
  "error-analysis": "Error analysis",
  "performance-trends": "Performance trends",
  "error-budget": "SLO and error budget",
} as const;

export interface Board {
  name: keyof typeof titles;
  /** What it is for, in one sentence. */
  text: string;
  /** Time range when the dashboard is opened. */
  from: string;
  refresh: string;
  sections: Section[];
}

/** Panels under a heading, from left to right, equally wide unless they say otherwise. */
export interface Section {
  title: string;
  /** Of every panel, in grid units of about 30 pixels. */
  height: number;
  panels: Builder<Panel>[];
}

/** Grafana's ids of the dashboards, for links: they stay the same for ever. */
export function uid(name: keyof typeof titles): string {
  return `observable-${name}`;
}

const source = { type: "prometheus", uid: "$datasource" };

/** A dashboard as Grafana reads it. */
export function model(env: Environment, { name, text, from, refresh, sections }: Board): object {
  const dashboard = new DashboardBuilder(titles[name])
    .uid(uid(name))
    .description(text)
    .tags(["k8s-observable-rollouts", env.name])
    .timezone("browser")
    .readonly()
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: `now-${from}`, to: "now" })
    .refresh(refresh)
    .variables(variables())
    .annotations(annotations(env, source))
    .links(links(name));
  addPanels(dashboard, sections, scrapeIntervals[env.pace]);
  return dashboard.build();
}

function variables() {
  const query = (name: string, label: string, values: string) =>
    new QueryVariableBuilder(name)
      .label(label)
      .datasource(source)
      .query(values)
      .refresh(VariableRefresh.OnTimeRangeChanged)
      .sort(VariableSort.AlphabeticalAsc);
  return [
    new DatasourceVariableBuilder("datasource").label("Data source").type("prometheus"),
    query("namespace", "Namespace", labelValues("app_info", {}, "namespace")),
    query("app", "App", labelValues("app_info", { namespace: app.namespace }, "job")),
  ];
}

/** To the other dashboards, for the same app and time. */
function links(own: string): Builder<DashboardLink>[] {
  const others = (Object.keys(titles) as (keyof typeof titles)[]).filter((name) => name !== own);
  return others.map((name) =>
    inView(
      new DashboardLinkBuilder(titles[name])
        .type(DashboardLinkType.Link)
        .icon("dashboard")
        .url(`/d/${uid(name)}`)
        .includeVars(true)
        .keepTime(true),
    ),
  );
}

/** Lays out the panels on Grafana's grid of 24 columns, with ids in their order. */
function addPanels(dashboard: DashboardBuilder, sections: Section[], scrapeInterval: string): void {
  let id = 0;
  let y = 0;
  for (const { title, height: h, panels } of sections) {
    dashboard.withRow(new RowBuilder(title).id(++id).gridPos({ x: 0, y: y++, w: 24, h: 1 }));
    let x = 0;
    for (const panel of panels.map((builder) => builder.build())) {
      const w = panel.gridPos?.w ?? Math.floor(24 / panels.length);
      if (x + w > 24) {
        x = 0;
        y += h;
      }
      dashboard.withPanel(built({ ...panel, id: ++id, datasource: source, gridPos: { x, y, w, h } }, scrapeInterval));
      x += w;
    }
    y += h;
  }
}

/** Grafana's `$__rate_interval` is four times this, which is how often the app is scraped. */
function built(panel: Panel, interval: string): Builder<Panel> {
  const targets = (panel.targets as { expr?: string }[] | undefined)?.map((query) =>
    query.expr?.includes(range) ? { ...query, interval } : query,
  );
  return { build: () => ({ ...panel, targets }) as Panel };
}
